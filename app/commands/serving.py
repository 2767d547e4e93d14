"""serve, worker, migrate."""

import asyncio
import gc
import signal
from typing import Annotated

import typer
import uvicorn

from app.commands.context import DatabaseUrl, DataDir, console, run, settings_of
from app.events.lane import Lanes
from app.kit.db import Database
from app.kit.egress import Egress
from app.kit.logs import configure_logs
from app.kit.migrations import ensure_current
from app.kit.migrations import migrate as migrate_database
from app.main import create_app
from app.matches.hathora import HathoraHosts
from app.settings import Settings
from app.worker import Worker, atelier_of

app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8080,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Serve only; run `clutch worker` beside it.")
    ] = False,
) -> None:
    """Serve the API, and do the background work too unless told otherwise.

    Run `clutch migrate` first. With PostgreSQL any number of these may run side by side.
    """
    settings = settings_of(data_dir, database_url)
    configure_logs()
    run(settings, ensure_current, is_migrating=True)
    _spare_the_collector()
    uvicorn.run(
        create_app(settings, with_worker=not no_worker),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies or None,
        proxy_headers=bool(settings.trusted_proxies),
        timeout_graceful_shutdown=10,
    )


@app.command()
def worker(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Do the background work alone: deliveries, operations, matches. Any number may run.

    SIGTERM and Ctrl-C end it after the work in hand.
    """
    settings = settings_of(data_dir, database_url)
    configure_logs()
    console.print("Worker is running; Ctrl-C ends it.")
    run(settings, lambda database: _work(settings, database))


@app.command()
def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database's schema up to date. Safe to repeat."""
    settings = settings_of(data_dir, database_url)
    run(settings, migrate_database, is_migrating=True)
    console.print("The schema is current.")


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
        try:
            atelier = atelier_of(settings, egress)
            await Worker(settings, database, lanes, egress, hosts, atelier).run(stop)
        finally:
            await hosts.aclose()
