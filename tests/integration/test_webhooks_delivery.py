"""Deliveries arrive on a real socket: signed, repeated, given up, replayed, paused."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from app.kit.db import Database
from app.webhooks import deliveries
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName, check
from app.webhooks.signature import PayloadFormat
from tests.factories import ManualClock
from tests.integration.webhook_receivers import (
    LOOPBACK,
    deliveries_to,
    delivering,
    endpoint_at,
    log_of,
    only_delivery_to,
    read_endpoint,
    receiver,
    tell,
)


@pytest.fixture
def customer_id(customer: dict[str, Any]) -> str:
    identity: str = customer["customer_id"]
    return identity


async def test_a_delivery_arrives_signed_with_exactly_the_frozen_text(
    database: Database, customer_id: str
) -> None:
    async with receiver() as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        assert await loop.run_due() == 1
        [payload] = there.verified(endpoint.secrets[0])
        [got] = there.received
        delivery = await only_delivery_to(database, customer_id, endpoint.id)
        assert got.body == delivery.body.encode()
        assert payload["delivery_id"] == delivery.id == got.headers["webhook-id"]
        assert payload["caused_by"] == "event-0"
        check(EventName.COINS_EARNED, payload["data"])
        timestamp, mark = got.headers["Hatched-Signature"].split(",")
        signed = timestamp.removeprefix("t=").encode() + b"." + got.body
        assert mark == "v1=" + hmac.digest(endpoint.secrets[0].encode(), signed, "sha256").hex()
        assert (delivery.status, delivery.attempts, delivery.response_status) == (
            "succeeded",
            1,
            200,
        )
        [attempt] = await log_of(database, customer_id, delivery.id)
        assert (attempt.number, attempt.status, attempt.error) == (1, 200, None)
        assert attempt.answer == "thank you"
        assert await loop.run_due() == 0


async def test_a_raw_endpoint_gets_the_data_alone(database: Database, customer_id: str) -> None:
    async with receiver() as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url, PayloadFormat.RAW)
        await tell(database, customer_id)
        await loop.run_due()
        [payload] = there.verified(endpoint.secrets[0])
        check(EventName.COINS_EARNED, payload)
        headers = there.received[0].headers
        assert headers["X-Hatched-Event"] == "coins.earned"
        assert "Hatched-Signature" not in headers


async def test_only_subscribed_events_arrive(database: Database, customer_id: str) -> None:
    async with receiver() as there, delivering(database) as loop:
        await endpoint_at(database, customer_id, there.url, events=("badge.awarded",))
        await tell(database, customer_id, name=EventName.COINS_EARNED)
        await tell(database, customer_id, name=EventName.BADGE_AWARDED)
        assert await loop.run_due() == 1
        assert json.loads(there.received[0].body)["type"] == "badge.awarded"


async def test_a_failure_is_retried_on_schedule_until_it_succeeds(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=500) as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        for wait in (5, 30, 300):
            assert await loop.run_due() == 1
            delivery = await only_delivery_to(database, customer_id, endpoint.id)
            assert (delivery.status, delivery.error) == ("pending", "http_status:500")
            assert delivery.next_attempt_at == clock.now() + timedelta(seconds=wait)
            assert await loop.run_due() == 0
            clock.advance(seconds=wait)
        there.status = 204
        assert await loop.run_due() == 1
        delivery = await only_delivery_to(database, customer_id, endpoint.id)
        assert (delivery.status, delivery.attempts, delivery.error) == ("succeeded", 4, None)
        log = await log_of(database, customer_id, delivery.id)
        assert [(attempt.number, attempt.status) for attempt in log] == [
            (1, 500),
            (2, 500),
            (3, 500),
            (4, 204),
        ]
        assert log[0].error == "http_status"


async def test_each_attempt_is_signed_with_its_own_time(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=500) as there, delivering(database) as loop:
        await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        await loop.run_due()
        clock.advance(seconds=5)
        await loop.run_due()
        first, second = (int(got.headers["webhook-timestamp"]) for got in there.received)
        assert second - first == 5
        assert len({hashlib.sha256(got.body).digest() for got in there.received}) == 1


async def test_after_eight_failures_a_delivery_is_given_up_until_it_is_replayed(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=500) as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        for _ in range(10):
            await loop.run_due()
            clock.advance(hours=11)
        failed = await only_delivery_to(database, customer_id, endpoint.id)
        assert (failed.status, failed.attempts) == ("failed", 8)
        async with database.begin(customer_id) as tx:
            replayed = await deliveries.replay(tx, failed.id)
        assert (replayed.status, replayed.next_attempt_at) == ("pending", clock.now())
        assert await loop.run_due() == 1
        again = await only_delivery_to(database, customer_id, endpoint.id)
        assert (again.status, again.attempts) == ("pending", 9)
        assert again.next_attempt_at == clock.now() + timedelta(seconds=5)
        assert len(await log_of(database, customer_id, failed.id)) == 9


async def test_a_success_can_be_replayed_too(database: Database, customer_id: str) -> None:
    async with receiver() as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        await loop.run_due()
        delivery = await only_delivery_to(database, customer_id, endpoint.id)
        async with database.begin(customer_id) as tx:
            await deliveries.replay(tx, delivery.id)
        assert await loop.run_due() == 1
        first, second = there.verified(endpoint.secrets[0])
        assert first == second


async def test_an_endpoint_that_is_gone_is_paused_and_the_others_are_told(
    database: Database, customer_id: str
) -> None:
    async with receiver(status=410) as gone, receiver() as alive, delivering(database) as loop:
        dead = await endpoint_at(database, customer_id, gone.url)
        await endpoint_at(database, customer_id, alive.url, events=("webhook.endpoint_paused",))
        await tell(database, customer_id)
        await loop.run_due()
        paused = await read_endpoint(database, customer_id, dead.id)
        assert (paused.status, paused.paused_reason) == ("paused", "gone")
        [told] = alive.received
        data = json.loads(told.body)["data"]
        check(EventName.WEBHOOK_ENDPOINT_PAUSED, data)
        assert (data["endpoint_id"], data["reason"]) == (dead.id, "gone")
        await tell(database, customer_id)
        await loop.run_due()
        assert len(gone.received) == 1


async def test_nothing_but_failure_for_five_days_pauses_an_endpoint(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=503) as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        for _ in range(5):
            await tell(database, customer_id)
            await loop.run_due()
            assert (await read_endpoint(database, customer_id, endpoint.id)).status == "active"
            clock.advance(days=1)
        await loop.run_due()
        paused = await read_endpoint(database, customer_id, endpoint.id)
        assert (paused.status, paused.paused_reason) == ("paused", "failing")


async def test_one_success_in_five_days_keeps_an_endpoint_going(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=503) as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        for day in range(9):
            there.status = 200 if day == 4 else 503
            await tell(database, customer_id)
            await loop.run_due()
            clock.advance(days=1)
        assert (await read_endpoint(database, customer_id, endpoint.id)).status == "active"


async def test_a_paused_endpoint_gets_what_it_missed_when_it_is_resumed(
    database: Database, customer_id: str
) -> None:
    async with receiver() as there, delivering(database) as loop:
        endpoint = await endpoint_at(database, customer_id, there.url)
        async with database.begin(customer_id) as tx:
            await webhooks.change(tx, endpoint.id, {"status": "paused"}, LOOPBACK)
        await tell(database, customer_id, 3)
        assert await loop.run_due() == 0
        for delivery in await deliveries_to(database, customer_id, endpoint.id):
            assert (delivery.status, delivery.next_attempt_at) == ("pending", None)
        async with database.begin(customer_id) as tx:
            await webhooks.change(tx, endpoint.id, {"status": "active"}, LOOPBACK)
        assert await loop.run_due() == 3
        assert len(there.verified(endpoint.secrets[0])) == 3
