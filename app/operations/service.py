"""Operations: promised work, done by the worker, asked after by the caller."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import literal_column, select, update

from app.customers import credits, entitlements
from app.customers.plans import Feature
from app.kit.clock import to_milliseconds
from app.kit.due import Due
from app.kit.errors import NotFound
from app.kit.tx import Tx
from app.operations import waiting
from app.operations.models import operation
from app.operations.waiting import AWAITED, CREDITS, PAUSE
from app.webhooks.catalogue import EventName
from app.webhooks.outbox import About, Outbox

# Literals, not parameters: only then is the partial index used.
IS_OPEN = operation.c.status.in_([literal_column("'pending'"), literal_column("'processing'")])
DUE = Due(operation, "operation_id", IS_OPEN)


class OperationKind(StrEnum):
    HATCH = "hatch"
    EVOLVE = "evolve"
    COMPOSE = "compose"
    RERENDER = "rerender"
    MIGRATE = "migrate"


DRAWN = frozenset(OperationKind) - {OperationKind.MIGRATE}


class OperationStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


NEW_COLUMNS = (
    "customer_id",
    "operation_id",
    "kind",
    "status",
    "input",
    "attempts",
    "created_at",
    "updated_at",
    "due_at",
)
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


CleanUp = Callable[[Tx, Operation], Awaitable[None]]
"""Undoes what was begun for an operation that has failed, in the transaction of its failure."""


@dataclass(frozen=True, slots=True)
class NewOperation:
    """Work to promise; `given` is its input, a JSON object.

    What `can_wait` waits for credits where there are none; anything else is refused then. An
    evolution that can wait was not asked for: it is left out where the plan has no evolution.
    """

    id: str
    kind: OperationKind
    given: dict[str, Any]
    can_wait: bool = False


async def start_set(tx: Tx, promised: Sequence[NewOperation]) -> None:
    """Promise work in this transaction; the worker is nudged when it has committed.

    Raises:
        CreditInsufficient: a drawing costs credits, and there are not enough.
    """
    if any(_is_by_rule(new) for new in promised):
        promised = await _entitled(tx, promised)
    if promised and tx.tariff.drawing_cost:
        promised = await _paid(tx, promised)
    if not promised:
        return
    now, later = to_milliseconds(tx.now), to_milliseconds(tx.now + PAUSE)
    rows = [
        (
            tx.customer_id,
            new.id,
            new.kind.value,
            OperationStatus.PENDING.value,
            orjson.dumps(new.given).decode(),
            0,
            now,
            now,
            later if AWAITED in new.given else now,
        )
        for new in promised
    ]
    await tx.insert_set(operation, NEW_COLUMNS, rows)
    tx.nudge(DUE.name)


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


async def complete(tx: Tx, done: Operation, result: dict[str, Any], outbox: Outbox) -> bool:
    """Finish an operation well; False when another worker had finished it before."""
    text = orjson.dumps(result).decode()
    is_first = await _finish(tx, done.id, status=OperationStatus.COMPLETED, result=text)
    if is_first and CREDITS in done.input:
        await credits.commit(tx, done.id)
    if is_first:
        _tell(
            outbox, EventName.OPERATION_COMPLETED, done, {"status": "completed", "result": result}
        )
    return is_first


async def fail(tx: Tx, failed: Operation, error: str, outbox: Outbox) -> bool:
    """Finish an operation badly; False when another worker had finished it before."""
    is_first = await _finish(tx, failed.id, status=OperationStatus.FAILED, error=error)
    if is_first:
        await refund(tx, failed)
        _tell(outbox, EventName.OPERATION_FAILED, failed, {"status": "failed", "error": error})
    return is_first


async def refund(tx: Tx, work: Operation) -> None:
    """Give back what was authorised for an operation that needs no drawing after all."""
    if CREDITS in work.input:
        await credits.roll_back(tx, work.id)
        await waiting.wake(tx)


async def fail_with(tx: Tx, failed: Operation, error: str, clean_up: CleanUp | None) -> None:
    """Finish an operation badly, undo what it had begun, and tell about it."""
    outbox = await Outbox.open(tx)
    if clean_up is not None:
        await clean_up(tx, failed)
    await fail(tx, failed, error, outbox)
    outbox.pour()


def finished_nudge(operation_id: str) -> str:
    """The name under which the end of an operation is announced in this process."""
    return f"{DUE.name}/{operation_id}"


async def _entitled(tx: Tx, promised: Sequence[NewOperation]) -> Sequence[NewOperation]:
    """Without the optional evolutions of a customer who has none."""
    if (await entitlements.read(tx)).may(Feature.EVOLUTION):
        return promised
    return [new for new in promised if not _is_by_rule(new)]


def _is_by_rule(new: NewOperation) -> bool:
    return new.can_wait and new.kind is OperationKind.EVOLVE


async def _paid(tx: Tx, promised: Sequence[NewOperation]) -> list[NewOperation]:
    """The operations, marked with what was authorised for them, or as waiting for credits."""
    drawn = [new.id for new in promised if new.kind in DRAWN]
    authorized = await credits.authorize(tx, drawn)
    if authorized is None:
        return list(promised)
    kept = []
    for new in promised:
        if new.id in authorized.operation_ids:
            given = {**new.given, CREDITS: tx.tariff.drawing_cost}
            kept.append(replace(new, given=given))
        elif new.kind not in DRAWN:
            kept.append(new)
        elif new.can_wait:
            kept.append(replace(new, given={**new.given, AWAITED: True}))
        elif authorized.refusal is not None:
            raise authorized.refusal
    return kept


def _tell(outbox: Outbox, name: EventName, about: Operation, outcome: dict[str, Any]) -> None:
    told = {"operation_id": about.id, "type": about.kind, **outcome}
    outbox.tell(name, told, About(caused_by=about.id))


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
    tx.nudge(finished_nudge(operation_id))
    return touched == 1
