"""A customer with thousands of everything, and what a request reads of it."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, text
from sqlalchemy import event as listening

from app.kit.db import Database
from app.tables import METADATA
from tests.factories import Api

STEPS_EACH = 20
SECOND_MS = 1000


def id_of(original: str, n: int) -> str:
    """The id of copy n: the original's, n seconds earlier."""
    value = UUID(original).int - (n * SECOND_MS << 80)
    return str(UUID(int=value))


async def copied(
    database: Database, table: Table, count: int, changed: dict[str, Any], **which: Any
) -> None:
    """Add copies 1 … count of a row; `changed` holds columns with a function of n and the old."""
    async with database.unscoped() as connection:
        wanted = " AND ".join(f"{name} = :{name}" for name in which) or "true"
        found = await connection.execute(
            text(f"SELECT * FROM {table.name} WHERE {wanted} LIMIT 1"), which
        )
        row = {name: _plain(value) for name, value in found.mappings().one().items()}
    columns = [column.name for column in table.columns]
    rows = [
        tuple(changed[name](n, row[name]) if name in changed else row[name] for name in columns)
        for n in range(1, count + 1)
    ]
    async with database.begin(row["customer_id"]) as tx:
        await tx.insert_set(table, columns, rows)


async def analyse(database: Database) -> None:
    """Let the database learn what it holds now."""
    async with database.engine.connect() as connection:
        raw = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await raw.execute(text("ANALYZE"))


class Readings:
    """The reading statements that went through a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: list[tuple[str, Any]] = []

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[list[tuple[str, Any]]]:
        """The statements of a block."""
        with _heard(self._database, self._seen):
            self._seen.clear()
            yield self._seen

    async def of(self, api: Api, path: str) -> list[tuple[str, Any]]:
        """Statements and values of a GET, when configs and keys are in memory."""
        await api.get(path)
        async with self() as seen:
            await api.get(path)
        return [each for each in seen if each[0].lstrip().startswith(("SELECT", "WITH"))]

    async def work(self, statement: str, values: Any) -> int:
        """How much a statement reads: rows on PostgreSQL, steps of 20 on SQLite."""
        if self._database.is_sqlite:
            return _steps(str(self._database.url.database), statement, values)
        async with self._database.engine.connect() as connection:
            answer = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", tuple(values)
            )
            plan = answer.scalar_one()
        plan = orjson.loads(plan) if isinstance(plan, str) else plan
        return rows_of(plan[0]["Plan"])

    async def scanned(self, statement: str, values: Any) -> list[str]:
        """The tables that a plan reads without an index."""
        async with self._database.engine.connect() as connection:
            if self._database.is_sqlite:
                asked = f"EXPLAIN QUERY PLAN {statement}"
                lines = [row[3] for row in await connection.exec_driver_sql(asked, tuple(values))]
                return [line for line in lines if _is_scan(line)]
            answer = await connection.exec_driver_sql(
                f"EXPLAIN (FORMAT JSON) {statement}", tuple(values)
            )
            plan = answer.scalar_one()
        plan = orjson.loads(plan) if isinstance(plan, str) else plan
        nodes = list(_nodes(plan[0]["Plan"]))
        return [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"]


def rows_of(plan: dict[str, Any]) -> int:
    """The rows that the scans and sorts of a plan look at, also those that they leave out."""
    return sum(
        round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in _nodes(plan)
        if "Scan" in node["Node Type"]
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


def _is_scan(line: str) -> bool:
    words = line.split()
    return words[0] == "SCAN" and words[1] in METADATA.tables and "USING" not in words


def _steps(path: str, statement: str, values: Any) -> int:
    with closing(sqlite3.connect(path)) as connection:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        connection.set_progress_handler(count, STEPS_EACH)
        connection.execute(statement, tuple(values)).fetchall()
    return steps


@contextmanager
def _heard(database: Database, seen: list[tuple[str, Any]]) -> Iterator[None]:
    engines = {database.engine.sync_engine, database._reader.sync_engine}

    def note(_: Any, __: Any, statement: str, values: Any, ___: Any, ____: Any) -> None:
        seen.append((statement, values))

    for engine in engines:
        listening.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        for engine in engines:
            listening.remove(engine, "before_cursor_execute", note)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
