"""Nudges between processes. As in one process they are hints: losing one costs a poll interval.

On PostgreSQL a process tells the others by NOTIFY, on a connection of its own and outside of every
transaction, so that no commit waits for it; what comes within a few milliseconds is told once. On
SQLite a process that only works looks whether the file changed (`PRAGMA data_version`, some
microseconds), because the server that writes it is another process.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress

import asyncpg
import structlog

from app.kit.db import Database

CHANNEL = "clutch_nudge"
GAP_SECONDS = 0.02
LOOK_SECONDS = 0.02
AGAIN_SECONDS = 2.0
log = structlog.get_logger()


@asynccontextmanager
async def carried(database: Database | None, names: Sequence[str] = ()) -> AsyncIterator[None]:
    """Carry nudges to and from other processes while the block lasts; none without a database.

    `names` are what a change of a SQLite file may be about; none where this process alone writes.
    """
    tasks = []
    if database is not None and not database.is_sqlite:
        tasks.append(asyncio.create_task(_exchange(database)))
    elif database is not None and names:
        tasks.append(asyncio.create_task(_watch(database, names)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(database: Database, names: Sequence[str]) -> None:
    """Nudge everybody named whenever some process has changed the file."""
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as file:
        before = None
        while True:
            with suppress(sqlite3.Error):
                version = file.execute("PRAGMA data_version").fetchone()[0]
                if version != before:
                    before = version
                    for name in names:
                        database.nudges.hear(name)
            await asyncio.sleep(LOOK_SECONDS)


async def _exchange(database: Database) -> None:
    """Tell and hear until cancelled; a server that goes away is waited for."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            connection = await asyncpg.connect(url)
            try:
                await _tell_and_hear(database, connection)
            finally:
                connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.info("hints_interrupted", error=repr(error))
            await asyncio.sleep(AGAIN_SECONDS)


async def _tell_and_hear(
    database: Database, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    def heard(_connection: object, pid: int, _channel: str, name: object) -> None:
        if pid != connection.get_server_pid():
            database.nudges.hear(str(name))

    await connection.add_listener(CHANNEL, heard)
    with database.nudges.overheard() as told:
        while True:
            await told.changed.wait()
            for name in told.take():
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, name)
            await asyncio.sleep(GAP_SECONDS)
