"""What operators look for across buddies: users by the beginning of their id, and the ledger."""

from sqlalchemy import collate, func, select

from app.buddies import schemas, views
from app.buddies.models import buddy
from app.kit.pages import decode_cursor, encode_cursor
from app.kit.tx import Tx
from app.ledger import reading

LAST_CHARACTER = "~"  # of those that a user's id can have


async def user_ids(tx: Tx, prefix: str, *, limit: int) -> list[str]:
    """The ids of users with a buddy that begin with `prefix`, in order of their bytes.

    One descent of an index on SQLite, and on PostgreSQL where the database's collation is C;
    elsewhere it reads the customer's part of that index.
    """
    id_ = buddy.c.user_id if tx.is_sqlite else collate(buddy.c.user_id, "C")
    rows = await tx.rows(
        select(buddy.c.user_id)
        .where(
            buddy.c.customer_id == tx.customer_id,
            id_ >= prefix,
            id_ <= prefix + LAST_CHARACTER * 128,
        )
        .group_by(buddy.c.user_id)
        .order_by(func.min(id_))
        .limit(limit)
    )
    return [row.user_id for row in rows]


async def transfers(
    tx: Tx, wanted: reading.Wanted, *, cursor: str | None, limit: int
) -> schemas.WholeLedger:
    """A part of the customer's ledger, newest first.

    Raises:
        ValidationFailed: the cursor is none of ours.
    """
    before = decode_cursor(cursor, str)
    found = await reading.newest(tx, wanted, before=before, limit=limit)
    ids = sorted({transfer.buddy_id for transfer in found})
    rows = await tx.lookup(buddy, ("buddy_id", "user_id"), "buddy_id", ids) if ids else []
    users = {row.buddy_id: row.user_id for row in rows}
    return schemas.WholeLedger(
        data=[
            schemas.UsersLedgerEntry(
                **views.entry(transfer).model_dump(), user_id=users[transfer.buddy_id]
            )
            for transfer in found
        ],
        next_cursor=encode_cursor(found[-1].ledger_id) if len(found) == limit else None,
    )
