"""Compares what every event was answered with what the ledger says it moved."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import select

from app.customers import service as customers
from app.events.models import event
from app.kit.tx import Tx
from app.ledger.models import transfer

PAGE_ROWS = 2000
NAMED_MAX = 20


@dataclass(slots=True)
class EventAudit:
    """What the audit found."""

    events: int = 0
    pruned_until: datetime | None = None
    differences: list[str] = field(default_factory=list)


async def audit_events(tx: Tx) -> EventAudit:
    """Walk the customer's log: each answer's amounts must be the ledger's, counted once.

    What the ledger moved for an event needs that event, unless it is old enough to be forgotten.
    """
    pruned_until = (await customers.read(tx)).events_pruned_until
    found = EventAudit(pruned_until=pruned_until)
    found.differences += await _causeless(tx, pruned_until)
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


async def _causeless(tx: Tx, pruned_until: datetime | None) -> list[str]:
    """Transfers for an event that is not in the log and should be, in words."""
    e, t = event.c, transfer.c
    wanted = [t.customer_id == tx.customer_id, t.event_id.is_not(None), e.event_id.is_(None)]
    if pruned_until is not None:
        wanted.append(t.created_at >= pruned_until)
    joined = (e.customer_id == t.customer_id) & (e.event_id == t.event_id)
    rows = await tx.rows(
        select(t.ledger_id, t.event_id)
        .outerjoin(event, joined)
        .where(*wanted)
        .order_by(t.ledger_id)
        .limit(NAMED_MAX)
    )
    return [f"transfer {row[0]}: its event {row[1]} is not in the log" for row in rows]


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
