"""Operations: promised work, done by the worker, asked after by the caller."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from app.kit.due import Due
from app.kit.errors import NotFound
from app.kit.tx import Tx
from app.operations.models import operation
from app.webhooks.outbox import About, Outbox

DUE = Due(operation, "operation_id", operation.c.status.in_(("pending", "processing")))


class OperationKind(StrEnum):
    HATCH = "hatch"
    EVOLVE = "evolve"
    COMPOSE = "compose"
    RERENDER = "rerender"
    MIGRATE = "migrate"


class OperationStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


FINISHED = frozenset({OperationStatus.COMPLETED, OperationStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation; `input` and `result` are JSON objects."""

    id: str
    kind: str
    status: str
    input: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None
    attempts: int
    created_at: datetime
    updated_at: datetime


async def start(tx: Tx, *, kind: OperationKind, input: dict[str, Any]) -> Operation:  # noqa: A002
    """Promise work in this transaction; the worker is nudged when it has committed."""
    made = Operation(
        tx.new_id(), kind, OperationStatus.PENDING, input, None, None, 0, tx.now, tx.now
    )
    await tx.execute(
        insert(operation).values(
            customer_id=tx.customer_id,
            operation_id=made.id,
            kind=made.kind,
            status=made.status,
            input=orjson.dumps(input).decode(),
            attempts=0,
            created_at=tx.now,
            updated_at=tx.now,
            due_at=tx.now,
        )
    )
    tx.nudge(DUE.name)
    return made


async def read(tx: Tx, operation_id: str) -> Operation:
    """One operation.

    Raises:
        NotFound: this customer has no such operation.
    """
    c = operation.c
    row = await tx.row(
        select(
            c.operation_id,
            c.kind,
            c.status,
            c.input,
            c.result,
            c.error,
            c.attempts,
            c.created_at,
            c.updated_at,
        ).where(c.customer_id == tx.customer_id, c.operation_id == operation_id)
    )
    if row is None:
        raise NotFound("operation", operation_id)
    return Operation(
        row.operation_id,
        row.kind,
        row.status,
        orjson.loads(row.input),
        None if row.result is None else orjson.loads(row.result),
        row.error,
        row.attempts,
        row.created_at,
        row.updated_at,
    )


async def complete(
    tx: Tx, operation_id: str, result: dict[str, Any], outbox: Outbox
) -> bool:
    """Finish an operation well; False when another worker had finished it before."""
    done = await _finish(
        tx,
        operation_id,
        status=OperationStatus.COMPLETED,
        result=orjson.dumps(result).decode(),
    )
    if done:
        told = {"operation_id": operation_id, "result": result}
        outbox.tell("operation.completed", told, About(caused_by=operation_id))
        tx.nudge(f"operation/{operation_id}")
    return done


async def fail(tx: Tx, operation_id: str, error: str, outbox: Outbox) -> bool:
    """Finish an operation badly; False when another worker had finished it before."""
    done = await _finish(tx, operation_id, status=OperationStatus.FAILED, error=error)
    if done:
        told = {"operation_id": operation_id, "error": error}
        outbox.tell("operation.failed", told, About(caused_by=operation_id))
        tx.nudge(f"operation/{operation_id}")
    return done


async def _finish(tx: Tx, operation_id: str, **values: Any) -> bool:
    c = operation.c
    touched = await tx.execute(
        update(operation)
        .where(
            c.customer_id == tx.customer_id,
            c.operation_id == operation_id,
            c.status.not_in(FINISHED),
        )
        .values(updated_at=tx.now, lease_until=None, **values)
    )
    return touched == 1
