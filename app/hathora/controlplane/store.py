"""The control plane's state in one SQLite file.

Writes go one after another through a single thread and are on the disk (`synchronous=FULL`) when
`write` returns, so whatever was answered survives a SIGKILL. Reads are short indexed queries on a
read-only connection, made where they are needed. Times are Unix seconds.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from app.hathora.controlplane.schema import SCHEMA

Written = TypeVar("Written")


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode with named columns; makes the schema if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.executescript(SCHEMA)
    path.chmod(0o600)
    return connection


def transact(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Written]
) -> Written:
    """Run `work` in one write transaction; commits when it returns, rolls back when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        written = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return written


class Store:
    def __init__(self, path: Path) -> None:
        self._writer = connect(path)
        self.reader = connect(path)
        self.reader.execute("PRAGMA query_only=ON")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def write(self, work: Callable[[sqlite3.Connection], Written]) -> Written:
        """`transact` on the writing thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, transact, self._writer, work)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several reads that see one state; nothing may be awaited inside."""
        self.reader.execute("BEGIN")
        try:
            yield self.reader
        finally:
            self.reader.execute("COMMIT")

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self.reader.close()
        self._writer.close()
