"""What the lane takes in: events that stand or fall together. Pure."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.buddies.herd import Buddy, Herd
from app.customers.quota import Quota
from app.kit.wire import canonical


class NewEvent(NamedTuple):
    """An event as it was sent; `occurred_at` is None where the sender gave none."""

    event_id: str
    user_id: str
    type: str
    audience: str | None
    occurred_at: datetime | None
    properties: Mapping[str, Any]
    properties_text: str
    request_id: str | None = None
    caused_by: str | None = None

    @classmethod
    def of(
        cls,
        *,
        event_id: str,
        user_id: str,
        type: str,
        audience: str | None = None,
        occurred_at: datetime | None = None,
        properties: Mapping[str, Any],
        request_id: str | None = None,
        caused_by: str | None = None,
    ) -> "NewEvent":
        """An event with its properties in canonical text, by which repeats are compared."""
        text = canonical(properties)
        return cls(
            event_id, user_id, type, audience, occurred_at, properties, text, request_id, caused_by
        )


class Accepted(NamedTuple):
    """An event that has an answer: its text, and whether it was given before.

    `quota` is the customer's month after the set, where its plan limits events.
    """

    event_id: str
    buddy_id: str
    answer: str
    is_replay: bool
    buddy: Buddy | None = None
    quota: Quota | None = None


Owner = Callable[[Herd, Sequence[Accepted]], Awaitable[None]]
"""A write of the unit's owner in the same transaction; an `AppError` from it refuses the unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """1..n events of one customer, applied all or not at all."""

    customer_id: str
    events: Sequence[NewEvent]
    owner: Owner | None = None

    def __post_init__(self) -> None:
        ids = {event.event_id for event in self.events}
        assert len(ids) == len(self.events), "an event stands twice in one unit"
