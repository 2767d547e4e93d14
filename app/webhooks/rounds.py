"""Where due deliveries come from: endpoints are looked for, and claimed from in turn.

A look finds every endpoint with due work; between looks those that had more than was taken are
claimed from again. Looking takes a bounded part of the time, however much is pending. A claim
begins where the last one at that endpoint ended, because what is behind has been delivered; from
time to time, and whenever that finds nothing, it begins at the beginning, where leases that ran
out are.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.kit.clock import EPOCH
from app.kit.db import Database
from app.kit.tx import AnyRow
from app.webhooks import service as webhooks
from app.webhooks.claiming import BEFORE_ALL_LINES, Claimed, Prepared, Wish, claim
from app.webhooks.pacing import Pacer
from app.webhooks.targets import may_send, with_due
from app.webhooks.turns import CLAIM_MAX, Turns

# A transaction may commit this long after its instant and be found without beginning anew.
COMMIT_SPARE = timedelta(seconds=5)
FROM_THE_START_SECONDS = 10.0
PAUSE_A_LOOK = 4  # looking may take a fifth of the time
POSITIONS_KEPT = 10_000


@dataclass(slots=True)
class Position:
    """Where the next claim at an endpoint begins; `started_at` is when one began at the start."""

    after: datetime = EPOCH
    line: str = BEFORE_ALL_LINES
    started_at: float = 0.0


class Rounds:
    """Claims for one worker."""

    def __init__(
        self,
        database: Database,
        turns: Turns,
        pacer: Pacer,
        *,
        worker_id: str,
        lease: timedelta,
        seconds: Callable[[], float],
    ) -> None:
        self._database = database
        self._turns = turns
        self._pacer = pacer
        self._worker_id = worker_id
        self._lease = lease
        self._seconds = seconds
        self._positions: dict[str, Position] = {}
        self._busy: list[AnyRow] = []
        self._look_at = 0.0
        self._last = ""

    @property
    def has_more(self) -> bool:
        """Whether some endpoint had more than was taken."""
        return bool(self._busy)

    async def next(self) -> Sequence[Prepared]:
        """Claim for the endpoints whose turn it is, as much as there is room for."""
        rows = self._busy
        if not rows or self._seconds() >= self._look_at:
            rows = await self._look()
        wishes, self._busy = self._wishes(rows)
        prepared: list[Prepared] = []
        for customer_id, mine in groupby(wishes, key=lambda wish: wish.endpoint.customer_id):
            wanted = list(mine)
            claimed = await claim(
                self._database,
                customer_id,
                wanted,
                worker_id=self._worker_id,
                lease=self._lease,
            )
            for wish, got in zip(wanted, claimed, strict=True):
                self._note(wish, got)
                prepared += got.prepared
        return prepared

    async def _look(self) -> list[AnyRow]:
        """The endpoints with due work to which we may send, the one served last at the end."""
        await asyncio.sleep(max(0.0, self._look_at - self._seconds()))
        began = self._seconds()
        rows = await with_due(self._database)
        now = self._database.clock.now()
        await self._fail_deleted([row for row in rows if row.deleted_at is not None])
        ended = self._seconds()
        self._look_at = ended + PAUSE_A_LOOK * (ended - began)
        self._turns.let_go()
        found = [row for row in rows if may_send(row, self._worker_id, now)]
        return sorted(found, key=lambda row: (row.endpoint_id <= self._last, row.endpoint_id))

    async def _fail_deleted(self, rows: Sequence[AnyRow]) -> None:
        """What was told while its endpoint was being deleted."""
        for row in rows:
            async with self._database.begin(row.customer_id) as tx:
                await webhooks.fail_open(tx, row.endpoint_id)

    def _wishes(self, rows: Sequence[AnyRow]) -> tuple[list[Wish], list[AnyRow]]:
        """Share out the room, customer by customer; who got none for want of room comes next."""
        room = self._turns.room
        share = max(1, 2 * room // max(1, len(rows)))
        wishes: list[Wish] = []
        for number, row in enumerate(rows):
            if room == 0:
                return _by_customer(wishes), list(rows[number:])
            take = min(room, share, self._turns.free_of(row.endpoint_id), self._slots_of(row))
            if self._turns.is_full(row.endpoint_id):
                self._turns.hold_back(row.endpoint_id)
            if take == 0 or self._turns.is_full(row.endpoint_id):
                continue
            room -= take
            self._last = row.endpoint_id
            position = self._position(row.endpoint_id)
            wishes.append(Wish(row, take, position.after, position.line))
        return _by_customer(wishes), []

    def _slots_of(self, row: AnyRow) -> int:
        """How many deliveries the rate of an endpoint allows soon; where it has none, any."""
        if row.rate_per_second is None:
            return CLAIM_MAX
        return self._pacer.free(row.endpoint_id, row.rate_per_second, self._seconds())

    def _position(self, endpoint_id: str) -> Position:
        if len(self._positions) > POSITIONS_KEPT:
            self._positions.clear()
        position = self._positions.setdefault(endpoint_id, Position())
        now = self._seconds()
        if now - position.started_at >= FROM_THE_START_SECONDS:
            position.after, position.started_at = EPOCH, now
        return position

    def _note(self, wish: Wish, got: Claimed) -> None:
        """Remember where to go on, and whether there is more."""
        position = self._positions.setdefault(got.endpoint_id, Position())
        position.line = got.line
        is_more = len(got.prepared) >= wish.take or got.line != BEFORE_ALL_LINES
        if got.prepared:
            is_all = len(got.prepared) < got.allowed
            now = self._database.clock.now()
            position.after = min(now if is_all else got.after, now - COMMIT_SPARE)
        elif wish.after > EPOCH:
            position.started_at = -FROM_THE_START_SECONDS
            is_more = True
        if is_more and wish.endpoint.circuit_until is None:
            self._busy.append(wish.endpoint)


def _by_customer(wishes: list[Wish]) -> list[Wish]:
    return sorted(wishes, key=lambda wish: wish.endpoint.customer_id)
