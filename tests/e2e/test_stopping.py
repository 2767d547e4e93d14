"""SIGTERM: what is under way is answered, what is leased is given back, and the exit code is 0."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.events.models import event
from app.kit.db import Database
from app.operations import service as operations
from app.operations.models import operation
from app.operations.service import NewOperation, OperationKind
from app.settings import Settings
from app.webhooks.models import webhook_delivery
from tests.conftest import MASTER_KEY
from tests.hathora_support import free_port
from tests.integration.webhook_receivers import Receiver, endpoint_at, receiver, tell

START_SECONDS = 60.0
BOUND_SECONDS = 20.0


@contextmanager
def running(settings: Settings, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`clutch` with these words, killed at the end if it is still there."""
    environment = {
        **os.environ,
        "CLUTCH_MASTER_KEY": MASTER_KEY,
        "CLUTCH_DATABASE_URL": settings.database_url,
        "CLUTCH_DATA_DIR": str(settings.data_dir),
        "CLUTCH_EGRESS_ALLOW": "127.0.0.0/8",
    }
    program = [sys.executable, "-m", "app.cli", *words]
    with (Path(settings.data_dir) / "process.log").open("wb") as log:
        child = subprocess.Popen(program, env=environment, stdout=log, stderr=log)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = START_SECONDS) -> None:
    """Wait until an awaitable answer is true."""
    end = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.05)


async def are_under_way(client: httpx.AsyncClient, metrics: str, count: int) -> bool:
    """Whether this many requests are being answered."""
    return f"clutch_http_requests_in_progress {count}.0\n" in (await client.get(metrics)).text


async def ended(child: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Send SIGTERM; the exit code and how many seconds it took."""
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(child.wait, BOUND_SECONDS + 10)
    return code, time.monotonic() - began


@asynccontextmanager
async def served(settings: Settings, key: str) -> AsyncIterator[Any]:
    """`clutch serve` with metrics: the process and a client."""
    port, metrics = free_port(), free_port()
    words = ("serve", "--port", str(port), "--metrics-port", str(metrics))
    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_keepalive_connections=0)
    url = f"http://127.0.0.1:{port}"
    with running(settings, *words) as child:
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=60, trust_env=False, limits=limits
        ) as client:

            async def answers() -> bool:
                with contextlib.suppress(httpx.TransportError):
                    return (await client.get("/health/live")).status_code == 200
                return False

            await until(answers)
            yield child, client, f"http://127.0.0.1:{metrics}/metrics"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_request_under_way_is_answered(
    settings: Settings, customer: dict[str, Any], database: Database
) -> None:
    async with served(settings, customer["secret_key"]) as (child, client, metrics):
        holder = sqlite3.connect(settings.url.removeprefix("sqlite:///"), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")  # nobody else can write until this is rolled back
        events = [
            {"event_id": f"e-{n}", "user_id": "ann", "type": "match_completed"} for n in range(20)
        ]
        sent = [asyncio.create_task(client.post("/api/v1/events", json=e)) for e in events]
        await until(lambda: are_under_way(client, metrics, 20))
        ending = asyncio.create_task(ended(child))

        async def is_deaf() -> bool:
            try:
                await client.get("/health/live")
            except httpx.TransportError:
                return True
            return False

        await until(is_deaf)
        holder.execute("ROLLBACK")
        holder.close()
        answers = await asyncio.gather(*sent)
        code, seconds = await ending
    assert [answer.status_code for answer in answers] == [200] * 20
    assert (code, seconds < BOUND_SECONDS) == (0, True)
    async with database.read(customer["customer_id"]) as tx:
        assert await tx.value(select(func.count()).select_from(event)) == 20


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_held_answer_is_sent_when_the_server_ends(
    settings: Settings, customer: dict[str, Any], database: Database
) -> None:
    """Nothing works on the operation; the caller would wait for 25 seconds."""
    async with database.begin(customer["customer_id"]) as tx:
        promised = NewOperation(tx.new_id(), OperationKind.MIGRATE, {})
        await operations.start_set(tx, [promised])
        await tx.execute(operation.update().values(due_at=tx.now.replace(year=9000)))
    async with served(settings, customer["secret_key"]) as (child, client, metrics):
        path = f"/api/v1/operations/{promised.id}"
        held = asyncio.create_task(client.get(path, params={"wait_ms": 25_000}))
        await until(lambda: are_under_way(client, metrics, 1))
        code, seconds = await ended(child)
        answer = await held
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")
    assert (code, seconds < BOUND_SECONDS) == (0, True)


async def test_a_worker_gives_back_what_it_cannot_finish(
    settings: Settings, customer: dict[str, Any], database: Database
) -> None:
    """A receiver hangs: what was sent to it, and what waits for it, is free for others at once."""
    customer_id = customer["customer_id"]
    hanging: Receiver
    async with receiver(hangs=True) as hanging, receiver() as healthy:
        await endpoint_at(database, customer_id, hanging.url)
        await endpoint_at(database, customer_id, healthy.url)
        await tell(database, customer_id, 20)
        with running(settings, "worker") as child:
            await hanging.until(lambda: len(hanging.received) > 0, START_SECONDS)
            await healthy.until(lambda: len(healthy.received) == 20)
            code, seconds = await ended(child)
    assert (code, seconds < BOUND_SECONDS) == (0, True)
    c = webhook_delivery.c
    async with database.read(customer_id) as tx:
        rows = await tx.rows(select(c.status, c.lease_until, c.attempts))
    by_status = sorted((row.status, row.lease_until, row.attempts) for row in rows)
    assert by_status == [("pending", None, 0)] * 20 + [("succeeded", None, 1)] * 20
