"""Many rows in one statement of constant text.

PostgreSQL takes a set as one array a column (`unnest`), SQLite as one prepared statement run for
each row inside its own thread. Values are the driver's: ids as text, instants as milliseconds.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[tuple[Any, ...]]
_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]


def json_list(values: Sequence[Any]) -> str:
    """A list as JSON text, for SQLite's `json_each`."""
    return orjson.dumps(list(values)).decode()


async def insert(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """Insert all rows, or fail."""
    await _run(connection, _insert_text(table, columns, _is_sqlite(connection)), rows)


async def insert_new(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Rows, key: str
) -> set[Any]:
    """Insert the rows that break no unique constraint; the `key` values of those inserted."""
    if not rows:
        return set()
    body = _insert_listed_text(table, columns, _is_sqlite(connection))
    statement = f"{body} ON CONFLICT DO NOTHING RETURNING {key}"
    if not _is_sqlite(connection):
        result = await connection.exec_driver_sql(statement, _arrays(rows))
        return {_text(value) for (value,) in result}
    result = await connection.exec_driver_sql(statement, (json_list(rows),))
    return {value for (value,) in result}


async def update(
    connection: AsyncConnection,
    table: Table,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    rows: Rows,
) -> None:
    """Update rows by key; a row holds the key's values, then the new ones."""
    await _run(connection, _update_text(table, key, columns, _is_sqlite(connection)), rows)


async def upsert(
    connection: AsyncConnection,
    table: Table,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    rows: Rows,
) -> None:
    """Insert rows, or overwrite `columns` where the key is there."""
    body = _insert_text(table, (*key, *columns), _is_sqlite(connection))
    overwrite = ", ".join(f"{column} = excluded.{column}" for column in columns)
    await _run(connection, f"{body} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {overwrite}", rows)


async def _run(connection: AsyncConnection, statement: str, rows: Rows) -> None:
    if not rows:
        return
    if _is_sqlite(connection):
        await connection.exec_driver_sql(statement, list(rows))
    else:
        await connection.exec_driver_sql(statement, _arrays(rows))


def _is_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"


def _arrays(rows: Rows) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))


def _text(value: Any) -> Any:
    return value if isinstance(value, (str, int)) else str(value)


@lru_cache(maxsize=256)
def _insert_text(table: Table, columns: tuple[str, ...], is_sqlite: bool) -> str:
    names = ", ".join(columns)
    if is_sqlite:
        marks = ", ".join("?" * len(columns))
        return f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM {_unnest(table, columns)}"


@lru_cache(maxsize=256)
def _insert_listed_text(table: Table, columns: tuple[str, ...], is_sqlite: bool) -> str:
    if not is_sqlite:
        return _insert_text(table, columns, is_sqlite)
    names = ", ".join(columns)
    fields = ", ".join(f"value ->> {index}" for index in range(len(columns)))
    return f"INSERT INTO {table.name} ({names}) SELECT {fields} FROM json_each(?) WHERE true"


@lru_cache(maxsize=256)
def _update_text(
    table: Table, key: tuple[str, ...], columns: tuple[str, ...], is_sqlite: bool
) -> str:
    if is_sqlite:
        wanted = " AND ".join(f"{name} = ?{index}" for index, name in enumerate(key, 1))
        changes = ", ".join(
            f"{name} = ?{index}" for index, name in enumerate(columns, len(key) + 1)
        )
        return f"UPDATE {table.name} SET {changes} WHERE {wanted}"
    names = ", ".join((*key, *columns))
    wanted = " AND ".join(f"t.{name} = r.{name}" for name in key)
    changes = ", ".join(f"{name} = r.{name}" for name in columns)
    source = _unnest(table, (*key, *columns))
    return f"UPDATE {table.name} AS t SET {changes} FROM {source} AS r({names}) WHERE {wanted}"


def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    types = (table.c[name].type.compile(_POSTGRES).lower() for name in columns)
    arrays = ", ".join(f"${index}::{type_}[]" for index, type_ in enumerate(types, 1))
    return f"unnest({arrays})"
