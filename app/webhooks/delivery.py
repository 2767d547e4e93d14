"""The loop that delivers: prepare, send, judge, record, with no transaction open while it sends.

Every delivery is sent at least once. What a worker had leased when it died comes back when the
lease ends; what the database did not take down is sent again. The loop outlives every fault of
the database: it waits a little and goes on.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import structlog

from app.kit.db import Database
from app.kit.egress import TOTAL_SECONDS, Egress
from app.kit.ids import new_id
from app.kit.nudge import Listener
from app.webhooks.claiming import Prepared
from app.webhooks.outbox import DUE
from app.webhooks.pacing import Pacer
from app.webhooks.recorder import BackOff, Recorder
from app.webhooks.rounds import Rounds
from app.webhooks.sending import Judged, judged, send
from app.webhooks.turns import QUICK_SECONDS, Ticket, Turns

# A request is begun only if its lease will outlast it, and leaves time to write down the result.
LEASE_SPARE_SECONDS = 2.0
WIND_DOWN_SECONDS = 3.0
Tasks = dict[asyncio.Task[None], Prepared]
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
        self._pacer = Pacer()
        self._rounds = Rounds(
            database,
            self._turns,
            self._pacer,
            worker_id=new_id(database.clock.now()),
            lease=self._lease,
            seconds=time.monotonic,
        )
        self._wake = asyncio.Event()
        self._recorder = Recorder(database, self._wake.set)
        self._observers = observers
        self._sends: Tasks = {}
        self._paced: Tasks = {}
        self._sent = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish what is under way, for a few seconds at most."""
        all_sent = asyncio.Event()
        with self._database.nudges.listen(DUE.name) as listener:
            try:
                async with asyncio.TaskGroup() as group:
                    claims = group.create_task(self._claim_until(stop))
                    group.create_task(self._heed(listener, stop))
                    group.create_task(self._recorder.run(all_sent))
                    await stop.wait()
                    self._database.nudges.nudge(DUE.name)
                    await asyncio.wait({claims}, timeout=WIND_DOWN_SECONDS)
                    claims.cancel()
                    await self._wind_down()
                    all_sent.set()
                    self._recorder.finish()
            finally:
                await self._cancel_sends()

    async def run_due(self) -> int:
        """Do everything that is due now, once; return how many attempts were made."""
        before = self._sent
        try:
            while await self._claim_round() or self._under_way or not self._recorder.is_empty:
                if self._under_way:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                await self._recorder.write_all()
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
        return self._turns.room > 0 and (self._rounds.has_more or self._turns.can_take_more)

    @property
    def _under_way(self) -> Tasks:
        return self._sends | self._paced

    async def _claim_round(self) -> bool:
        """Claim once and begin to send; whether something was found, or there may be more."""
        if self._turns.room == 0:
            return False
        prepared = await self._rounds.next()
        self._admit(prepared)
        return bool(prepared) or self._rounds.has_more

    def _admit(self, prepared: Sequence[Prepared]) -> None:
        """Let deliveries wait for their turn, those of an endpoint with a rate for their slot."""
        for delivery in prepared:
            rate = delivery.target.rate_per_second
            if rate is not None:
                pause = self._pacer.take(delivery.endpoint_id, rate, time.monotonic())
                _keep(self._paced, delivery, self._admit_later(delivery, pause))
        self._turns.add([each for each in prepared if each.target.rate_per_second is None])
        self._dispatch()

    async def _admit_later(self, delivery: Prepared, pause: float) -> None:
        await asyncio.sleep(pause)
        self._turns.add([delivery])
        self._dispatch()

    def _dispatch(self) -> None:
        """Begin as many requests as there are places."""
        latest = self._database.clock.now() + self._lease_needed
        while (ticket := self._turns.next()) is not None:
            if ticket.prepared.lease_until < latest:
                self._turns.done(ticket, was_answered=True, seconds=0)
                continue
            _keep(self._sends, ticket.prepared, self._deliver(ticket))

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
            self._recorder.add(result)
            self._sent += 1
            for observe in self._observers:
                observe(result)
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
        self._recorder.give_back(self._turns.became_slow(ticket))
        self._dispatch()

    async def _wind_down(self) -> None:
        """Give back what waits, and wait a little for what is under way."""
        await self._cut_off(self._paced)
        self._recorder.give_back(self._turns.clear())
        if self._sends:
            await asyncio.wait(self._sends, timeout=WIND_DOWN_SECONDS)

    async def _cancel_sends(self) -> None:
        """Cut off what takes too long: it is sent again, perhaps twice."""
        await self._cut_off(self._under_way)
        await self._recorder.write_all()

    async def _cut_off(self, tasks: Tasks) -> None:
        """Cancel, and give back what was not finished."""
        cut_off = dict(tasks)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)
        self._recorder.give_back([cut_off[task] for task in cut_off if task.cancelled()])


def _keep(tasks: Tasks, delivery: Prepared, work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks[task] = delivery
    task.add_done_callback(tasks.pop)
