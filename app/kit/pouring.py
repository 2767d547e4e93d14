"""Rows on their way into the database while their transaction goes on deciding.

While Python decides about the next events, the database takes in what the ones before left behind:
the two work side by side in one transaction. Nothing is weaker for it: a fault comes out at the
next statement or at the commit, and takes the transaction back as a whole.
"""

import asyncio

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from app.kit import sets
from app.kit.driver_errors import is_duplicate


class Pouring:
    """The rows that one connection is taking in, a set after the other."""

    __slots__ = ("_connection", "_task")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._task: asyncio.Task[None] | None = None

    def begin(
        self,
        table: Table,
        columns: tuple[str, ...],
        rows: sets.Rows,
        duplicate: type[Exception] | None,
    ) -> None:
        """Insert rows after those that are on their way."""
        taking = self._insert(self._task, table, columns, rows, duplicate)
        self._task = asyncio.create_task(taking)

    @property
    def is_busy(self) -> bool:
        """Whether rows are on their way."""
        return self._task is not None and not self._task.done()

    async def done(self) -> None:
        """Wait until everything is in; raises what went wrong, once."""
        task = self._task
        if task is not None:
            await asyncio.wait((task,))  # a caller that is cancelled does not cancel it
            self._task = None
            task.result()

    async def _insert(
        self,
        before: asyncio.Task[None] | None,
        table: Table,
        columns: tuple[str, ...],
        rows: sets.Rows,
        duplicate: type[Exception] | None,
    ) -> None:
        if before is not None:
            await before
        try:
            await sets.insert(self._connection, table, columns, rows)
        except Exception as error:
            if duplicate is not None and is_duplicate(error):
                raise duplicate from error
            raise
