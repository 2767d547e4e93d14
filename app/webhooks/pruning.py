"""The log of attempts is kept for some days and up to some size a customer.

The oldest deliveries' attempts go first. What was attempted lately stays, however old its delivery
is; deliveries themselves stay.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, tuple_

from app.kit.ids import first_id
from app.kit.tx import Tx
from app.webhooks.models import webhook_attempt

ROW_BYTES = 120  # what an attempt takes besides its answer


@dataclass(frozen=True, slots=True)
class Retention:
    """How long attempts are kept, and how many bytes of them each customer may have."""

    days: float
    bytes_max: int

    async def prune(self, tx: Tx, limit: int) -> int:
        """Delete up to `limit` attempts that are too old, else too many; how many there were."""
        c = webhook_attempt.c
        edge = tx.now - timedelta(days=self.days)
        ours = select(c.delivery_id, c.number).where(c.customer_id == tx.customer_id)
        oldest = ours.order_by(c.delivery_id, c.number).limit(limit)
        old = oldest.where(c.delivery_id < first_id(edge), c.started_at < edge)
        deleted = await _delete(tx, old)
        if deleted:
            return deleted
        size = func.coalesce(func.sum(func.coalesce(func.length(c.answer), 0) + ROW_BYTES), 0)
        held = await tx.value(select(size).where(c.customer_id == tx.customer_id))
        return await _delete(tx, oldest) if held > self.bytes_max else 0


async def _delete(tx: Tx, chosen: Select[Any]) -> int:
    c = webhook_attempt.c
    mine = c.customer_id == tx.customer_id
    key = tuple_(c.delivery_id, c.number)
    return await tx.execute(delete(webhook_attempt).where(mine, key.in_(chosen)))
