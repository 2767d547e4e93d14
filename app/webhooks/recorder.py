"""Results wait here until they are written down, a set at a time.

What the database does not take is kept until its lease has ended; after that somebody sends it
again anyway.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice

import structlog

from app.kit.db import Database
from app.webhooks.claiming import Prepared, release
from app.webhooks.recording import record
from app.webhooks.sending import Judged

# Results gather this long, so that a set is worth its transaction; receivers do not notice.
GATHER_SECONDS = 0.05
RECORDED_AT_ONCE = 500
BACK_OFF_SECONDS = 0.1
BACK_OFF_SECONDS_MAX = 5.0
log = structlog.get_logger()


class Recorder:
    """Takes results and what is to be given back; `line_moved` is told of ordered endpoints."""

    def __init__(self, database: Database, line_moved: Callable[[], None]) -> None:
        self._database = database
        self._line_moved = line_moved
        self._results: list[Judged] = []
        self._given_back: list[Prepared] = []
        self._changed = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether no result waits."""
        return not self._results

    def add(self, result: Judged) -> None:
        """Take an attempt that has ended."""
        self._results.append(result)
        self._changed.set()

    def give_back(self, prepared: Sequence[Prepared]) -> None:
        """Take what was claimed and will not be sent from here."""
        self._given_back += prepared
        self._changed.set()

    async def run(self, all_sent: asyncio.Event) -> None:
        """Write down until `all_sent` is set and what came until then has been tried once."""
        back_off = BackOff()
        while True:
            await self._changed.wait()
            if not all_sent.is_set():
                await asyncio.sleep(GATHER_SECONDS)
            self._changed.clear()
            if await self.write_all():
                back_off.reset()
            elif not all_sent.is_set():
                await back_off.wait()
                self._changed.set()
            if all_sent.is_set():
                return

    def finish(self) -> None:
        """Let `run` go on, and end if all was sent."""
        self._changed.set()

    async def write_all(self) -> bool:
        """Write down what has ended; False where some of it could not be and was kept for later."""
        results, self._results = self._results, []
        given_back, self._given_back = self._given_back, []
        by_customer: defaultdict[str, list[Judged]] = defaultdict(list)
        for result in results:
            by_customer[result.sent.prepared.customer_id].append(result)
        await self._release(given_back)
        is_done = True
        for customer_id in sorted(by_customer):
            remaining = iter(by_customer[customer_id])
            while chunk := list(islice(remaining, RECORDED_AT_ONCE)):
                is_done &= await self._record(customer_id, chunk)
        return is_done

    async def _record(self, customer_id: str, results: list[Judged]) -> bool:
        try:
            async with self._database.begin(customer_id) as tx:
                await record(tx, results)
        except Exception as error:
            now = self._database.clock.now()
            self._results += [r for r in results if r.sent.prepared.lease_until > now]
            log.warning("webhook_record_failed", count=len(results), error=repr(error))
            return False
        if any(result.sent.prepared.target.is_ordered for result in results):
            self._line_moved()
        return True

    async def _release(self, given_back: list[Prepared]) -> None:
        now = self._database.clock.now()
        ours = [delivery for delivery in given_back if delivery.lease_until > now]
        try:
            await release(self._database, ours)
        except Exception as error:
            # Then their leases end by themselves.
            log.warning("webhook_release_failed", count=len(ours), error=repr(error))


class BackOff:
    """Waits longer after each fault in a row."""

    def __init__(self) -> None:
        self._seconds = BACK_OFF_SECONDS

    def reset(self) -> None:
        """Begin anew after a success."""
        self._seconds = BACK_OFF_SECONDS

    async def wait(self) -> None:
        """Wait, and wait twice as long the next time."""
        await asyncio.sleep(self._seconds)
        self._seconds = min(2 * self._seconds, BACK_OFF_SECONDS_MAX)
