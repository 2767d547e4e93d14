"""How far a long operation has come, kept in its row in the transaction of each step.

Whoever takes a step locks the row first and goes on from what it says, so a step is never taken
twice: not after a crash, and not by two workers at once.
"""

from typing import Any

import orjson
from sqlalchemy import ColumnElement, select, update

from app.kit.tx import Tx
from app.operations.models import operation
from app.operations.service import DUE, FINISHED

PROGRESS = "progress"


async def resume(tx: Tx, operation_id: str) -> dict[str, Any] | None:
    """Lock an operation; what `keep` kept of it, `{}` before the first time, None once it ended."""
    row = await tx.row(
        select(operation.c.input, operation.c.status)
        .where(*_of(tx, operation_id))
        .with_for_update()
    )
    if row is None or row.status in FINISHED:
        return None
    kept: dict[str, Any] = orjson.loads(row.input).get(PROGRESS, {})
    return kept


async def keep(tx: Tx, operation_id: str, given: dict[str, Any], progress: dict[str, Any]) -> None:
    """Keep how far a locked operation is and let any worker take its next step at once.

    `given` is its input. Faults are counted from here on anew: what moves is not given up.
    """
    text = orjson.dumps({**given, PROGRESS: progress}).decode()
    await tx.execute(
        update(operation)
        .where(*_of(tx, operation_id))
        .values(input=text, due_at=tx.now, lease_until=None, attempts=0, updated_at=tx.now)
    )
    tx.nudge(DUE.name)


def _of(tx: Tx, operation_id: str) -> tuple[ColumnElement[bool], ...]:
    c = operation.c
    return c.customer_id == tx.customer_id, c.operation_id == operation_id
