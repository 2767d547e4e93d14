"""Ordered endpoints, limits that hold, and circuits that open and close."""

import asyncio
import json
import time
from typing import Any

import pytest

from app.kit.db import Database
from app.webhooks import deliveries
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName, sample
from app.webhooks.circuit import FAILURES_TO_OPEN
from app.webhooks.outbox import About, Outbox
from app.webhooks.service import Endpoint, NewEndpoint
from tests.factories import ManualClock
from tests.integration.webhook_receivers import (
    LOOPBACK,
    Receiver,
    delivering,
    read_endpoint,
    receiver,
    running,
    tell,
)

BUDDIES = [f"01890000-0000-7000-8000-00000000000{number}" for number in range(3)]


@pytest.fixture
def customer_id(customer: dict[str, Any]) -> str:
    identity: str = customer["customer_id"]
    return identity


async def made(database: Database, customer_id: str, there: Receiver, **more: Any) -> Endpoint:
    async with database.begin(customer_id) as tx:
        return await webhooks.create(tx, NewEndpoint(there.url, ("*",), **more), LOOPBACK)


async def tell_lines(database: Database, customer_id: str, *sequences: int) -> None:
    """One delivery a buddy and sequence, the later sequences first."""
    async with database.begin(customer_id) as tx:
        outbox = await Outbox.open(tx)
        for sequence in sorted(sequences, reverse=True):
            for buddy_id in BUDDIES:
                data = sample(EventName.COINS_EARNED) | {"buddy_id": buddy_id}
                outbox.tell(EventName.COINS_EARNED, data, About(buddy_id, sequence))
        outbox.pour()


def lines(there: Receiver) -> dict[str, list[int]]:
    """The sequences that arrived, by buddy."""
    found: dict[str, list[int]] = {}
    for got in there.received:
        body = json.loads(got.body)
        found.setdefault(body["data"]["buddy_id"], []).append(body["sequence"])
    return found


async def test_an_ordered_endpoint_gets_each_buddys_events_in_their_order(
    database: Database, customer_id: str
) -> None:
    async with receiver() as there, delivering(database) as one, delivering(database) as two:
        await made(database, customer_id, there, is_ordered=True)
        await tell_lines(database, customer_id, *range(6))
        await asyncio.gather(one.run_due(), two.run_due())
        await one.run_due()
        assert lines(there) == {buddy: list(range(6)) for buddy in BUDDIES}


async def test_a_failure_stops_the_line_of_its_buddy_alone_and_says_so(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    def refuse(body: bytes) -> int:
        told = json.loads(body)
        is_bad = told["data"]["buddy_id"] == BUDDIES[1] and told["sequence"] == 2
        return 500 if is_bad and not healed else 200

    healed = False
    async with receiver(decide=refuse) as there, delivering(database) as loop:
        await made(database, customer_id, there, is_ordered=True)
        await tell_lines(database, customer_id, 1, 2, 3)
        await loop.run_due()
        assert lines(there)[BUDDIES[0]] == lines(there)[BUDDIES[2]] == [1, 2, 3]
        assert lines(there)[BUDDIES[1]] == [1, 2]
        await tell_lines(database, customer_id, 4)
        await loop.run_due()
        assert lines(there)[BUDDIES[1]] == [1, 2]
        async with database.read(customer_id) as tx:
            wanted = deliveries.Wanted(None, "pending", None, 50)
            found, _ = await deliveries.page(tx, wanted)
            behind = {each.id: await deliveries.standing_before(tx, each.id) for each in found}
        [head] = [id_ for id_, before in behind.items() if before is None]
        assert set(behind.values()) == {head, None}
        assert len(behind) == 3
        healed = True
        clock.advance(seconds=6)
        await loop.run_due()
        assert lines(there)[BUDDIES[1]] == [1, 2, 2, 3, 4]


async def test_many_lines_all_have_their_turn(
    database: Database, customer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.claiming.LINES_A_LOOK", 2)
    async with receiver() as there, delivering(database) as loop:
        await made(database, customer_id, there, is_ordered=True)
        await tell_lines(database, customer_id, 1, 2)
        await tell(database, customer_id, 2)
        await loop.run_due()
        assert len(there.received) == 8


async def test_a_rate_holds_over_two_workers(database: Database, customer_id: str) -> None:
    async with receiver() as there, delivering(database) as one, delivering(database) as two:
        await made(database, customer_id, there, rate_per_second=20)
        await tell(database, customer_id, 25)
        began = time.monotonic()
        async with running(one), running(two):
            await there.until(lambda: len(there.received) == 25)
        assert time.monotonic() - began >= 24 / 20 - 0.1


async def test_a_concurrency_limit_holds_over_two_workers(
    database: Database, customer_id: str
) -> None:
    async with (
        receiver(hangs=True) as there,
        delivering(database) as one,
        delivering(database) as two,
    ):
        await made(database, customer_id, there, concurrency=1)
        await tell(database, customer_id, 4)
        async with running(one), running(two):
            await there.until(lambda: len(there.received) == 1)
            for expected in (2, 3, 4):
                there.released.set()
                there.released.clear()
                await there.until(lambda expected=expected: len(there.received) >= expected)
            assert there.most_at_once == 1
            there.hangs = False
            there.released.set()


async def test_a_circuit_opens_probes_with_one_and_closes_at_a_success(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=500) as there, delivering(database) as loop:
        endpoint = await made(database, customer_id, there)
        await tell(database, customer_id, FAILURES_TO_OPEN)
        await loop.run_due()
        resting = await read_endpoint(database, customer_id, endpoint.id)
        assert resting.circuit_until is not None
        await tell(database, customer_id, 3)
        assert await loop.run_due() == 0
        clock.advance(seconds=5)
        assert await loop.run_due() == 1
        there.status = 200
        clock.advance(minutes=6)
        assert await loop.run_due() > 3
        well = await read_endpoint(database, customer_id, endpoint.id)
        assert (well.circuit_until, well.failing_since) == (None, None)
