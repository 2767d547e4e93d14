"""Deletes what need not be kept for ever, a small portion a transaction.

Every customer has one due row for it, due at the end of each UTC day. A turn deletes one portion of
each kind and rests; killed at any moment it goes on where it was. What is deleted, and how it is
found, is told by whoever keeps it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, timedelta

import structlog
from sqlalchemy import update

from app.customers import sweeps
from app.customers.sweep_models import sweep as table
from app.customers.sweeps import PRUNING
from app.kit.db import Database
from app.kit.loop import NEVER
from app.kit.tx import AnyRow, Tx

PORTION_ROWS = 500
REST_SECONDS = 0.05
Prune = Callable[[Tx, int], Awaitable[int]]
"""Deletes up to so many rows of the transaction's customer; how many there were."""

log = structlog.get_logger()


class PruningLoop:
    """Does the pruning of all customers that is due, taking turns among them."""

    def __init__(
        self,
        database: Database,
        prunes: Sequence[Prune],
        *,
        lease_seconds: float,
        portion: int = PORTION_ROWS,
    ) -> None:
        self._database = database
        self._prunes = prunes
        self._lease = timedelta(seconds=lease_seconds)
        self._portion = portion

    async def run_due(self, stop: asyncio.Event = NEVER) -> int:
        """Prune everything that is due now; how many customers are done."""
        done = 0
        async with self._database.unscoped() as connection:
            waiting = await PRUNING.customers(connection, self._database.clock.now())
        while waiting and not stop.is_set():
            for customer_id in tuple(waiting):
                if stop.is_set():
                    break
                try:
                    is_over = await self._turn(customer_id)
                except Exception as error:
                    log.error("pruning_failed", customer_id=customer_id, exc_info=error)
                    is_over = True
                else:
                    done += is_over
                if is_over:
                    waiting.remove(customer_id)
        return done

    async def _turn(self, customer_id: str) -> bool:
        """Delete a portion of each kind; whether nothing is left, or somebody else is at it."""
        async with self._database.begin(customer_id) as tx:
            claimed = await PRUNING.claim(tx, limit=1, lease=self._lease)
        if not claimed:
            return True
        is_over = True
        for prune in self._prunes:
            async with self._database.begin(customer_id) as tx:
                is_over = await prune(tx, self._portion) < self._portion and is_over
        async with self._database.begin(customer_id) as tx:
            await _give_back(tx, claimed[0], is_over=is_over)
        if not is_over:
            await asyncio.sleep(REST_SECONDS)
        return is_over


async def _give_back(tx: Tx, claimed: AnyRow, *, is_over: bool) -> None:
    c = table.c
    values: dict[str, object] = {"lease_until": None}
    if is_over:
        values |= {"due_at": sweeps.next_day(tx.now, UTC), "looked_at": claimed.due_at}
    await tx.execute(
        update(table)
        .where(
            c.customer_id == tx.customer_id,
            c.sweep_id == claimed.sweep_id,
            c.due_at == claimed.due_at,
        )
        .values(**values)
    )
