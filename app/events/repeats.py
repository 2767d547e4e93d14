"""Repeats: an event whose id is in the log is answered from it, or refused if it means another."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import orjson

from app.customers.quota import Quota
from app.events.models import event as table
from app.events.unit import Accepted, NewEvent
from app.kit.errors import IdConflict
from app.kit.tx import Tx
from app.kit.wire import differences

COLUMNS = (
    "event_id",
    "user_id",
    "type",
    "audience",
    "occurred_at",
    "properties",
    "buddy_id",
    "answer",
)


class Known(NamedTuple):
    """An event that has an answer already."""

    user_id: str
    type: str
    audience: str | None
    occurred_at: datetime | None
    properties: str
    buddy_id: str
    answer: str


async def find_known(tx: Tx, event_ids: Iterable[str]) -> dict[str, Known]:
    """Those of the ids that have an answer, with it."""
    rows = await tx.lookup(table, COLUMNS, "event_id", sorted(event_ids))
    return {row[0]: Known(*row[1:]) for row in rows}


def repeated(event: NewEvent, known: Known, quota: Quota | None) -> Accepted:
    """The stored answer of a repeat.

    Raises:
        IdConflict: the id came before with another meaning.
    """
    differs = [
        f"/{name}"
        for name, one, other in (
            ("type", event.type, known.type),
            ("user_id", event.user_id, known.user_id),
            ("audience", event.audience, known.audience),
            ("occurred_at", event.occurred_at, known.occurred_at),
        )
        if one != other
    ]
    if event.properties_text != known.properties:
        stored = orjson.loads(known.properties)
        differs += [f"/properties{at}" for at in differences(dict(event.properties), stored)]
    if differs:
        raise IdConflict(
            "event_id_conflict",
            f"The event {event.event_id!r} came before with another content. "
            "Use a new event_id for a new event.",
            differs,
        )
    return Accepted(event.event_id, known.buddy_id, known.answer, is_replay=True, quota=quota)
