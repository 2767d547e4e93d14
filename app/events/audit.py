"""Compares what every event was answered with what the ledger says it moved."""

from collections import defaultdict
from dataclasses import dataclass, field

import orjson
from sqlalchemy import select

from app.events.models import event
from app.kit.tx import Tx
from app.ledger.models import transfer

PAGE_ROWS = 2000


@dataclass(slots=True)
class EventAudit:
    """What the audit found."""

    events: int = 0
    differences: list[str] = field(default_factory=list)


async def audit_events(tx: Tx) -> EventAudit:
    """Walk the customer's log: each answer's amounts must be the ledger's, counted once."""
    found = EventAudit()
    c = event.c
    position = ""
    while True:
        rows = await tx.rows(
            select(c.event_id, c.answer)
            .where(c.customer_id == tx.customer_id, c.event_id > position)
            .order_by(c.event_id)
            .limit(PAGE_ROWS)
        )
        if not rows:
            return found
        moved = await _moved(tx, [row.event_id for row in rows])
        for row in rows:
            found.events += 1
            promised = dict(part.rsplit(":", 1) for part in orjson.loads(row.answer)["tokens"])
            made = {token: str(amount) for token, amount in moved[row.event_id].items()}
            if promised != made:
                found.differences.append(
                    f"event {row.event_id}: answered {promised}, the ledger has {made}"
                )
        position = rows[-1].event_id


async def _moved(tx: Tx, event_ids: list[str]) -> defaultdict[str, dict[str, int]]:
    """Amounts by event and token, found by the sequences that the event took."""
    e, t = event.c, transfer.c
    moved: defaultdict[str, dict[str, int]] = defaultdict(dict)
    rows = await tx.rows(
        select(e.event_id, t.token, t.amount)
        .join(
            transfer,
            (t.customer_id == e.customer_id)
            & (t.buddy_id == e.buddy_id)
            & (t.sequence >= e.sequence_first)
            & (t.sequence <= e.sequence_last)
            & (t.event_id == e.event_id),
        )
        .where(e.customer_id == tx.customer_id, tx.among(e.event_id, event_ids))
    )
    for event_id, token, amount in rows:
        moved[event_id][token] = moved[event_id].get(token, 0) + amount
    return moved
