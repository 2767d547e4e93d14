"""The delivery loop outlives what the database does to it, and loses nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from app.kit.clock import EPOCH, to_milliseconds
from app.kit.db import Database
from app.kit.egress import Egress
from app.webhooks import deliveries, queries
from app.webhooks import service as webhooks
from app.webhooks.claiming import Wish, rows_of
from app.webhooks.deliveries import Wanted
from app.webhooks.delivery import DeliveryLoop
from app.webhooks.service import NewEndpoint
from app.webhooks.targets import with_due
from tests.integration.webhook_receivers import LOOPBACK, delivering, receiver, running, tell


@asynccontextmanager
async def disturbed(database: Database) -> AsyncIterator[None]:
    """End every connection of PostgreSQL; keep the lock of SQLite meanwhile."""
    if database.is_sqlite:
        other = sqlite3.connect(str(database.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    killer = await asyncpg.connect(url)
    await killer.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    yield
    await killer.close()


async def eventually(attempt: Callable[[], Awaitable[bool]]) -> None:
    """Try until it holds, on whatever connection still lives; fail after a while."""
    async with asyncio.timeout(20):
        while True:
            with suppress(DBAPIError):
                if await attempt():
                    return
            await asyncio.sleep(0.02)


async def have_succeeded(database: Database, customer_id: str, count: int) -> bool:
    async with database.read(customer_id) as tx:
        found, _ = await deliveries.page(tx, Wanted(None, "succeeded", None, 200))
    return len(found) == count


async def is_recording(loop: DeliveryLoop) -> bool:
    """Whether the loop took the only result in hand, to write it down."""
    return loop._sent == 1 and loop._recorder.is_empty


async def was_told(database: Database, customer_id: str) -> bool:
    await tell(database, customer_id)
    return True


@pytest.fixture
def customer_id(customer: dict[str, Any]) -> str:
    identity: str = customer["customer_id"]
    return identity


async def test_a_result_waits_for_a_database_that_is_away(
    database: Database, customer_id: str
) -> None:
    async with receiver(hangs=True) as there, delivering(database) as loop:
        async with database.begin(customer_id) as tx:
            new = NewEndpoint(there.url, ("*",))
            await webhooks.create(tx, new, LOOPBACK)
        await tell(database, customer_id)
        async with running(loop):
            await there.until(lambda: len(there.received) == 1)
            async with disturbed(database):
                there.hangs = False
                there.released.set()
                await eventually(lambda: is_recording(loop))
            await eventually(lambda: have_succeeded(database, customer_id, 1))
            assert len(there.received) == 1
            async with disturbed(database):
                pass
            await eventually(lambda: was_told(database, customer_id))
            await eventually(lambda: have_succeeded(database, customer_id, 2))


@pytest.mark.parametrize("is_ordered", [False, True])
async def test_finding_and_claiming_due_work_use_the_partial_indexes(
    database: Database, customer_id: str, is_ordered: bool
) -> None:
    async with database.begin(customer_id) as tx:
        new = NewEndpoint("http://127.0.0.1:9999/", ("*",), is_ordered=is_ordered)
        await webhooks.create(tx, new, LOOPBACK)
    await tell(database, customer_id, 3)
    [endpoint] = await with_due(database)
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "WITH RECURSIVE" in statement or "AS w" in statement:
            statements.append((statement, values))

    async with database.begin(customer_id) as tx:
        if not database.is_sqlite:
            await tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        event.listen(tx.connection.sync_connection, "before_cursor_execute", note)
        await tx.rows(queries.endpoints_with_due(tx.is_sqlite), {"now": to_milliseconds(tx.now)})
        wish = Wish(endpoint, 10, EPOCH)
        assert len((await rows_of(tx, wish))[0]) == 3
        event.remove(tx.connection.sync_connection, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        for statement, values in statements:
            plan = await tx.connection.exec_driver_sql(f"{explain} {statement}", values)
            said = " ".join(map(str, plan))
            assert "webhook_delivery_" in said, statement
            assert "SCAN m" not in said
            assert "Seq Scan on webhook_delivery" not in said
    assert len(statements) == (3 if is_ordered else 2)


def test_a_lease_shorter_than_a_request_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="longer"):
        DeliveryLoop(
            database,
            Egress(),
            chance=lambda: 0.5,
            lease_seconds=10,
            concurrency=8,
            poll_seconds=1,
        )
