"""Operations that wait for credits.

Such an operation is pending and due later, as no other pending one is, and its input says so.
Whenever it falls due it asks for credits again, after growing pauses; credits that come wake all.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, literal_column, select, update

from app.customers import credits
from app.kit.tx import AnyRow, Tx
from app.operations.models import operation

# A literal, not a parameter: only then is the partial index used.
IS_PENDING = operation.c.status == literal_column("'pending'")
AWAITED = "awaits_credits"
CREDITS = "credits"
PAUSE = timedelta(seconds=30)
DOUBLINGS_MAX = 7


async def wake(tx: Tx) -> None:
    """Let every operation that waits ask again; the worker looks within its poll interval."""
    c = operation.c
    asleep = (
        select(c.operation_id)
        .where(c.customer_id == tx.customer_id, IS_PENDING, c.due_at > tx.now)
        .with_for_update(skip_locked=True)  # who is locked asks for credits at this moment
        .cte("asleep")
    )
    await tx.execute(_of(tx, c.operation_id.in_(select(asleep))).values(due_at=tx.now))
    tx.nudge(operation.name)


async def among(tx: Tx, ids: Collection[str]) -> frozenset[str]:
    """Which of these operations wait for credits."""
    if not ids:
        return frozenset()
    columns = ("operation_id", "status", "due_at")
    rows = await tx.lookup(operation, columns, "operation_id", sorted(ids))
    return frozenset(
        row.operation_id for row in rows if row.status == "pending" and row.due_at > tx.now
    )


async def pay(tx: Tx, claimed: Sequence[AnyRow]) -> dict[str, int]:
    """Pay for those of the claimed operations that waited, as far as the credits reach.

    What may be done now, with the attempts made so far by id; the others go on waiting.
    """
    inputs = {row.operation_id: orjson.loads(row.input) for row in claimed}
    waited = [id_ for id_, given in inputs.items() if AWAITED in given]
    authorized = await credits.authorize(tx, waited)
    ready = {}
    for row in claimed:
        id_ = row.operation_id
        if id_ not in waited:
            ready[id_] = row.attempts
        elif authorized is None or id_ in authorized.operation_ids:
            given = inputs[id_] | ({} if authorized is None else {CREDITS: tx.tariff.drawing_cost})
            await _take_up(tx, id_, given)
            ready[id_] = 0
        else:
            await _put_back(tx, row)
    return ready


async def _take_up(tx: Tx, operation_id: str, given: dict[str, Any]) -> None:
    text = orjson.dumps({name: each for name, each in given.items() if name != AWAITED}).decode()
    mine = operation.c.operation_id == operation_id
    await tx.execute(_of(tx, mine).values(input=text))


async def _put_back(tx: Tx, row: AnyRow) -> None:
    due_at = tx.now + PAUSE * 2 ** min(row.attempts, DOUBLINGS_MAX)
    mine = operation.c.operation_id == row.operation_id
    values = {"due_at": due_at, "lease_until": None, "attempts": row.attempts + 1}
    await tx.execute(_of(tx, mine).values(**values))


def _of(tx: Tx, wanted: ColumnElement[bool]) -> Any:
    return update(operation).where(operation.c.customer_id == tx.customer_id, wanted)
