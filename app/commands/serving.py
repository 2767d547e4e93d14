"""serve, worker."""

import asyncio
import gc
import signal
import socket
from typing import Annotated, cast

import typer
import uvicorn
from fastapi import FastAPI

from app.commands.context import DatabaseUrl, DataDir, console, run, settings_of
from app.events.lane import Lanes
from app.kit.db import Database
from app.kit.egress import Egress
from app.kit.hints import carried
from app.kit.logs import configure_logs
from app.kit.migrations import ensure_current
from app.main import create_app
from app.matches.hathora import HathoraHosts
from app.metrics.exposing import on_own_port, process_metrics
from app.operations.service import DUE as OPERATIONS
from app.settings import Settings
from app.webhooks.outbox import DUE as DELIVERIES
from app.worker import Worker, atelier_of

app = typer.Typer(add_completion=False)
ANSWER_SECONDS = 10
MetricsPort = Annotated[
    int | None,
    typer.Option(help="Serve Prometheus metrics at /metrics on this port; left out: not at all."),
]


class Server(uvicorn.Server):
    """Tells the application when the end begins, so that answers held back are sent."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, answer what is under way, end the application."""
        application = cast(FastAPI, self.config.app)
        application.state.database.nudges.is_ending = True
        await super().shutdown(sockets)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8080,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    metrics_port: MetricsPort = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Serve only; run `clutch worker` beside it.")
    ] = False,
) -> None:
    """Serve the API, and do the background work too unless told otherwise.

    Run `clutch migrate` first. With PostgreSQL any number of these may run side by side.
    SIGTERM and Ctrl-C end it: requests under way are answered, then the work in hand is finished
    or given back, within 20 seconds; the exit code is 0.
    """
    settings = settings_of(data_dir, database_url, metrics_port=metrics_port)
    configure_logs()
    run(settings, ensure_current, is_migrating=True)
    _spare_the_collector()
    signal.signal(signal.SIGTERM, _ended)
    Server(
        uvicorn.Config(
            create_app(settings, with_worker=not no_worker),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=ANSWER_SECONDS,
        )
    ).run()


@app.command()
def worker(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, metrics_port: MetricsPort = None
) -> None:
    """Do the background work alone: deliveries, operations, matches. Any number may run.

    SIGTERM and Ctrl-C end it: the work in hand is finished or given back, within 10 seconds.
    """
    settings = settings_of(data_dir, database_url, metrics_port=metrics_port)
    configure_logs()
    console.print("Worker is running; Ctrl-C ends it.")
    run(settings, lambda database: _work(settings, database))


def _ended(_signal: int, _frame: object) -> None:
    """Uvicorn raises the signal once more when it has ended; that is a success, not a death."""


def _spare_the_collector() -> None:
    """Requests make few cycles; scanning everything for them at every 700th object is waste."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _work(settings: Settings, database: Database) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with Egress(settings.egress_networks) as egress:
        lanes = Lanes(database, waiting_max=settings.lane_units_max)
        hosts = HathoraHosts()
        work = Worker(settings, database, lanes, egress, hosts, atelier_of(settings, egress))
        metrics = process_metrics(database, lanes, work.attempts)
        try:
            async with (
                on_own_port(metrics, settings.metrics_host, settings.metrics_port),
                carried(database if settings.hints else None, (DELIVERIES.name, OPERATIONS.name)),
            ):
                await work.run(stop)
        finally:
            await hosts.aclose()
