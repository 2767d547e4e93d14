"""SQLite with one change of threads a statement.

`aiosqlite` hands every step of a statement (make a cursor, execute, fetch, close) to its thread by
itself. Here the thread is given a whole statement and answers with its rows, which costs a quarter.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import aiosqlite

Outcome = tuple[Any, list[Any], int, int | None]
"""Description, rows, row count, last row id."""


class Statement:
    """A cursor that runs one statement whole; what SQLAlchemy asks of a driver's cursor."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "Statement":
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "Statement":
        """Run a statement and keep its rows."""
        return await self._run(partial(_execute, self._connection._conn, sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "Statement":
        """Run a statement once for each of the parameters."""
        return await self._run(partial(_execute_many, self._connection._conn, sql, parameters))

    async def fetchall(self) -> list[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open."""

    async def _run(self, statement: "partial[Outcome]") -> "Statement":
        outcome: Outcome = await self._connection._execute(statement)  # type: ignore[no-untyped-call]
        self.description, self._rows, self.rowcount, self.lastrowid = outcome
        return self


class Connection(aiosqlite.Connection):
    """A connection whose cursors run their statements whole."""

    def cursor(self) -> Any:
        """A cursor, made without asking the thread."""
        return Statement(self)


def connect(database: str, **kwargs: Any) -> Connection:
    """A connection that begins when it is awaited; for SQLAlchemy's `async_creator_fn`."""
    connection = Connection(partial(sqlite3.connect, database, **kwargs), iter_chunk_size=64)
    connection._thread.daemon = True
    return connection


def _execute(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> Outcome:
    cursor = connection.execute(sql, parameters)
    return _outcome(cursor)


def _execute_many(
    connection: sqlite3.Connection, sql: str, parameters: Iterable[Sequence[Any]]
) -> Outcome:
    return _outcome(connection.executemany(sql, parameters))


def _outcome(cursor: sqlite3.Cursor) -> Outcome:
    rows = cursor.fetchall() if cursor.description else []
    outcome = (cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return outcome
