"""The log of attempts is kept for some days and up to some size; deliveries stay."""

from datetime import timedelta
from typing import Any

import pytest

from app.kit.db import Database
from app.webhooks.pruning import ROW_BYTES, Retention
from tests import rows
from tests.factories import ManualClock
from tests.integration.webhook_receivers import delivering, endpoint_at, receiver, tell


@pytest.fixture
def customer_id(customer: dict[str, Any]) -> str:
    identity: str = customer["customer_id"]
    return identity


async def prune(database: Database, customer_id: str, bytes_max: int = 10**9) -> int:
    """Prune two attempts at a time until nothing is left to prune; how many went."""
    total = 0
    while True:
        async with database.begin(customer_id) as tx:
            deleted = await Retention(30, bytes_max).prune(tx, 2)
        total += deleted
        if not deleted:
            return total


async def attempts(database: Database) -> int:
    return (await rows.counts(database))["webhook_attempt"]


async def test_attempts_are_kept_for_some_days_however_old_their_delivery_is(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver(status=500) as there, delivering(database) as loop:
        await endpoint_at(database, customer_id, there.url)
        await tell(database, customer_id, 5)
        await loop.run_due()
        assert await prune(database, customer_id) == 0
        clock.advance(days=29)
        await loop.run_due()
        clock.advance(days=2)
        assert await prune(database, customer_id) == 5
        assert await attempts(database) == 5
        assert await prune(database, customer_id) == 0
        clock.advance(days=30)
        assert await prune(database, customer_id) == 5
        assert (await rows.counts(database))["webhook_delivery"] == 5


async def test_a_log_that_is_too_large_loses_its_oldest_attempts(
    database: Database, customer_id: str, clock: ManualClock
) -> None:
    async with receiver() as there, delivering(database) as loop:
        await endpoint_at(database, customer_id, there.url)
        for _ in range(3):
            await tell(database, customer_id, 2)
            await loop.run_due()
            clock.advance(hours=1)
        one = ROW_BYTES + len("thank you")
        assert await prune(database, customer_id, 6 * one) == 0
        assert await prune(database, customer_id, 4 * one) == 2
        kept = await rows.fetch(database, "SELECT started_at FROM webhook_attempt")
        oldest = clock.now() - timedelta(hours=2)
        assert all(row.started_at >= oldest.timestamp() * 1000 for row in kept)
