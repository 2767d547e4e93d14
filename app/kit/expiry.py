"""Rows whose time is over are forgotten a few at a time, by whoever brings a new one."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, select, tuple_

from app.kit.tx import Tx


async def forget_over(
    tx: Tx,
    table: Table,
    key: tuple[str, ...],
    is_over: ColumnElement[bool],
    *,
    oldest_by: Column[Any],
    limit: int,
) -> None:
    """Delete up to `limit` of this customer's rows that are over, the oldest first.

    `key` names a row beside the customer. A caller that takes more than the one it brings keeps
    them from piling up; rows that somebody else is at are left to him.
    """
    mine = table.c.customer_id == tx.customer_id
    named = [table.c[name] for name in key]
    over = (
        select(*named)
        .where(mine, is_over)
        .order_by(oldest_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("over")  # a plain subquery PostgreSQL may run again, and take more than the limit
    )
    await tx.execute(delete(table).where(mine, tuple_(*named).in_(select(over))))
