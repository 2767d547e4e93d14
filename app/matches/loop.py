"""The loop that opens rooms, watches matches, verifies kept results and frees rooms.

Every piece of work may be cut off anywhere and done again: the room id is fixed beforehand, moves
are made on locked rows, events recognise themselves. A lease that ran out brings the match back.
"""

import asyncio
import random
from datetime import timedelta

import structlog

from app.events.lane import Lanes
from app.kit.db import Database
from app.kit.loop import NEVER, run_loop
from app.matches import records
from app.matches.allocating import allocate
from app.matches.bridge import Bridge
from app.matches.lifecycle import MatchStatus
from app.matches.port import Hosts
from app.matches.reconciling import free_room, verify, watch
from app.matches.records import Match

TAKEN_MAX = 32
AT_ONCE = 8
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
        await run_loop(
            self.run_due,
            name=records.DUE.name,
            nudges=self._database.nudges,
            poll_seconds=self._idle_seconds,
            stop=stop,
        )

    async def run_due(self, stop: asyncio.Event = NEVER) -> int:
        """Work on everything that is due now, customers in turn; how many matches that were."""
        worked = 0
        async with self._database.unscoped() as connection:
            customers = await records.DUE.customers(connection, self._database.clock.now())
        while customers and not stop.is_set():
            taken: list[Match] = []
            for customer_id in tuple(customers):
                if stop.is_set():
                    break
                claimed = await self._claim(customer_id)
                taken += claimed
                if not claimed:
                    customers.remove(customer_id)
            await asyncio.gather(*map(self._work, taken))
            worked += len(taken)
        return worked

    async def _claim(self, customer_id: str) -> list[Match]:
        async with self._database.begin(customer_id) as tx:
            return await records.claim_due(tx, limit=TAKEN_MAX, lease=self._lease)

    async def _work(self, match: Match) -> None:
        """One match; a fault is logged and its lease brings it back, the others go on."""
        try:
            async with self._slots:
                await self._next(match)
        except asyncio.CancelledError:
            await self._give_back(match)
            raise
        except Exception as error:
            log.error("match_failed", match_id=match.match_id, exc_info=error)

    async def _give_back(self, match: Match) -> None:
        """Let another worker take it at once."""
        async with self._database.begin(match.customer_id) as tx:
            await records.give_back(tx, match)

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
