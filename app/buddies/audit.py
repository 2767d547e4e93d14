"""Finds balances that belong to nobody."""

from sqlalchemy import select

from app.buddies.models import buddy
from app.kit.tx import Tx
from app.ledger.models import balance

NAMED_MAX = 20


async def audit_owners(tx: Tx) -> list[str]:
    """Balances of this customer whose buddy is not there, in words; at most `NAMED_MAX`."""
    b, c = balance.c, buddy.c
    orphans = await tx.rows(
        select(b.buddy_id)
        .outerjoin(buddy, (c.customer_id == b.customer_id) & (c.buddy_id == b.buddy_id))
        .where(b.customer_id == tx.customer_id, c.buddy_id.is_(None))
        .limit(NAMED_MAX)
    )
    return [f"balance {row[0]}: there is no such buddy" for row in orphans]
