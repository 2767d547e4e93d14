"""What `bench webhooks` works with: customers, endpoints, workers, a receiver, a bare client."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from app.kit.db import Database
from app.kit.egress_addresses import networks
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName, sample
from app.webhooks.outbox import About, Outbox
from app.webhooks.service import NewEndpoint
from scripts.benchmark.api_server import MASTER_KEY
from scripts.benchmark.databases import Place

FOLDER = Path(__file__).parent
BUDDY = "01890000-0000-7000-8000-000000000000"
AT_ONCE = 32
BODY_BYTES = 600
DRAINED_SECONDS = 600
SETTLE_SECONDS = 3
Say = Callable[[str], None]


@dataclass(slots=True)
class Bench:
    """A prepared place."""

    place: Place
    database: Database
    receiver: str
    say: Say

    async def subscribe(self, customer_id: str, count: int, path: str) -> None:
        """Endpoints that want everything."""
        async with self.database.begin(customer_id) as tx:
            for number in range(count):
                url = f"{self.receiver}/{path}/{number}"
                new = NewEndpoint(url, ("*",))
                await webhooks.create(tx, new, networks(["127.0.0.0/8"]))

    async def tell(self, customer_id: str, times: int) -> tuple[list[str], float]:
        """Commit one set, a delivery an endpoint and time; their ids, and when it was durable."""
        async with self.database.begin(customer_id) as tx:
            outbox = await Outbox.open(tx)
            for _ in range(times):
                about = About(BUDDY, 1, "bench")
                outbox.tell(EventName.COINS_EARNED, sample(EventName.COINS_EARNED), about)
            ids = outbox.delivery_ids
            outbox.pour()
        return ids, time.time()

    async def pending(self) -> int:
        """How many deliveries are left."""
        async with self.database.unscoped() as connection:
            found = await connection.exec_driver_sql(
                "SELECT count(*) FROM webhook_delivery WHERE status = 'pending'"
            )
            return int(found.scalar_one())


async def new_customer(bench: Bench) -> str:
    """Make a customer; its id."""
    made = clutch(bench.place, "customers", "create", "Bench", "--json")
    customer_id: str = orjson.loads(made)["customer_id"]
    return customer_id


async def retire(bench: Bench, customer_id: str) -> None:
    """Delete its endpoints, and with them what is pending."""
    async with bench.database.begin(customer_id) as tx:
        for endpoint in await webhooks.every(tx):
            await webhooks.delete(tx, endpoint.id)


async def settled(bench: Bench, customers: Sequence[str], arrivals: int) -> None:
    """Let the worker start, and every endpoint that answers answer once."""
    await seen(bench)
    for customer_id in customers:
        await bench.tell(customer_id, 1)
    async with httpx.AsyncClient() as client, asyncio.timeout(DRAINED_SECONDS):
        while True:
            if (await client.get(f"{bench.receiver}/count")).json() >= arrivals:
                break
            await asyncio.sleep(0.05)
    await asyncio.sleep(SETTLE_SECONDS)


async def seen(bench: Bench) -> dict[str, float]:
    """What arrived since the last time, by delivery."""
    async with httpx.AsyncClient() as client:
        found: dict[str, float] = (await client.get(f"{bench.receiver}/seen")).json()
    return found


async def first_arrival(bench: Bench) -> float:
    """When something arrived first."""
    async with httpx.AsyncClient() as client:
        while True:
            if (await client.get(f"{bench.receiver}/count")).json():
                return time.time()
            await asyncio.sleep(0.005)


async def drained(bench: Bench) -> None:
    """Wait until nothing is pending."""
    async with asyncio.timeout(DRAINED_SECONDS):
        while True:
            if not await bench.pending():
                return
            await asyncio.sleep(0.1)


def bare_rate(bench: Bench, count: int) -> float:
    """Requests a second of a bare client."""
    program = [sys.executable, str(FOLDER / "webhook_floor.py"), f"{bench.receiver}/hook/floor"]
    sizes = [str(number) for number in (count, AT_ONCE, BODY_BYTES)]
    done = subprocess.run([*program, *sizes], check=True, capture_output=True, text=True)
    return float(done.stdout)


def clutch(place: Place, *words: str) -> bytes:
    """Run a command of the product; what it printed."""
    where = ["--data-dir", str(place.folder), "--database-url", place.url]
    command = [sys.executable, "-m", "app.cli", *words, *where]
    done = subprocess.run(command, check=True, capture_output=True, env=_environment())
    return done.stdout


def _environment() -> dict[str, str]:
    more = {"CLUTCH_MASTER_KEY": MASTER_KEY, "CLUTCH_EGRESS_ALLOW": "127.0.0.0/8"}
    return os.environ | more


@contextmanager
def working(place: Place) -> Iterator[int]:
    """`clutch worker` until the block is left."""
    where = ["--data-dir", str(place.folder), "--database-url", place.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker", *where],
        env=_environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def receiving() -> Iterator[str]:
    """The receiver; its URL."""
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / "webhook_receiver.py")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()
