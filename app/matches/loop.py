"""The loop that opens rooms, watches matches, verifies kept results and frees rooms.

Every piece of work may be cut off anywhere and done again: the room id is fixed beforehand, moves
are made on locked rows, events recognise themselves. A lease that ran out brings the match back.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from app.events.lane import Lanes
from app.kit.db import Database, is_away, is_transient
from app.matches import records
from app.matches.allocating import allocate
from app.matches.bridge import Bridge
from app.matches.lifecycle import MatchStatus
from app.matches.port import Hosts
from app.matches.reconciling import free_room, verify, watch
from app.matches.records import Match

TAKEN_MAX = 32
AT_ONCE = 16
IDLE_SECONDS = 1.0
log = structlog.get_logger()


class MatchLoop:
    """One worker of matches; any number may run beside each other."""

    def __init__(
        self,
        database: Database,
        hosts: Hosts,
        lanes: Lanes,
        *,
        public_url: str,
        lease_seconds: float,
        poll_seconds: float,
        chance: random.Random,
    ) -> None:
        self._bridge = Bridge(database, hosts, lanes, timedelta(seconds=poll_seconds))
        self._database = database
        self._public_url = public_url
        self._lease = timedelta(seconds=lease_seconds)
        self._idle_seconds = min(poll_seconds, IDLE_SECONDS)
        self._chance = chance
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what is under way is finished."""
        with self._database.nudges.listen(records.DUE.name) as listener:
            while not stop.is_set():
                worked = 0
                with _surviving("match_loop_failed"):
                    worked = await self.run_due()
                if not worked:
                    await listener.wait(self._idle_seconds)

    async def run_due(self) -> int:
        """Work on everything that is due now, up to a share of each customer; how many matches."""
        async with self._database.unscoped() as connection:
            now = self._database.clock.now()
            customers = await records.DUE.customers(connection, now)
        taken: list[Match] = []
        for customer_id in customers:
            async with self._database.begin(customer_id) as tx:
                taken += await records.claim_due(tx, limit=TAKEN_MAX, lease=self._lease)
        await asyncio.gather(*(self._work(match) for match in taken))
        return len(taken)

    async def _work(self, match: Match) -> None:
        async with self._slots:
            with _surviving("match_failed", match_id=match.match_id):
                await self._next(match)

    async def _next(self, match: Match) -> None:
        chance = self._chance.random()
        match match.status:
            case MatchStatus.ALLOCATING:
                await allocate(self._bridge, match, public_url=self._public_url, chance=chance)
            case MatchStatus.WAITING | MatchStatus.LIVE:
                await watch(self._bridge, match)
            case MatchStatus.PENDING_VERIFICATION:
                await verify(self._bridge, match, chance=chance)
            case _:
                await free_room(self._bridge, match, chance=chance)


@contextmanager
def _surviving(event: str, **about: str) -> Iterator[None]:
    """A fault is logged; the lease brings the work back. One match never stops the others."""
    try:
        yield
    except Exception as error:
        passes = is_away(error) or is_transient(error)
        (log.warning if passes else log.error)(event, exc_info=error, **about)
