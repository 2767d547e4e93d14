"""What operators look for across buddies: the ledger."""

from app.buddies import schemas, views
from app.buddies.models import buddy
from app.kit.pages import decode_cursor, encode_cursor
from app.kit.tx import Tx
from app.ledger import reading


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
