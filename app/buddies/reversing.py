"""A movement of tokens is taken back: by a new one that names it, once."""

from app.buddies import effects, schemas, views
from app.buddies.herd import Cause, Herd
from app.buddies.service import settle
from app.kit.errors import Conflict, NotFound, require
from app.kit.tx import Tx
from app.ledger import service as ledger
from app.ledger.service import TAKEN_BACK


async def reverse(
    tx: Tx, buddy_id: str, ledger_id: str, reason: str
) -> tuple[schemas.LedgerEntry, bool]:
    """Take an entry back whole; the entry that does it, and whether it is new.

    Reversing again answers the first reversal. Both commit with the balance or not at all; what
    the tokens were spent on, and badges and stages reached with them, stay.

    Raises:
        NotFound: this customer has no such buddy, or it no such entry.
        Conflict: the buddy is archived, or the entry is itself a reversal.
        InsufficientBalance: the buddy has less than is to be taken; nothing was changed.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    original = await ledger.find(tx, buddy_id, ledger_id)
    if original is None:
        raise NotFound("ledger_entry", ledger_id)
    require(
        original.direction in TAKEN_BACK,
        Conflict(
            "This entry is a reversal and stays. Credit or debit the tokens instead.",
            details={"reverses": original.reference_id},
        ),
    )
    before = await ledger.taken_back(tx, original)
    if before is not None:
        return views.entry(before), False
    cause = Cause(request_id=tx.request_id)
    made_id = effects.take_back(herd, buddy, original, original.amount, reason, cause)
    settle(herd, buddy, cause)
    await herd.write()
    return views.entry(herd.book.made(made_id)), True
