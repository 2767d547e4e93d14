"""The lane: whatever waits is taken in together, in one transaction, and answered together.

One lane a customer in each process; on SQLite one for all, because there is one writer. While a
set commits the next one gathers, so a lone event waits for nothing and a crowd shares one commit.
"""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Sequence

import structlog

from app.buddies.herd import LostRace
from app.events.intake import Outcome, UnitRefused, take_in
from app.events.tally import Tally
from app.events.unit import Unit
from app.kit.db import Database
from app.kit.driver_errors import is_away, is_transient
from app.kit.errors import AppError, Unavailable

SET_EVENTS_MAX = 256
REDO_MAX = 8
REDO_SECONDS = 0.01


class Fault(AppError):
    """A fault of ours that one unit causes; it is logged, and nothing of it is told."""

    status = 500
    code = "internal_error"

    def __init__(self) -> None:
        super().__init__("Something went wrong here, not with you. Tell us the event_id.")


Waiting = tuple[Unit, "asyncio.Future[Outcome]"]
log = structlog.get_logger()


class Lanes:
    """The lanes of this process. `submit` is the only way in."""

    def __init__(self, database: Database, *, waiting_max: int) -> None:
        self._database = database
        self._waiting_max = waiting_max
        self._lanes: dict[str, Lane] = {}
        self.tally = Tally()

    @property
    def waiting(self) -> int:
        """How many units wait now, those that are being taken in left out."""
        return sum(len(lane) for lane in list(self._lanes.values()))

    async def submit(self, units: Sequence[Unit]) -> list[Outcome]:
        """Take units in and wait until each is durable or refused; an outcome a unit, in order.

        A unit that finds the lane full has the outcome `Unavailable`, one that a fault of ours
        breaks has `Fault`; neither is an exception, so that they hold up nobody else.
        """
        futures = [self._enter(unit) for unit in units]
        return [await future for future in futures]

    def _enter(self, unit: Unit) -> "asyncio.Future[Outcome]":
        key = "" if self._database.is_sqlite else unit.customer_id
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(self._database, self._waiting_max, self.tally)
        return lane.enter(unit)


class Lane:
    """A queue of units and the one task that empties it."""

    def __init__(self, database: Database, waiting_max: int, tally: Tally) -> None:
        self._database = database
        self._tally = tally
        self._waiting_max = waiting_max
        self._waiting: deque[Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    def enter(self, unit: Unit) -> "asyncio.Future[Outcome]":
        """Queue a unit; the future holds its outcome."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if len(self._waiting) >= self._waiting_max:
            refusal = Unavailable("Too many events are waiting. Send again soon.")
            self._tally.refuse(unit, refusal)
            future.set_result(refusal)
            return future
        self._waiting.append((unit, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return future

    def __len__(self) -> int:
        return len(self._waiting)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._settle(self._gather())
        finally:
            self._task = None

    def _gather(self) -> list[Waiting]:
        """Whole units up to the limit; a larger unit goes alone."""
        taken = [self._waiting.popleft()]
        events = len(taken[0][0].events)
        while self._waiting:
            events += len(self._waiting[0][0].events)
            if events > SET_EVENTS_MAX:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _settle(self, taken: list[Waiting]) -> None:
        """Take a set in and answer it; a fault is narrowed down to the unit that causes it."""
        redo = 0
        while taken:
            try:
                outcomes = await self._take_in([unit for unit, _ in taken])
            except UnitRefused as refused:
                self._tally.refuse(refused.unit, refused.refusal)
                taken = _refuse(taken, refused)
            except Exception as error:
                if not _passes(error) or redo == REDO_MAX - 1:
                    await self._narrow(taken, error)
                    return
                await asyncio.sleep(REDO_SECONDS * random.random() * 2**redo)
                redo += 1
            else:
                for (_, future), outcome in zip(taken, outcomes, strict=True):
                    _answer(future, outcome)
                self._tally.add([unit for unit, _ in taken], outcomes)
                return

    async def _take_in(self, units: list[Unit]) -> list[Outcome]:
        """One transaction; on SQLite it may hold the units of several customers."""
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for index, unit in enumerate(units):
            groups[unit.customer_id].append(index)
        outcomes: dict[int, Outcome] = {}
        async with self._database.begin(units[0].customer_id) as tx:
            for customer_id, indexes in sorted(groups.items()):
                mine = [units[index] for index in indexes]
                taken = await take_in(tx.of(customer_id), mine)
                outcomes.update(zip(indexes, taken, strict=True))
        return [outcomes[index] for index in range(len(units))]

    async def _narrow(self, taken: list[Waiting], error: Exception) -> None:
        if is_away(error) or _passes(error):
            refusal = Unavailable("The database is away or too busy. Send the same again soon.")
            for unit, future in taken:
                _answer(future, refusal)
                self._tally.refuse(unit, refusal)
        elif len(taken) == 1:
            self._tally.refuse(taken[0][0], fault := Fault())
            _answer(taken[0][1], fault)
            log.error("event_failed", events=_ids(taken[0][0]), exc_info=error)
        else:
            half = len(taken) // 2
            await self._settle(taken[:half])
            await self._settle(taken[half:])


def _refuse(taken: list[Waiting], refused: UnitRefused) -> list[Waiting]:
    for unit, future in taken:
        if unit is refused.unit:
            _answer(future, refused.refusal)
    return [pair for pair in taken if pair[0] is not refused.unit]


def _passes(error: Exception) -> bool:
    return isinstance(error, LostRace) or is_transient(error)


def _answer(future: "asyncio.Future[Outcome]", outcome: Outcome) -> None:
    if not future.done():  # its request may have been cancelled
        future.set_result(outcome)


def _ids(unit: Unit) -> list[str]:
    return [event.event_id for event in unit.events[:10]]
