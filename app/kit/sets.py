"""Many rows in one statement of constant text.

PostgreSQL takes a set as one array a column (`unnest`), SQLite as one prepared statement run for
each row inside its own thread. Values are the driver's: ids as text, instants as milliseconds.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import BindParameter, Row, Table, Text, bindparam, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import TextualSelect

Rows = Sequence[tuple[Any, ...]]
SQLITE_GROUPS = (64, 8, 1)
_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]


def json_list(values: Sequence[Any]) -> str:
    """A list as JSON text, for SQLite's `json_each`."""
    return orjson.dumps(list(values)).decode()


async def lookup(
    connection: AsyncConnection,
    table: Table,
    columns: tuple[str, ...],
    key: str,
    customer_id: str,
    keys: Sequence[str],
    *,
    condition: str = "true",
    is_locking: bool = False,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of one customer by the values of a key, one index descent a value.

    The form leaves the planner no other way, whatever it believes about a table that was never
    analysed. `condition` is constant text; locks are taken in the order of `keys`.
    """
    is_sqlite = _is_sqlite(connection)
    statement = _lookup(table, columns, key, condition, is_locking, is_sqlite)
    wanted = json_list(keys) if is_sqlite else list(keys)
    result = await connection.execute(statement, {"customer_id": customer_id, "keys": wanted})
    return result.all()


async def insert(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """Insert all rows, or fail. PostgreSQL copies them in, which costs it half of an INSERT."""
    if _is_sqlite(connection):
        await _insert_groups(connection, table, columns, rows)
    elif rows:
        await _copy(connection, table, columns, rows)


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


async def end_leases(
    connection: AsyncConnection,
    table: Table,
    id_column: str,
    columns: tuple[str, ...],
    rows: Rows,
) -> set[Any]:
    """Update due rows that still have the lease given, and end it; the ids of those that did.

    A row holds customer, id and lease, then the new values.
    """
    if not rows:
        return set()
    is_sqlite = _is_sqlite(connection)
    statement = _end_leases_text(table, id_column, columns, is_sqlite)
    values: tuple[Any, ...] = (json_list(rows),) if is_sqlite else _arrays(rows)
    result = await connection.exec_driver_sql(statement, values)
    return {_text(value) for (value,) in result}


async def upsert(
    connection: AsyncConnection,
    table: Table,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    rows: Rows,
    *,
    changes: str = "",
) -> None:
    """Insert rows, or overwrite `columns` where the key is there, or do `changes` (as in SQL)."""
    body = _insert_text(table, (*key, *columns), _is_sqlite(connection))
    overwrite = changes or ", ".join(f"{column} = excluded.{column}" for column in columns)
    await _run(connection, f"{body} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {overwrite}", rows)


async def add(
    connection: AsyncConnection, table: Table, key: tuple[str, ...], column: str, rows: Rows
) -> None:
    """Insert rows, or add to `column` where the key is there."""
    body = _insert_text(table, (*key, column), _is_sqlite(connection))
    added = f"{column} = {table.name}.{column} + excluded.{column}"
    await _run(connection, f"{body} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}", rows)


async def _insert_groups(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """Insert so many rows a step: fewer steps, and other threads run meanwhile."""
    begin = 0
    for size in SQLITE_GROUPS:
        end = len(rows) - (len(rows) - begin) % size
        groups = [
            tuple(chain.from_iterable(rows[at : at + size])) for at in range(begin, end, size)
        ]
        if groups:
            statement = _insert_text(table, columns, is_sqlite=True, rows=size)
            await connection.exec_driver_sql(statement, groups)
        begin = end


async def _copy(
    connection: AsyncConnection, table: Table, columns: tuple[str, ...], rows: Rows
) -> None:
    """COPY through the driver, inside the transaction that SQLAlchemy has begun."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_records_to_table(table.name, records=rows, columns=columns)


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


@lru_cache(maxsize=64)
def _lookup(
    table: Table,
    columns: tuple[str, ...],
    key: str,
    condition: str,
    is_locking: bool,
    is_sqlite: bool,
) -> TextualSelect:
    names = ", ".join(columns)
    # IS TRUE keeps the condition out of the choice of an index: a table that was never analysed
    # might be read whole by it.
    mine = f"customer_id = :customer_id AND {key} = w.value AND ({condition}) IS TRUE"
    if is_sqlite:
        listed = "(SELECT value FROM json_each(:keys)) AS w"
        query = f"SELECT {names} FROM {listed} CROSS JOIN {table.name} WHERE {mine}"
        keys: BindParameter[Any] = bindparam("keys", type_=Text())
    else:
        fence = "FOR UPDATE" if is_locking else "OFFSET 0"
        query = (
            f"SELECT t.* FROM unnest(:keys) AS w(value) CROSS JOIN LATERAL "
            f"(SELECT {names} FROM {table.name} WHERE {mine} {fence}) AS t"
        )
        keys = bindparam("keys", type_=ARRAY(table.c[key].type))
    bound = text(query).bindparams(keys, bindparam("customer_id", type_=table.c.customer_id.type))
    return bound.columns(*(table.c[name] for name in columns))


@lru_cache(maxsize=256)
def _insert_text(table: Table, columns: tuple[str, ...], is_sqlite: bool, rows: int = 1) -> str:
    names = ", ".join(columns)
    if is_sqlite:
        row = f"({', '.join('?' * len(columns))})"
        return f"INSERT INTO {table.name} ({names}) VALUES {', '.join([row] * rows)}"
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


@lru_cache(maxsize=16)
def _end_leases_text(
    table: Table, id_column: str, columns: tuple[str, ...], is_sqlite: bool
) -> str:
    names = ("customer_id", id_column, "lease_until", *columns)
    listed = ", ".join(names)
    fields = ", ".join(f"value ->> {index} AS {name}" for index, name in enumerate(names))
    source = f"{_unnest(table, names)} AS r({listed})"
    if is_sqlite:
        source = f"(SELECT {fields} FROM json_each(?)) AS r"
    changes = ", ".join(f"{name} = r.{name}" for name in columns)
    wanted = " AND ".join(f"{table.name}.{name} = r.{name}" for name in names[:3])
    return (
        f"UPDATE {table.name} SET {changes}, lease_until = NULL FROM {source} "
        f"WHERE {wanted} RETURNING {table.name}.{id_column}"
    )


def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    types = (table.c[name].type.compile(_POSTGRES).lower() for name in columns)
    arrays = ", ".join(f"${index}::{type_}[]" for index, type_ in enumerate(types, 1))
    return f"unnest({arrays})"
