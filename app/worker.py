"""The background work: deliveries, operations, matches, each in a loop of its own."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.art.opening import open_atelier
from app.art.service import Atelier
from app.buddies.appearance import give_up
from app.buddies.evolving import evolve
from app.buddies.migrating import migrate
from app.buddies.redrawing import redraw
from app.buddies.sweeping import SweepLoop
from app.customers.pruning import PruningLoop
from app.customers.sweeps import DUE as SWEEPS
from app.eggs.hatching import give_back, hatch
from app.events.lane import Lanes
from app.events.retention import prune as prune_events
from app.kit.db import Database
from app.kit.egress import Egress
from app.kit.loop import run_loop
from app.leaderboards.counting import NAME as LEADERBOARDS
from app.leaderboards.counting import CountingLoop
from app.leaderboards.pruning import prune as prune_boards
from app.matches.loop import MatchLoop
from app.matches.port import Hosts
from app.operations.loop import Handler, OperationLoop
from app.operations.service import DUE as OPERATIONS
from app.operations.service import Operation, OperationKind
from app.settings import Settings
from app.webhooks.delivery import DeliveryLoop
from app.webhooks.pruning import Retention
from app.webhooks.tally import Tally, log_attempt

STOP_SECONDS = 10.0
COUNTING_SECONDS = 5.0
PRUNING_SECONDS = 60.0
PRUNING = "pruning"


class Worker:
    """Every loop of one process. Any number of workers may run on one database."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        lanes: Lanes,
        egress: Egress,
        hosts: Hosts,
        atelier: Atelier,
    ) -> None:
        self._settings = settings
        self._database = database
        self._artist = atelier.artist
        self.attempts = Tally()
        self.deliveries = DeliveryLoop(
            database,
            egress,
            chance=random.random,
            lease_seconds=settings.lease_seconds,
            concurrency=settings.delivery_concurrency,
            poll_seconds=settings.poll_seconds,
            timeout_seconds=settings.delivery_timeout_seconds,
            observers=(self.attempts.add, log_attempt)
            if settings.log_requests
            else (self.attempts.add,),
        )
        self.matches = MatchLoop(
            database,
            hosts,
            lanes,
            public_url=settings.public_url,
            lease_seconds=settings.lease_seconds,
            poll_seconds=settings.match_poll_seconds,
            chance=random.Random(),
        )
        self.operations = OperationLoop(
            database,
            handlers(atelier),
            lease_seconds=settings.lease_seconds,
            clean_ups={
                OperationKind.HATCH: give_back,
                OperationKind.COMPOSE: give_up,
                OperationKind.RERENDER: give_up,
            },
        )

        self.sweeps = SweepLoop(database, lease_seconds=settings.lease_seconds)
        self.counting = CountingLoop(database)
        prunes = (prune_events, prune_boards, attempt_log(settings).prune)
        self.pruning = PruningLoop(database, prunes, lease_seconds=settings.lease_seconds)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand.

        What takes longer than `STOP_SECONDS` is cut off and given back: its leases end, so that
        another worker begins it anew at once.
        """
        loops = asyncio.create_task(self._loops(stop))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({loops, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({loops}, timeout=STOP_SECONDS)
        finally:
            stopping.cancel()
            loops.cancel()
            await asyncio.wait({loops, stopping})
            self._artist.close()
        if not loops.cancelled():
            loops.result()

    async def _loops(self, stop: asyncio.Event) -> None:
        await asyncio.gather(
            self._loop(self.operations.run_due, OPERATIONS.name, stop),
            self._loop(self.sweeps.run_due, SWEEPS.name, stop),
            self._loop(self.pruning.run_due, PRUNING, stop, PRUNING_SECONDS),
            self._loop(self.counting.run_due, LEADERBOARDS, stop, COUNTING_SECONDS),
            self.deliveries.run(stop),
            self.matches.run(stop),
        )

    async def _loop(
        self,
        run_due: Callable[[asyncio.Event], Awaitable[int]],
        name: str,
        stop: asyncio.Event,
        poll_seconds: float | None = None,
    ) -> None:
        await run_loop(
            run_due,
            name=name,
            nudges=self._database.nudges,
            poll_seconds=poll_seconds or self._settings.poll_seconds,
            stop=stop,
        )

    async def run_due(self) -> int:
        """Do everything that is due now, and what follows from it; how much was done."""
        total = 0
        while done := await self._run_due_once():
            total += done
        return total

    async def _run_due_once(self) -> int:
        swept = await self.sweeps.run_due()
        operations = await self.operations.run_due()
        matches = await self.matches.run_due()
        counted = await self.counting.run_due() + await self.pruning.run_due()
        return swept + operations + matches + counted + await self.deliveries.run_due()

    def close(self) -> None:
        """End the drawing process."""
        self._artist.close()


def attempt_log(settings: Settings) -> Retention:
    """How long delivery attempts are kept."""
    return Retention(settings.webhook_log_days, settings.webhook_log_bytes_max)


def atelier_of(settings: Settings, egress: Egress) -> Atelier:
    """Who draws in this installation, and where drawings are kept."""
    return open_atelier(
        egress, url=settings.art_url, secret=settings.art_secret, directory=settings.media_dir
    )


def handlers(atelier: Atelier) -> dict[OperationKind, Handler]:
    """Who does which kind of operation."""

    async def do_hatch(database: Database, customer_id: str, work: Operation) -> None:
        await hatch(database, customer_id, work, atelier)

    async def do_evolve(database: Database, customer_id: str, work: Operation) -> None:
        await evolve(database, customer_id, work, atelier)

    async def do_redraw(database: Database, customer_id: str, work: Operation) -> None:
        await redraw(database, customer_id, work, atelier)

    return {
        OperationKind.HATCH: do_hatch,
        OperationKind.EVOLVE: do_evolve,
        OperationKind.COMPOSE: do_redraw,
        OperationKind.RERENDER: do_redraw,
        OperationKind.MIGRATE: migrate,
    }
