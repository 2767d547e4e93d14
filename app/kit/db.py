"""The two databases behind one face.

Whatever differs between SQLite and PostgreSQL stands in this file (how a connection is opened, how
a transaction begins), in `sets.py` (many rows at once) and in `driver_errors.py`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, MetaData, String, Uuid, event, make_url, text
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.types import TypeDecorator

from app.kit import sqlite_driver
from app.kit.clock import Clock, from_milliseconds, to_milliseconds
from app.kit.crypto import MasterKey
from app.kit.nudge import Nudges
from app.kit.tariff import OPEN, Tariff
from app.kit.tx import Tx

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

# A UUID as canonical text in Python; 16 bytes in PostgreSQL, 36 characters in SQLite.
Id = Uuid(as_uuid=False).with_variant(String(36), "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as milliseconds since 1970 in both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Python to database."""
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        return None if value is None else from_milliseconds(value)


class Database:
    """Begins transactions; the only thing that commits."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        key: MasterKey,
        *,
        tariff: Tariff = OPEN,
        pool_size: int = 12,
    ) -> None:
        self.url = normalise_url(url)
        self.clock = clock
        self.key = key
        self.tariff = tariff
        self.nudges = Nudges()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(self.url, pool_size=4, begin="BEGIN")
        else:
            self._writer = create_async_engine(
                self.url, pool_size=pool_size, max_overflow=4, pool_timeout=10
            )
            self._reader = self._writer.execution_options(postgresql_readonly=True)

    @asynccontextmanager
    async def begin(self, customer_id: str) -> AsyncIterator[Tx]:
        """One writing transaction of one customer; leaving the block commits it."""
        async with self._writer.connect() as connection, connection.begin():
            tx = self._tx(customer_id, connection)
            try:
                yield tx
            except BaseException:
                with suppress(Exception):
                    await tx.poured()
                raise
            await tx.poured()
        tx.committed()

    @asynccontextmanager
    async def read(self, customer_id: str) -> AsyncIterator[Tx]:
        """One read-only transaction of one customer: all that a GET may use."""
        async with self._reader.connect() as connection, connection.begin():
            yield self._tx(customer_id, connection)

    @asynccontextmanager
    async def unscoped(self) -> AsyncIterator[AsyncConnection]:
        """A read-only connection without a customer: key look-up, finding due work, audit."""
        async with self._reader.connect() as connection, connection.begin():
            yield connection

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and tests."""
        return self._writer

    async def ping(self) -> None:
        """Ask the database for one row; raises what it raises."""
        async with self.unscoped() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        if self.is_sqlite:
            await self._reader.dispose()

    def _tx(self, customer_id: str, connection: AsyncConnection) -> Tx:
        now = self.clock.now()
        return Tx(customer_id, now, connection, self.nudges, self.key, self.tariff)


def normalise_url(url: str) -> URL:
    """The async form of a URL: plain `postgresql://` and `sqlite:///` are accepted."""
    parsed = make_url(url)
    drivers = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
    backend = parsed.get_backend_name()
    if backend == "postgres":
        backend = "postgresql"
    if backend not in drivers:
        raise ValueError(
            f"{backend!r} is not a database that Clutch runs on; "
            "use sqlite:///path/to/file.db or postgresql://user@host/name"
        )
    return parsed.set(drivername=drivers[backend])


def sqlite_url(data_dir: Path) -> str:
    """The URL of the embedded database in a data directory."""
    return f"sqlite:///{data_dir / 'clutch.db'}"


def _sqlite_engine(url: URL, *, pool_size: int, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        connect_args={"timeout": 10, "async_creator_fn": sqlite_driver.connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "wal_autocheckpoint=16000",
            *(("query_only=ON",) if begin == "BEGIN" else ()),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
