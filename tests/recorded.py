"""Rows that many tests begin with: made once by the program itself, then put in as they are."""

from collections.abc import Awaitable, Callable, Hashable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.kit.db import Database
from app.tables import METADATA

NEW_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Recording:
    """What one customer had at an instant, and what making it had returned."""

    at: datetime
    customer_id: str
    made: Any
    rows: dict[str, list[tuple[Any, ...]]]

    def is_new(self, now: datetime) -> bool:
        """Whether nothing of it has become old by now: neither a session nor a day."""
        return self.at <= now < self.at + NEW_FOR and self.at.date() == now.date()


class Recordings:
    """Those of one test process, by what they tell of."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Recording] = {}

    async def told(
        self,
        database: Database,
        what: Hashable,
        make: Callable[[], Awaitable[Any]],
        customer_id_of: Callable[[Any], str],
    ) -> Any:
        """What `make` returns, with the same rows in the database, whether or not it was called.

        All that the customer had before is replaced, so nothing may have been read of it.
        """
        now = database.clock.now()
        key = (what, database.is_sqlite, database.key.derive("seal"), repr(database.tariff))
        known = self._kept.get(key)
        if known is None or not known.is_new(now):
            made = await make()
            customer_id = customer_id_of(made)
            known = Recording(now, customer_id, made, await _rows_of(database, customer_id))
            self._kept[key] = known
        else:
            await _put_in(database, known)
        return deepcopy(known.made)


async def _rows_of(database: Database, customer_id: str) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    mark = "?" if database.is_sqlite else "$1"
    async with database.unscoped() as connection:
        for table in METADATA.sorted_tables:
            rows = await connection.exec_driver_sql(
                f"SELECT * FROM {table.name} WHERE customer_id = {mark}", (customer_id,)
            )
            found[table.name] = [tuple(row) for row in rows]
    return {name: rows for name, rows in found.items() if rows}


async def _put_in(database: Database, recording: Recording) -> None:
    async with database.engine.begin() as connection:
        for name in reversed(recording.rows):
            mark = "?" if database.is_sqlite else "$1"
            await connection.exec_driver_sql(
                f"DELETE FROM {name} WHERE customer_id = {mark}", (recording.customer_id,)
            )
        for name, rows in recording.rows.items():
            columns = range(1, len(rows[0]) + 1)
            marks = ("?" if database.is_sqlite else f"${column}" for column in columns)
            statement = f"INSERT INTO {name} VALUES ({', '.join(marks)})"
            await connection.exec_driver_sql(statement, rows)
