"""How long a request to an endpoint may last is a setting."""

from typing import Any

from app.kit.db import Database
from app.kit.egress import Egress
from app.webhooks.delivery import DeliveryLoop
from tests.integration.webhook_receivers import (
    LOOPBACK,
    endpoint_at,
    log_of,
    only_delivery_to,
    receiver,
    tell,
)


async def test_a_request_is_given_up_after_the_time_that_was_set(
    database: Database, customer: dict[str, Any]
) -> None:
    customer_id = customer["customer_id"]
    async with receiver(hangs=True) as there, Egress(LOOPBACK) as egress:
        loop = DeliveryLoop(
            database,
            egress,
            chance=lambda: 0.5,
            lease_seconds=3,
            concurrency=8,
            poll_seconds=0.2,
            timeout_seconds=0.3,
        )
        endpoint = await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id)
        assert await loop.run_due() == 1
        delivery = await only_delivery_to(database, customer_id, endpoint.id)
        [attempt] = await log_of(database, customer_id, delivery.id)
    assert (delivery.status, attempt.error) == ("pending", "timeout")
    assert 300 <= attempt.duration_ms < 3000
