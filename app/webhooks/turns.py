"""Whose delivery is sent next, and how many of an endpoint's are on their way. No I/O.

Endpoints take turns. An endpoint that answers quickly may have more and more requests under way,
up to half of all places; one that has been slow gets a single one until it answers quickly again,
and that one takes no place of the others.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.webhooks.claiming import Prepared

QUICK_SECONDS = 1.0
LIMIT_AT_FIRST = 2
QUEUED_A_PLACE = 8
CLAIM_MAX = 128
SLOW_A_PLACE = 16


@dataclass(slots=True)
class Lane:
    """What one endpoint has waiting and under way; `slow` counts requests without an answer."""

    limit: int = LIMIT_AT_FIRST
    waiting: deque[Prepared] = field(default_factory=deque)
    under_way: int = 0
    slow: int = 0
    is_quick: bool = True

    @property
    def allowed(self) -> int:
        """How many requests may be under way at once."""
        return self.limit if self.is_quick else 1

    @property
    def is_ready(self) -> bool:
        """Whether one of its deliveries may be sent."""
        return bool(self.waiting) and self.under_way < self.allowed


class Turns:
    """Deliveries that wait here for a place. `places` bounds the quick requests under way."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._limit_max = max(1, places // 2)
        self._lanes: OrderedDict[str, Lane] = OrderedDict()
        self._waiting = 0
        self._quick = 0
        self._slow = 0

    def __len__(self) -> int:
        """How many deliveries wait or are under way."""
        return self._waiting + self._quick + self._slow

    @property
    def room(self) -> int:
        """How many deliveries may be claimed now; 0 while enough of them wait."""
        free = QUEUED_A_PLACE * self._places - self._waiting
        return min(CLAIM_MAX, free) if 2 * free >= QUEUED_A_PLACE * self._places else 0

    def places_of(self, endpoint_id: str) -> int:
        """How many more deliveries of an endpoint may wait here."""
        lane = self._lanes.get(endpoint_id)
        if lane is None:
            return LIMIT_AT_FIRST * QUEUED_A_PLACE
        if not lane.is_quick:
            return max(0, 1 - len(lane.waiting) - lane.under_way)
        return max(0, lane.limit * QUEUED_A_PLACE - len(lane.waiting))

    def full(self) -> set[str]:
        """Endpoints that have enough waiting; all slow ones while too many requests are slow."""
        is_swamped = self._slow >= SLOW_A_PLACE * self._places
        return {
            endpoint_id
            for endpoint_id, lane in self._lanes.items()
            if (is_swamped and not lane.is_quick)
            or 2 * self.places_of(endpoint_id) < (lane.limit * QUEUED_A_PLACE if lane.is_quick else 2)
        }
