"""A customer's transfers across all buddies."""

from dataclasses import dataclass

from sqlalchemy import select

from app.kit.clock import to_milliseconds
from app.kit.tx import Tx
from app.ledger.chain import Transfer
from app.ledger.models import transfer


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which transfers; None means any."""

    token: str | None
    counter_account: str | None


async def newest(tx: Tx, wanted: Wanted, *, before: str | None, limit: int) -> list[Transfer]:
    """Transfers of every buddy, newest first; `before` is the ledger id to go on from.

    With a filter it reads the ledger backwards until there are enough, as the log of events does.
    """
    c = transfer.c
    filters = [c.customer_id == tx.customer_id]
    if wanted.token is not None:
        filters.append(c.token == wanted.token)
    if wanted.counter_account is not None:
        filters.append(c.counter_account == wanted.counter_account)
    if before is not None:
        filters.append(c.ledger_id < before)
    columns = [c[name] for name in Transfer._fields]
    rows = await tx.rows(select(*columns).where(*filters).order_by(c.ledger_id.desc()).limit(limit))
    return [
        Transfer._make(row)._replace(created_at=to_milliseconds(row.created_at)) for row in rows
    ]
