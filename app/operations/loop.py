"""Does promised work: claims due operations, hands each to its kind's handler.

A handler that fails by a fault of ours is tried again with growing pauses and given up at last;
one that is killed is done again when its lease ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from sqlalchemy import Update, update

from app.kit.db import Database
from app.kit.loop import NEVER
from app.kit.tx import Tx
from app.operations import service as operations
from app.operations import waiting
from app.operations.models import operation as table
from app.operations.service import DUE, CleanUp, Operation, OperationKind, OperationStatus

Handler = Callable[[Database, str, Operation], Awaitable[None]]
ATTEMPTS_MAX = 6
PAUSE = timedelta(seconds=2)
CLAIMED_AT_ONCE = 4
log = structlog.get_logger()


class OperationLoop:
    """Runs the handlers of all kinds."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[OperationKind, Handler],
        *,
        lease_seconds: float,
        clean_ups: Mapping[OperationKind, CleanUp] | None = None,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._clean_ups = clean_ups or {}
        self._lease = timedelta(seconds=lease_seconds)

    async def run_due(self, stop: asyncio.Event = NEVER) -> int:
        """Do everything that is due now; how many operations were worked on."""
        done = 0
        async with self._database.unscoped() as connection:
            customers = await DUE.customers(connection, self._database.clock.now())
        while customers and not stop.is_set():
            for customer_id in tuple(customers):
                if stop.is_set():
                    break
                found, claimed = await self._claim(customer_id)
                done += len(claimed)
                if not found:
                    customers.remove(customer_id)
                await asyncio.gather(*(self._work(customer_id, each) for each in claimed))
        return done

    async def _claim(self, customer_id: str) -> tuple[int, list[Operation]]:
        """How many operations were due, and those of them that can be done now."""
        async with self._database.begin(customer_id) as tx:
            rows = await DUE.claim(tx, limit=CLAIMED_AT_ONCE, lease=self._lease)
            ready = await waiting.pay(tx, rows)
            return len(rows), [await self._begun(tx, *each) for each in ready.items()]

    async def _begun(self, tx: Tx, operation_id: str, attempts: int) -> Operation:
        await tx.execute(
            _of(tx, operation_id).values(
                status=OperationStatus.PROCESSING.value, attempts=attempts + 1, updated_at=tx.now
            )
        )
        return await operations.read(tx, operation_id)

    async def _work(self, customer_id: str, work: Operation) -> None:
        try:
            await self._handlers[OperationKind(work.kind)](self._database, customer_id, work)
        except asyncio.CancelledError:
            await self._give_back(customer_id, work)
            raise
        except Exception as error:
            log.error("operation_failed", operation_id=work.id, kind=work.kind, exc_info=error)
            await self._postpone(customer_id, work, error)

    async def _give_back(self, customer_id: str, work: Operation) -> None:
        """Let another worker begin it anew at once, unless one already has."""
        async with self._database.begin(customer_id) as tx:
            is_ours = table.c.attempts == work.attempts
            await tx.execute(_of(tx, work.id).where(is_ours).values(lease_until=None))

    async def _postpone(self, customer_id: str, work: Operation, error: Exception) -> None:
        async with self._database.begin(customer_id) as tx:
            if work.attempts >= ATTEMPTS_MAX:
                clean_up = self._clean_ups.get(OperationKind(work.kind))
                await operations.fail_with(tx, work, f"gave up: {error}"[:1000], clean_up)
                return
            due = tx.now + PAUSE * 2**work.attempts
            await tx.execute(_of(tx, work.id).values(due_at=due, lease_until=None))


def _of(tx: Tx, operation_id: str) -> Update:
    return update(table).where(
        table.c.customer_id == tx.customer_id, table.c.operation_id == operation_id
    )
