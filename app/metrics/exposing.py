"""Where Prometheus fetches the metrics of this process: on a port of its own, or behind a key.

Each process tells its own work (requests, lanes, attempts: add them up) and what stands in the
database (queues, states, audits: the same everywhere, take the maximum).
"""

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.events.lane import Lanes
from app.kit.db import Database
from app.metrics.requests import Requests
from app.metrics.standing import StandingCollector
from app.metrics.work import AttemptCollector, LaneCollector
from app.webhooks.tally import Tally as Attempts

PATH = "/metrics"


class Metrics:
    """The metrics of one process."""

    def __init__(self, standing: StandingCollector, *collectors: Collector) -> None:
        self._standing = standing
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        for collector in (standing, *collectors):
            self._registry.register(collector)

    async def text(self) -> bytes:
        """Everything in Prometheus' text format 0.0.4."""
        await self._standing.refresh()
        return generate_latest(self._registry)


def process_metrics(
    database: Database, lanes: Lanes, attempts: Attempts, requests: Requests | None = None
) -> Metrics:
    """The metrics of a process that works, and serves requests unless there are none."""
    collectors: list[Collector] = [LaneCollector(lanes), AttemptCollector(attempts)]
    if requests is not None:
        collectors.append(requests)
    return Metrics(StandingCollector(database), *collectors)


@asynccontextmanager
async def on_own_port(metrics: Metrics, host: str, port: int) -> AsyncIterator[None]:
    """Serve the metrics beside whatever else this process does; port 0: not at all.

    Raises:
        OSError: the port is taken.
    """
    if port == 0:
        yield
        return

    async def answer(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=await metrics.text(), headers=headers)

    application = web.Application()
    application.router.add_get(PATH, answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


def behind_key(key: str) -> Callable[[Request], Awaitable[Response]]:
    """The route `/metrics` of the API itself, for whoever sends `Authorization: Bearer <key>`."""
    expected = f"Bearer {key}".encode()

    async def answer(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            return Response("Send the metrics key as a bearer token.", 401)
        metrics: Metrics = request.app.state.metrics
        return Response(await metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer
