"""The loop that delivers: prepare, send, judge, record, with no transaction open while it sends.

Every delivery is sent at least once. What a worker had leased when it died comes back when the
lease ends; what the database did not take down is sent again. The loop outlives every fault of
the database: it waits a little and goes on.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice

import structlog

from app.kit.db import Database
from app.kit.egress import TOTAL_SECONDS, Egress
from app.kit.nudge import Listener
from app.webhooks.claiming import Prepared, claim, release
from app.webhooks.outbox import DUE
from app.webhooks.recording import record
from app.webhooks.sending import Judged, judged, send
from app.webhooks.turns import QUICK_SECONDS, Ticket, Turns

# A request is begun only if its lease will outlast it, and leaves time to write down the result.
LEASE_SPARE_SECONDS = 2.0
# Results gather this long, so that a set is worth its transaction; receivers do not notice.
GATHER_SECONDS = 0.05
RECORDED_AT_ONCE = 500
BACK_OFF_SECONDS = 0.1
BACK_OFF_SECONDS_MAX = 5.0
WIND_DOWN_SECONDS = 3.0
log = structlog.get_logger()


class DeliveryLoop:
    """Delivers what is due, for all customers. Any number of them may run."""

    def __init__(
        self,
        database: Database,
        egress: Egress,
        *,
        chance: Callable[[], float],
        lease_seconds: float,
        concurrency: int,
        poll_seconds: float,
        timeout_seconds: float = TOTAL_SECONDS,
        observers: Sequence[Callable[[Judged], None]] = (),
    ) -> None:
        """Take what the loop works with.

        Args:
            chance: numbers in [0, 1) that spread retries.
            lease_seconds: how long a claimed delivery is ours; more than a request may last.
            concurrency: how many requests to quick endpoints are under way at once.
            poll_seconds: how long due work can go unnoticed when no nudge tells of it.
            timeout_seconds: how long a request may last.
            observers: are told of every attempt; they must not fail.

        Raises:
            ValueError: a lease too short for a request.
        """
        self._lease = timedelta(seconds=lease_seconds)
        self._timeout_seconds = timeout_seconds
        self._lease_needed = timedelta(seconds=timeout_seconds + LEASE_SPARE_SECONDS)
        if self._lease <= self._lease_needed:
            raise ValueError(f"a delivery's lease must be longer than {self._lease_needed}")
        self._database = database
        self._egress = egress
        self._chance = chance
        self._poll_seconds = poll_seconds
        self._turns = Turns(concurrency)
        self._wake = asyncio.Event()
        self._results: list[Judged] = []
        self._given_back: list[Prepared] = []
        self._to_record = asyncio.Event()
        self._observers = observers
        self._sends: dict[asyncio.Task[None], Ticket] = {}
        self._sent = 0
        self._has_more = False
        self._last_customer = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish what is under way, for a few seconds at most."""
        all_sent = asyncio.Event()
        with self._database.nudges.listen(DUE.name) as listener:
            try:
                async with asyncio.TaskGroup() as group:
                    claims = group.create_task(self._claim_until(stop))
                    group.create_task(self._heed(listener, stop))
                    group.create_task(self._record_until(all_sent))
                    await stop.wait()
                    self._database.nudges.nudge(DUE.name)
                    await asyncio.wait({claims}, timeout=WIND_DOWN_SECONDS)
                    claims.cancel()
                    await self._wind_down()
                    all_sent.set()
                    self._to_record.set()
            finally:
                await self._cancel_sends()

    async def run_due(self) -> int:
        """Do everything that is due now, once; return how many attempts were made."""
        before = self._sent
        try:
            while await self._claim_round() or self._sends or self._results:
                if self._sends:
                    await asyncio.wait(self._sends, return_when=asyncio.FIRST_COMPLETED)
                await self._record_all()
        finally:
            await self._cancel_sends()
        return self._sent - before

    async def _heed(self, listener: Listener, stop: asyncio.Event) -> None:
        """Wake the claims at every nudge and every poll."""
        while not stop.is_set():
            self._wake.set()
            await listener.wait(self._poll_seconds)
        self._wake.set()

    async def _claim_until(self, stop: asyncio.Event) -> None:
        back_off = BackOff()
        while not stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            try:
                while not stop.is_set() and await self._claim_round() and self._is_hungry:
                    pass
                back_off.reset()
            except Exception as error:
                # Whatever a database says while it goes down or comes up, the loop goes on.
                log.warning("webhook_claim_failed", error=repr(error))
                await back_off.wait()
                self._wake.set()

    @property
    def _is_hungry(self) -> bool:
        return self._turns.room > 0 and (self._has_more or self._turns.can_take_more)

    async def _claim_round(self) -> int:
        """Give each customer with due work a turn; return how many due rows were found."""
        if self._turns.room == 0:
            return 0
        async with self._database.unscoped() as connection:
            customers = await DUE.customers(connection, self._database.clock.now())
        found = 0
        has_more = False
        # Whoever comes after the last one served is first now.
        for customer_id in sorted(customers, key=lambda id_: (id_ <= self._last_customer, id_)):
            limit = min(self._turns.room, max(1, 2 * self._turns.room // len(customers)))
            if limit == 0:
                has_more = True
                break
            claimed = await claim(
                self._database,
                customer_id,
                limit=limit,
                lease=self._lease,
                full=self._turns.hold_back(customer_id),
                free_of=self._turns.free_of,
            )
            found += claimed.found
            has_more |= claimed.found == limit
            self._last_customer = customer_id
            self._turns.add(claimed.prepared)
            self._dispatch()
        self._has_more = has_more
        return found

    def _dispatch(self) -> None:
        """Begin as many requests as there are places."""
        latest = self._database.clock.now() + self._lease_needed
        while (ticket := self._turns.next()) is not None:
            if ticket.prepared.lease_until < latest:
                self._turns.done(ticket, was_answered=True, seconds=0)
                continue
            task = asyncio.create_task(self._deliver(ticket))
            self._sends[task] = ticket
            task.add_done_callback(self._sends.pop)

    async def _deliver(self, ticket: Ticket) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        timer = loop.call_later(QUICK_SECONDS, self._became_slow, ticket)
        was_answered = False
        try:
            sent = await send(
                self._egress,
                ticket.prepared,
                self._database.clock.now,
                loop.time,
                total_seconds=self._timeout_seconds,
            )
            result = judged(sent, self._chance())
            self._results.append(result)
            self._sent += 1
            for observe in self._observers:
                observe(result)
            self._to_record.set()
            was_answered = sent.status is not None
        except Exception:
            # A mistake of ours in one delivery must not stop the others; its lease will end.
            log.exception("webhook_send_failed", delivery_id=ticket.prepared.delivery_id)
        finally:
            timer.cancel()
            seconds = loop.time() - began
            self._turns.done(ticket, was_answered=was_answered, seconds=seconds)
        self._dispatch()
        if self._is_hungry:
            self._wake.set()

    def _became_slow(self, ticket: Ticket) -> None:
        self._given_back += self._turns.became_slow(ticket)
        self._to_record.set()
        self._dispatch()

    async def _record_until(self, all_sent: asyncio.Event) -> None:
        back_off = BackOff()
        while True:
            await self._to_record.wait()
            if not all_sent.is_set():
                await asyncio.sleep(GATHER_SECONDS)
            self._to_record.clear()
            if await self._record_all():
                back_off.reset()
            elif not all_sent.is_set():
                await back_off.wait()
                self._to_record.set()
            if all_sent.is_set():
                return

    async def _record_all(self) -> bool:
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
            # Kept until the leases have ended; after that they are sent again anyway.
            now = self._database.clock.now()
            self._results += [r for r in results if r.sent.prepared.lease_until > now]
            log.warning("webhook_record_failed", count=len(results), error=repr(error))
            return False
        return True

    async def _release(self, given_back: list[Prepared]) -> None:
        now = self._database.clock.now()
        ours = [delivery for delivery in given_back if delivery.lease_until > now]
        try:
            await release(self._database, ours)
        except Exception as error:
            # Then their leases end by themselves.
            log.warning("webhook_release_failed", count=len(ours), error=repr(error))

    async def _wind_down(self) -> None:
        """Give back what waits, and wait a little for what is under way."""
        self._given_back += self._turns.clear()
        if self._sends:
            await asyncio.wait(self._sends, timeout=WIND_DOWN_SECONDS)

    async def _cancel_sends(self) -> None:
        """Cut off what takes too long, and give it back: it is sent again, perhaps twice."""
        cut_off = dict(self._sends)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)
        self._given_back += [cut_off[task].prepared for task in cut_off if task.cancelled()]
        await self._record_all()


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
