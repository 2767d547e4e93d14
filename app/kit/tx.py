"""One transaction, one customer, one instant: what every service is given."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable
from sqlalchemy.sql.schema import Column, Table

from app.kit import sets
from app.kit.crypto import MasterKey
from app.kit.ids import new_ids
from app.kit.nudge import Nudges
from app.kit.pouring import Pouring
from app.kit.tariff import Tariff

AnyRow = Row[*tuple[Any, ...]]


class Tx:
    """A running transaction. Services write through it; none can commit it.

    `now` is its instant, `key` opens and closes seals, `request_id` is the call behind it, `tariff`
    knows the plans of this installation. `expected_config_version` is what the call believes that
    the buddies it changes are pinned to; None is any.
    """

    __slots__ = (
        "_callbacks",
        "_ids",
        "_pouring",
        "connection",
        "customer_id",
        "expected_config_version",
        "is_sqlite",
        "key",
        "now",
        "nudges",
        "request_id",
        "tariff",
    )

    def __init__(
        self,
        customer_id: str,
        now: datetime,
        connection: AsyncConnection,
        nudges: Nudges,
        key: MasterKey,
        tariff: Tariff,
    ) -> None:
        self.customer_id = customer_id
        self.now = now
        self.connection = connection
        self._pouring = Pouring(connection)
        self.nudges = nudges
        self.key = key
        self.tariff = tariff
        self.request_id: str | None = None
        self.expected_config_version: str | None = None
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._callbacks: list[Callable[[], None]] = []
        self._ids = new_ids(now)

    def of(self, customer_id: str) -> "Tx":
        """The same transaction seen by another customer; the lane alone needs it."""
        twin = Tx(customer_id, self.now, self.connection, self.nudges, self.key, self.tariff)
        twin._callbacks = self._callbacks
        twin._pouring = self._pouring
        twin._ids = self._ids
        return twin

    def new_id(self) -> str:
        """A fresh id that sorts by this transaction's instant, after the ones before it."""
        return next(self._ids)

    async def rows(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[AnyRow]:
        """Every row of a statement."""
        return (await (await self._free()).execute(statement, values)).all()

    async def row(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> AnyRow | None:
        """The only row of a statement, or none; more than one is our mistake."""
        return (await (await self._free()).execute(statement, values)).one_or_none()

    async def value(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await (await self._free()).execute(statement)).scalar()

    async def execute(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Run a writing statement; the number of rows that it touched."""
        return (await (await self._free()).execute(statement, values)).rowcount

    def among(self, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """`column IN values`, as constant text however many values there are."""
        if self.is_sqlite:
            listed = func.json_each(sets.json_list(values)).table_valued("value")
            return column.in_(select(listed.c.value))
        return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))

    async def lookup(
        self,
        table: Table,
        columns: Sequence[str],
        key: str,
        keys: Sequence[str],
        *,
        condition: str = "true",
        is_locking: bool = False,
    ) -> Sequence[AnyRow]:
        """This customer's rows by the values of a key; see `sets.lookup`."""
        return await sets.lookup(
            await self._free(),
            table,
            tuple(columns),
            key,
            self.customer_id,
            keys,
            condition=condition,
            is_locking=is_locking,
        )

    def pour(
        self,
        table: Table,
        columns: Sequence[str],
        rows: sets.Rows,
        *,
        duplicate: type[Exception] | None = None,
    ) -> None:
        """Insert many rows while the caller goes on; the next statement and the commit wait.

        A row that breaks a constraint fails the transaction there; `duplicate` is what is raised
        if it was a unique one.
        """
        if rows:
            self._pouring.begin(table, tuple(columns), rows, duplicate)

    async def insert_set(self, table: Table, columns: Sequence[str], rows: sets.Rows) -> None:
        """Insert many rows in one round trip; a row that breaks a constraint fails all."""
        await sets.insert(await self._free(), table, tuple(columns), rows)

    async def insert_new(
        self, table: Table, columns: Sequence[str], rows: sets.Rows, key: str
    ) -> set[Any]:
        """Insert the rows that are not there yet; the `key` values of those that were new."""
        return await sets.insert_new(await self._free(), table, tuple(columns), rows, key)

    async def update_set(
        self,
        table: Table,
        key: Sequence[str],
        columns: Sequence[str],
        rows: sets.Rows,
    ) -> None:
        """Update many rows; each row holds its key's values, then the columns' new ones."""
        await sets.update(await self._free(), table, tuple(key), tuple(columns), rows)

    async def end_leases(
        self, table: Table, id_column: str, columns: Sequence[str], rows: sets.Rows
    ) -> set[Any]:
        """Update rows that still have the lease given, and end it; see `sets.end_leases`."""
        return await sets.end_leases(self.connection, table, id_column, tuple(columns), rows)

    async def upsert_set(
        self,
        table: Table,
        key: Sequence[str],
        columns: Sequence[str],
        rows: sets.Rows,
        *,
        changes: str = "",
    ) -> None:
        """Insert many rows, or overwrite the columns of those that are there; see `sets.upsert`."""
        connection = await self._free()
        await sets.upsert(connection, table, tuple(key), tuple(columns), rows, changes=changes)

    async def add_set(self, table: Table, key: Sequence[str], column: str, rows: sets.Rows) -> None:
        """Insert many rows, or add to the column of those that are there."""
        await sets.add(await self._free(), table, tuple(key), column, rows)

    @property
    def is_pouring(self) -> bool:
        """Whether rows are on their way into the database."""
        return self._pouring.is_busy

    async def poured(self) -> None:
        """Wait for what is being poured in; raises what went wrong with it."""
        await self._pouring.done()

    def nudge(self, name: str) -> None:
        """Wake whoever waits for `name`, once this transaction has committed; only a hint."""
        self.after_commit(partial(self.nudges.nudge, name))

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this once the transaction has committed, in this process alone; must not fail."""
        self._callbacks.append(callback)

    def committed(self) -> None:
        """Called by the database once the commit is durable."""
        for callback in self._callbacks:
            callback()

    async def _free(self) -> AsyncConnection:
        """The connection, once nothing is on its way any more."""
        await self._pouring.done()
        return self.connection
