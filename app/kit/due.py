"""Rows that fall due: found customer by customer, leased, worked on, and recorded.

A table of due rows has `due_at`, `lease_until` and a condition that says which rows are still
open, with a partial index `(customer_id, due_at)` over them. A lease that ran out comes back, so
a worker that dies loses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit.tx import AnyRow, Tx


@dataclass(frozen=True)
class Due:
    """A table of due rows; `is_open` must be the condition of its partial index."""

    table: Table
    id_column: str
    is_open: ColumnElement[bool]

    @property
    def name(self) -> str:
        """What a nudge about new rows is called."""
        return self.table.name

    async def customers(self, connection: AsyncConnection, now: Any) -> list[str]:
        """Customers with a row that is due: a loose index scan, one step a customer."""
        found: list[str] = []
        c = self.table.c
        while True:
            wanted = [self.is_open, c.due_at <= now, self._is_free(now)]
            if found:
                wanted.append(c.customer_id > found[-1])
            statement = select(c.customer_id).where(*wanted).order_by(c.customer_id).limit(1)
            customer_id = (await connection.execute(statement)).scalar()
            if customer_id is None:
                return found
            found.append(customer_id)

    async def claim(
        self, tx: Tx, *, limit: int, lease: timedelta, also: Sequence[ColumnElement[bool]] = ()
    ) -> Sequence[AnyRow]:
        """Lease up to `limit` due rows of one customer, oldest first, and return them whole."""
        c = self.table.c
        chosen = (
            select(c[self.id_column])
            .where(
                c.customer_id == tx.customer_id,
                self.is_open,
                c.due_at <= tx.now,
                self._is_free(tx.now),
                *also,
            )
            .order_by(c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("chosen")  # evaluated once; as a subquery PostgreSQL may run it again and again
        )
        return await tx.rows(
            update(self.table)
            .where(c.customer_id == tx.customer_id, c[self.id_column].in_(select(chosen)))
            .values(lease_until=tx.now + lease)
            .returning(*c)
        )

    def _is_free(self, now: Any) -> ColumnElement[bool]:
        return or_(self.table.c.lease_until.is_(None), self.table.c.lease_until <= now)
