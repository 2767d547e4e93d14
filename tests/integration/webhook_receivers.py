"""Receivers of webhooks on real sockets, and deliveries for them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from app.kit.db import Database
from app.kit.egress import Egress
from app.kit.egress_addresses import networks
from app.webhooks import deliveries
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName, sample
from app.webhooks.deliveries import Attempt, Delivery, Wanted
from app.webhooks.delivery import DeliveryLoop
from app.webhooks.outbox import About, Outbox
from app.webhooks.service import Endpoint, NewEndpoint
from app.webhooks.signature import PayloadFormat

LOOPBACK = networks(["127.0.0.0/8"])


@dataclass
class Received:
    """One request as it came."""

    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with `status`, or as `decide` says; with `hangs` it waits until it is released."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"thank you"
    hangs: bool = False
    decide: Callable[[bytes], int] | None = None
    at_once: int = 0
    most_at_once: int = 0
    received: list[Received] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def verified(self, secret: str) -> list[Any]:
        """Every payload received, each with its signature checked by the published library."""
        return [Webhook(secret).verify(one.body, dict(one.headers)) for one in self.received]

    async def until(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until a condition holds after a request came; fail after `seconds`."""
        async with asyncio.timeout(seconds):
            while not holds():
                await self.changed.wait()
                self.changed.clear()


@asynccontextmanager
async def receiver(status: int = 200, **more: Any) -> AsyncIterator[Receiver]:
    """Listen on a free port of the loopback."""
    here = Receiver(status=status, **more)

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        here.received.append(Received(request.headers, body))
        here.at_once += 1
        here.most_at_once = max(here.at_once, here.most_at_once)
        here.changed.set()
        if here.hangs:
            await here.released.wait()
        here.at_once -= 1
        status = here.status if here.decide is None else here.decide(body)
        return web.Response(status=status, headers=here.headers, body=here.answer)

    app = web.Application()
    app.router.add_post("/{rest:.*}", receive)
    runner = web.AppRunner(app, shutdown_timeout=0, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    here.url = f"http://127.0.0.1:{address[1]}/hook"
    try:
        yield here
    finally:
        here.released.set()
        await runner.cleanup()


@asynccontextmanager
async def delivering(database: Database, concurrency: int = 8) -> AsyncIterator[DeliveryLoop]:
    """A delivery loop that may call the loopback; nothing runs until a test says so."""
    async with Egress(LOOPBACK) as egress:
        yield DeliveryLoop(
            database,
            egress,
            chance=lambda: 0.5,
            lease_seconds=20,
            concurrency=concurrency,
            poll_seconds=0.2,
        )


@asynccontextmanager
async def running(loop: DeliveryLoop) -> AsyncIterator[None]:
    """Run a loop; at the end stop it and wait until it has stopped."""
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def tell(
    database: Database,
    customer_id: str,
    count: int = 1,
    name: EventName = EventName.COINS_EARNED,
) -> None:
    """Write deliveries of an event's sample for whoever subscribed to it."""
    async with database.begin(customer_id) as tx:
        outbox = await Outbox.open(tx)
        for number in range(count):
            outbox.tell(name, sample(name), About(sequence=number, caused_by=f"event-{number}"))
        outbox.pour()


async def endpoint_at(
    database: Database,
    customer_id: str,
    url: str,
    payload_format: PayloadFormat = PayloadFormat.ENVELOPE,
    events: tuple[str, ...] = ("*",),
) -> Endpoint:
    async with database.begin(customer_id) as tx:
        return await webhooks.create(
            tx, NewEndpoint(url, events, payload_format=payload_format), LOOPBACK
        )


async def deliveries_to(database: Database, customer_id: str, endpoint_id: str) -> list[Delivery]:
    async with database.read(customer_id) as tx:
        return (await deliveries.page(tx, Wanted(endpoint_id, None, None, 200)))[0]


async def only_delivery_to(database: Database, customer_id: str, endpoint_id: str) -> Delivery:
    [delivery] = await deliveries_to(database, customer_id, endpoint_id)
    return delivery


async def log_of(database: Database, customer_id: str, delivery_id: str) -> list[Attempt]:
    async with database.read(customer_id) as tx:
        return list(await deliveries.log(tx, delivery_id))


async def read_endpoint(database: Database, customer_id: str, endpoint_id: str) -> Endpoint:
    async with database.read(customer_id) as tx:
        return await webhooks.read(tx, endpoint_id)
