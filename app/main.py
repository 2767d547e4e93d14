"""The HTTP server: every router, the lane, and, unless told otherwise, the worker's loops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import structlog
from fastapi import APIRouter, FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.analytics.router import router as analytics
from app.art.router import router as media
from app.art.service import Atelier
from app.buddies.evolution_router import router as evolution
from app.buddies.ledger_router import router as ledger
from app.buddies.migrating_router import router as migrations
from app.buddies.progression_router import router as progression
from app.buddies.progression_router import user_router as users
from app.buddies.router import router as buddies
from app.configs.router import router as configs
from app.console import service as console
from app.console.files import router as console_files
from app.console.router import router as console_sessions
from app.customers.authentication import Authenticator
from app.customers.credits_router import router as credits
from app.customers.entitlements import Entitlements
from app.customers.idempotency import KeptAnswers
from app.customers.keys_router import router as keys
from app.customers.metering import Meter
from app.eggs.router import router as eggs
from app.events.dry_run_router import router as dry_runs
from app.events.lane import Lanes
from app.events.router import router as events
from app.gates.presets_router import router as presets
from app.gates.router import buddy_router as buddy_gates
from app.gates.router import router as gates
from app.guide.router import router as guide
from app.items.router import buddy_router as buddy_items
from app.items.router import router as items
from app.kit.clock import Clock, SystemClock
from app.kit.cors import CrossOrigin
from app.kit.db import Database
from app.kit.door import Door, TxRoute
from app.kit.egress import Egress
from app.kit.faults import RequestIds, install_handlers
from app.kit.health import router as health
from app.kit.hints import carried
from app.kit.migrations import ensure_current
from app.kit.observing import Observed, Observer, log_answer
from app.kit.principal import Credential
from app.kit.schemas import ErrorEnvelope
from app.leaderboards.router import router as leaderboards
from app.matches.hathora import HathoraHosts
from app.matches.router import router as matches
from app.metrics.exposing import PATH as METRICS
from app.metrics.exposing import behind_key, on_own_port, process_metrics
from app.metrics.requests import Requests
from app.operations.router import router as operations
from app.paths.router import buddy_router as buddy_paths
from app.paths.router import router as paths
from app.people.router import router as people
from app.sessions import service as sessions
from app.sessions.router import router as widget_sessions
from app.settings import Settings
from app.webhooks.router import router as webhooks
from app.widget.page_router import router as widget_pages
from app.widget.router import router as widget
from app.worker import Worker, atelier_of

ROUTERS: tuple[APIRouter, ...] = (
    events,
    eggs,
    migrations,
    buddies,
    evolution,
    progression,
    people,
    users,
    ledger,
    items,
    buddy_items,
    buddy_gates,
    gates,
    buddy_paths,
    paths,
    leaderboards,
    operations,
    webhooks,
    configs,
    dry_runs,
    presets,
    keys,
    credits,
    analytics,
    widget_sessions,
    widget,
    widget_pages,
    matches,
    console_sessions,
    console_files,
    media,
    guide,
    health,
)
log = structlog.get_logger()


def create_app(
    settings: Settings, *, clock: Clock | None = None, with_worker: bool = True
) -> FastAPI:
    """The application. Its state is opened when the server starts and closed when it stops."""
    requests = Requests()

    def lifespan(app: FastAPI) -> AbstractAsyncContextManager[None]:
        return opened(app, settings, clock=clock, with_worker=with_worker)

    app = FastAPI(
        title="Clutch",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url="/docs",
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": {"model": ErrorEnvelope, "description": "Refused; nothing was changed."}},
    )
    for router in ROUTERS:
        app.include_router(router)
    install_handlers(app)
    _install_middleware(app, settings, requests)
    app.state.requests = requests
    return app


def _install_middleware(app: FastAPI, settings: Settings, requests: Requests) -> None:
    """What every request passes, the last one first; observers only if the settings ask."""
    app.add_middleware(CrossOrigin)
    app.add_middleware(RequestIds)
    observers: list[Observer] = []
    if settings.metrics_port or settings.metrics_key:
        observers.append(requests)
    if settings.log_requests:
        observers.append(log_answer)
    if observers:
        app.add_middleware(Observed, observers=observers, under_way=requests.under_way)
    if settings.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies)
    if settings.metrics_key:
        app.add_route(METRICS, behind_key(settings.metrics_key), include_in_schema=False)


@asynccontextmanager
async def opened(
    app: FastAPI,
    settings: Settings,
    *,
    clock: Clock | None = None,
    with_worker: bool = True,
    atelier: Atelier | None = None,
) -> AsyncIterator[None]:
    """Everything that the routes work with stands in `app.state` until the block is left.

    `atelier` draws in place of the one that the settings ask for.

    Raises:
        SchemaOutdated: the database is not the one that this program was written for.
    """
    database = Database(settings.url, clock or SystemClock(), settings.key, tariff=settings.tariff)
    await ensure_current(database)
    egress = Egress(settings.egress_networks)
    lanes = Lanes(database, waiting_max=settings.lane_units_max)
    app.state.egress = egress
    app.state.lanes = lanes
    meter = _install_door(app, settings, database)
    hosts = HathoraHosts()
    app.state.hosts = hosts
    app.state.atelier = atelier = atelier or atelier_of(settings, egress)
    app.state.worker = worker = Worker(settings, database, lanes, egress, hosts, atelier)
    stop = asyncio.Event()
    app.state.metrics = metrics = process_metrics(
        database, lanes, worker.attempts, app.state.requests
    )
    running = asyncio.create_task(worker.run(stop)) if with_worker else None
    try:
        async with (
            on_own_port(metrics, settings.metrics_host, settings.metrics_port),
            carried(database if settings.hints else None),
        ):
            yield
    finally:
        stop.set()
        if running is not None:
            await running
        await egress.close()
        await hosts.aclose()
        await meter.aclose()
        await database.close()


def _install_door(app: FastAPI, settings: Settings, database: Database) -> Meter:
    """Who is let in, what each may do and how much of it; the meter is the caller's to close."""
    app.state.settings = settings
    app.state.database = database
    entitlements = Entitlements(database)
    app.state.scopes = served_scopes()
    app.state.authenticator = Authenticator(
        database,
        is_live=sessions.is_live,
        visit_of=partial(console.visit_of, public_origin=settings.public_origin),
        failures_per_minute=settings.failed_authentications_per_minute,
    )
    meter = Meter(database, entitlements, settings.limits_url)
    app.state.door = Door(
        database,
        app.state.authenticator,
        partial(sessions.refuse_other_buddy, database),
        KeptAnswers(),
        settings.body_bytes_max,
        meter,
        entitlements.require,
    )
    return meter


def served_scopes() -> frozenset[str]:
    """Every scope that some route demands of a secret key."""
    routes = (route for router in ROUTERS for route in router.routes)
    return frozenset(
        route.required.scopes[Credential.SECRET]
        for route in routes
        if isinstance(route, TxRoute) and Credential.SECRET in route.required.scopes
    )
