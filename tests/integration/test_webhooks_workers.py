"""Workers share deliveries, endpoints do not hold each other up, and no lease is for ever."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.kit.clock import EPOCH
from app.kit.db import Database
from app.webhooks import service as webhooks
from app.webhooks.claiming import Wish, claim
from app.webhooks.models import webhook_delivery
from app.webhooks.targets import with_due
from tests.factories import ManualClock
from tests.good_bodies import UNKNOWN_UUID
from tests.integration.webhook_receivers import (
    deliveries_to,
    delivering,
    endpoint_at,
    log_of,
    only_delivery_to,
    receiver,
    running,
    tell,
)


@pytest.fixture
def customer_id(customer: dict[str, Any]) -> str:
    identity: str = customer["customer_id"]
    return identity


async def test_an_endpoint_that_hangs_does_not_hold_up_the_others(
    database: Database, customer_id: str
) -> None:
    async with receiver(hangs=True) as stuck, receiver() as well, delivering(database, 4) as loop:
        await endpoint_at(database, customer_id, stuck.url)
        await tell(database, customer_id, 100)
        endpoint = await endpoint_at(database, customer_id, well.url)
        await tell(database, customer_id, 100)
        async with running(loop):
            await well.until(lambda: len(well.received) == 100, seconds=8)
        assert len(stuck.received) < 10
        assert len(well.verified(endpoint.secrets[0])) == 100


async def test_what_is_committed_arrives_without_waiting_for_the_poll(
    database: Database, customer_id: str
) -> None:
    async with receiver() as there, delivering(database) as loop:
        loop._poll_seconds = 3600
        await endpoint_at(database, customer_id, there.url)
        async with running(loop):
            for count in (1, 2, 3):
                await tell(database, customer_id)
                await there.until(lambda count=count: len(there.received) == count)


async def test_what_a_dead_worker_had_leased_is_sent_by_another(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver() as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id, 3)
        [found] = await with_due(database)
        [claimed] = await claim(
            database,
            customer_id,
            [Wish(found, 10, EPOCH)],
            worker_id=UNKNOWN_UUID,
            lease=timedelta(seconds=20),
        )
        assert len(claimed.prepared) == 3
        assert await loop.run_due() == 0
        clock.advance(seconds=20)
        assert await loop.run_due() == 3
        assert len(there.verified(endpoint.secrets[0])) == 3


async def test_a_result_that_comes_after_its_lease_was_lost_changes_nothing(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=500) as there, delivering(database) as late:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        await late._claim_round()
        await asyncio.wait(late._sends)
        clock.advance(seconds=21)
        there.status = 200
        async with delivering(database) as next_worker:
            await next_worker.run_due()
        await late._recorder.write_all()
        delivery = await only_delivery_to(database, customer_id, endpoint.id)
        assert (delivery.status, delivery.attempts) == ("succeeded", 1)
        [attempt] = await log_of(database, customer_id, delivery.id)
        assert attempt.status == 200


async def test_two_workers_share_the_work_and_nothing_is_sent_twice(
    database: Database, customer_id: str
) -> None:
    async with (
        receiver() as there,
        delivering(database) as one,
        delivering(database) as two,
    ):
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id, 120)
        counts = await asyncio.gather(one.run_due(), two.run_due())
        assert sum(counts) == 120
        assert len({got.headers["webhook-id"] for got in there.received}) == 120
        states = {d.status for d in await deliveries_to(database, customer_id, endpoint.id)}
        assert states == {"succeeded"}


async def test_no_delivery_of_a_deleted_endpoint_is_sent_even_if_it_slipped_in(
    database: Database, customer_id: str
) -> None:
    async with receiver() as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        async with database.begin(customer_id) as tx:
            await webhooks.delete(tx, endpoint.id)
            await tx.execute(
                webhook_delivery.update()
                .where(webhook_delivery.c.customer_id == customer_id)
                .values(status="pending", error=None)
            )
        assert await loop.run_due() == 0
        delivery = await only_delivery_to(database, customer_id, endpoint.id)
        assert (delivery.status, delivery.error) == ("failed", "endpoint_deleted")
        assert there.received == []


async def test_stopping_gives_back_what_was_claimed_and_what_hangs(
    database: Database, customer_id: str
) -> None:
    async with receiver(hangs=True) as there, delivering(database, 4) as loop:
        await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id, 10)
        async with running(loop):
            await there.until(lambda: len(there.received) == 2)
        async with database.read(customer_id) as tx:
            leased = await tx.rows(
                select(webhook_delivery.c.delivery_id).where(
                    webhook_delivery.c.customer_id == customer_id,
                    webhook_delivery.c.lease_until.is_not(None),
                )
            )
        assert (len(there.received), leased) == (2, [])
