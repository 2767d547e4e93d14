"""Whose delivery is sent next, and how many of an endpoint's are under way. No I/O.

Endpoints take turns. One that answers may have more and more requests under way, up to half of all
places or what its owner allows; one that does not answer begins again with a single one. A request
takes a place only where the endpoint has just shown that it is quick; one that is slow gives it
back, and so do all that follow to its endpoint until one is quick again. So an endpoint that hangs
costs nobody else anything.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.webhooks.claiming import Prepared

QUICK_SECONDS = 0.5
LIMIT_AT_FIRST = 2
WAITING_A_PLACE = 8
SLOW_A_PLACE = 16
CLAIM_MAX = 256
LANES_KEPT = 10_000


@dataclass(slots=True)
class Lane:
    """What one endpoint has waiting here, and its requests under way."""

    limit: int
    limit_max: int
    is_quick: bool = False
    under_way: int = 0
    waiting: deque[Prepared] = field(default_factory=deque)

    @property
    def is_ready(self) -> bool:
        """Whether one of its deliveries may be sent."""
        return bool(self.waiting) and self.under_way < self.limit

    @property
    def capacity(self) -> int:
        """How many deliveries may wait here."""
        return WAITING_A_PLACE * self.limit if self.is_quick else self.limit

    @property
    def free(self) -> int:
        """How many more deliveries may be added."""
        taken = len(self.waiting) + (0 if self.is_quick else self.under_way)
        return max(0, self.capacity - taken)


@dataclass(slots=True)
class Ticket:
    """A delivery under way; `takes_place` until it turns out to be slow."""

    prepared: Prepared
    takes_place: bool


class Turns:
    """Deliveries that wait for a place. `places` bounds the quick requests under way."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._limit_max = max(1, places // 2)
        self._lanes: OrderedDict[str, Lane] = OrderedDict()
        self._ready: OrderedDict[str, Lane] = OrderedDict()
        self._probes: OrderedDict[str, Lane] = OrderedDict()
        self._held_back: set[str] = set()
        self._waiting = 0
        self._taken = 0
        self._slow = 0

    @property
    def room(self) -> int:
        """How many deliveries to claim now; 0 while more than half of the room is in use."""
        whole = WAITING_A_PLACE * self._places
        free = whole - self._waiting
        return min(CLAIM_MAX, free) if 2 * free >= whole else 0

    @property
    def can_take_more(self) -> bool:
        """Whether an endpoint that was left out of a claim has room again."""
        return any(not self.is_full(key) for key in self._held_back)

    def free_of(self, endpoint_id: str) -> int:
        """How many more deliveries of an endpoint may be added."""
        lane = self._lanes.get(endpoint_id)
        return min(LIMIT_AT_FIRST, self._limit_max) if lane is None else lane.free

    def is_full(self, endpoint_id: str) -> bool:
        """Whether an endpoint has enough here for now."""
        lane = self._lanes.get(endpoint_id)
        if lane is None or not lane.is_quick:
            is_swamped = self._slow >= SLOW_A_PLACE * self._places
            return is_swamped or (lane is not None and lane.free == 0)
        return 2 * lane.free < lane.capacity

    def hold_back(self, endpoint_id: str) -> None:
        """Note that an endpoint was left out of a claim."""
        self._held_back.add(endpoint_id)

    def let_go(self) -> None:
        """Forget who was left out: all are looked at again."""
        self._held_back.clear()

    def add(self, prepared: Sequence[Prepared]) -> None:
        """Let claimed deliveries wait for their turn."""
        for delivery in prepared:
            lane = self._lane_of(delivery)
            lane.waiting.append(delivery)
            self._waiting += 1
            self._queue_up(delivery.endpoint_id, lane)
        self._forget_idle()

    def next(self) -> Ticket | None:
        """The next delivery to send, or None while there is none or no place."""
        if self._ready and self._taken < self._places:
            key, lane = self._ready.popitem(last=False)
            self._taken += 1
            takes_place = True
        elif self._probes and self._slow < SLOW_A_PLACE * self._places:
            key, lane = self._probes.popitem(last=False)
            self._slow += 1
            takes_place = False
        else:
            return None
        delivery = lane.waiting.popleft()
        self._waiting -= 1
        lane.under_way += 1
        self._queue_up(key, lane)
        return Ticket(delivery, takes_place)

    def became_slow(self, ticket: Ticket) -> list[Prepared]:
        """Note that a request has no answer yet; return what waited behind it, to be given back."""
        lane = self._lanes[ticket.prepared.endpoint_id]
        if ticket.takes_place:
            ticket.takes_place = False
            self._taken -= 1
            self._slow += 1
        if not lane.is_quick:
            return []
        lane.is_quick = False
        lane.limit = 1
        self.hold_back(ticket.prepared.endpoint_id)
        dropped = self._drop(lane)
        self._queue_up(ticket.prepared.endpoint_id, lane)
        return dropped

    def done(self, ticket: Ticket, *, was_answered: bool, seconds: float) -> None:
        """Give back the place of a request that ended after `seconds`."""
        key = ticket.prepared.endpoint_id
        lane = self._lanes[key]
        lane.under_way -= 1
        if ticket.takes_place:
            self._taken -= 1
        else:
            self._slow -= 1
        lane.limit = min(lane.limit + 1, lane.limit_max) if was_answered else 1
        lane.is_quick = seconds < QUICK_SECONDS
        self._queue_up(key, lane)

    def clear(self) -> list[Prepared]:
        """Take out everything that waits."""
        self._ready.clear()
        self._probes.clear()
        return [delivery for lane in self._lanes.values() for delivery in self._drop(lane)]

    def _lane_of(self, delivery: Prepared) -> Lane:
        allowed = delivery.target.concurrency
        limit_max = self._limit_max if allowed is None else min(allowed, self._limit_max)
        lane = self._lanes.get(delivery.endpoint_id)
        if lane is None:
            lane = Lane(min(LIMIT_AT_FIRST, limit_max), limit_max)
            self._lanes[delivery.endpoint_id] = lane
        elif lane.limit_max != limit_max:
            lane.limit_max = limit_max
            lane.limit = min(lane.limit, limit_max)
        return lane

    def _queue_up(self, key: str, lane: Lane) -> None:
        """Put a lane into the queue that it belongs to; one that is queued keeps its turn."""
        for queue, belongs in ((self._ready, lane.is_quick), (self._probes, not lane.is_quick)):
            if belongs and lane.is_ready:
                queue.setdefault(key, lane)
            else:
                queue.pop(key, None)

    def _drop(self, lane: Lane) -> list[Prepared]:
        dropped = list(lane.waiting)
        lane.waiting.clear()
        self._waiting -= len(dropped)
        return dropped

    def _forget_idle(self) -> None:
        if len(self._lanes) <= LANES_KEPT:
            return
        for key in [key for key, lane in self._lanes.items() if not lane.waiting]:
            if self._lanes[key].under_way == 0:
                del self._lanes[key]
