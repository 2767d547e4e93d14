"""Credits: authorised when a drawing is promised, committed when it is made, else rolled back.

Everything happens in the transaction of the operation that it belongs to, so no crash can lose or
double a credit. One job is debited from one pool; the grants are locked in the order of their ids.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Select, or_, select, update

from app.customers import service as customers
from app.customers.credit_pools import (
    PROMO_LASTS,
    WELCOME_SOURCE,
    Balance,
    Grant,
    NewGrant,
    Pool,
    balance,
    choose,
    due,
    plan_source,
)
from app.customers.usage_models import credit_entry, credit_grant, credit_hold
from app.kit.clock import to_milliseconds
from app.kit.errors import AppError
from app.kit.pages import decode_cursor, encode_cursor
from app.kit.tariff import Plan
from app.kit.tx import AnyRow, Tx

GRANT_KEY = ("customer_id", "grant_id")
GRANT_COLUMNS = tuple(column.name for column in credit_grant.columns)
HOLD_COLUMNS = tuple(column.name for column in credit_hold.columns)
ENTRY_COLUMNS = tuple(column.name for column in credit_entry.columns)


class CreditInsufficient(AppError):
    """No pool of the customer has enough for a drawing; nothing was started."""

    status = 402
    code = "credit_insufficient"

    def __init__(self, tx: Tx, required: int, left: Balance) -> None:
        super().__init__(
            f"Not enough credits for this drawing: it needs {required} from one pool, "
            f"and there are {left.total} in all. Top up, or take a plan with more.",
            details={
                "required": required,
                "available": left.total,
                "welcome": left.welcome,
                "paid": left.paid,
                "promo": left.promo,
                "upgrade_url": tx.tariff.upgrade_url,
                "top_up_url": tx.tariff.top_up_url,
            },
        )


@dataclass(frozen=True, slots=True)
class Authorized:
    """The operations that are paid for; `refusal` says why the others are not."""

    operation_ids: frozenset[str]
    refusal: CreditInsufficient | None


async def authorize(tx: Tx, operation_ids: Sequence[str]) -> Authorized | None:
    """Debit one drawing for each operation, as far as the credits reach; None where all are free.

    Nothing is asked of the database where drawings cost nothing.
    """
    cost = tx.tariff.drawing_cost
    if cost == 0 or not operation_ids:
        return None
    plan = await customers.plan_of(tx)
    if plan.credits is None:
        return None
    await give_due(tx, plan)
    grants = [_grant(row) for row in await tx.rows(_usable(tx).with_for_update())]
    paid = {id_: parts for id_ in operation_ids if (parts := _take(grants, cost, tx.now))}
    await _write_holds(tx, grants, paid, cost)
    is_short = len(paid) < len(operation_ids)
    refusal = CreditInsufficient(tx, cost, balance(grants, tx.now)) if is_short else None
    return Authorized(frozenset(paid), refusal)


async def require_one(tx: Tx) -> None:
    """Refuse a drawing that could not be paid now, before anything else is said about it.

    Raises:
        CreditInsufficient: no pool has enough.
    """
    cost = tx.tariff.drawing_cost
    plan = await customers.plan_of(tx) if cost else None
    if plan is None or plan.credits is None:
        return
    grants = await _spendable(tx, plan)
    if not choose(grants, cost, tx.now):
        raise CreditInsufficient(tx, cost, balance(grants, tx.now))


async def commit(tx: Tx, operation_id: str) -> None:
    """The drawing was made: its credits are spent."""
    held = await _end(tx, operation_id, "committed")
    if held is not None:
        await _note(tx, "commit", held.pool, held.amount, operation_id=operation_id)


async def roll_back(tx: Tx, operation_id: str) -> None:
    """Nothing was drawn: the credits go back to where they came from."""
    held = await _end(tx, operation_id, "rolled_back")
    if held is None:
        return
    c = credit_grant.c
    for grant_id, amount in sorted(orjson.loads(held.parts).items()):
        await tx.execute(
            update(credit_grant)
            .where(c.customer_id == tx.customer_id, c.grant_id == grant_id)
            .values(remaining=c.remaining + amount)
        )
    await _note(tx, "rollback", held.pool, held.amount, operation_id=operation_id)


async def give(tx: Tx, pool: Pool, amount: int) -> None:
    """Add credits by hand; promo credits end after 365 days."""
    ends = tx.now + PROMO_LASTS if pool == Pool.PROMO else None
    await _give(tx, [NewGrant(pool, f"hand:{tx.new_id()}", amount, ends)])


async def give_due(tx: Tx, plan: Plan) -> None:
    """Give what comes with a plan and was not given yet: the month's credits, the welcome."""
    if plan.credits is not None:
        await _give(tx, due(plan.credits, (), tx.now))


async def read_balance(tx: Tx, plan: Plan) -> Balance:
    """What can be spent now, with what the plan gives as soon as something is spent."""
    return balance(await _spendable(tx, plan), tx.now)


async def ledger(tx: Tx, *, cursor: str | None, limit: int) -> tuple[list[AnyRow], str | None]:
    """Rows of the ledger of credits, newest first, and where the next page begins.

    Raises:
        ValidationFailed: the cursor is none of ours.
    """
    position = decode_cursor(cursor, str)
    c = credit_entry.c
    wanted = select(credit_entry).where(c.customer_id == tx.customer_id)
    if position is not None:
        wanted = wanted.where(c.entry_id < position)
    rows = list(await tx.rows(wanted.order_by(c.entry_id.desc()).limit(limit)))
    return rows, encode_cursor(rows[-1].entry_id) if len(rows) == limit else None


async def _spendable(tx: Tx, plan: Plan) -> list[Grant]:
    grants = [_grant(row) for row in await tx.rows(_usable(tx))]
    if plan.credits is not None:
        coming = due(plan.credits, [grant.source for grant in grants], tx.now)
        grants += [Grant("", new.pool, new.source, new.amount, new.expires_at) for new in coming]
    return grants


def _take(grants: list[Grant], cost: int, now: datetime) -> dict[str, int]:
    """Debit one job in memory: the amount by grant, empty where no pool has enough."""
    parts = choose(grants, cost, now)
    for grant, amount in parts:
        grant.remaining -= amount
    return {grant.id: amount for grant, amount in parts}


async def _write_holds(
    tx: Tx, grants: list[Grant], paid: dict[str, dict[str, int]], cost: int
) -> None:
    by_id = {grant.id: grant for grant in grants}
    used = sorted({grant_id for parts in paid.values() for grant_id in parts})
    left = [(tx.customer_id, grant_id, by_id[grant_id].remaining) for grant_id in used]
    now = to_milliseconds(tx.now)
    holds, entries = [], []
    for operation_id, parts in paid.items():
        pool = by_id[next(iter(parts))].pool.value
        text = orjson.dumps(parts).decode()
        holds.append((tx.customer_id, operation_id, pool, cost, text, "authorized", now, now))
        entries.append(_entry(tx, "authorize", pool, cost, operation_id=operation_id))
    await tx.update_set(credit_grant, GRANT_KEY, ("remaining",), left)
    await tx.insert_set(credit_hold, HOLD_COLUMNS, holds)
    await tx.insert_set(credit_entry, ENTRY_COLUMNS, entries)


async def _end(tx: Tx, operation_id: str, status: str) -> AnyRow | None:
    """End an authorisation that is still open; what it held."""
    c = credit_hold.c
    return await tx.row(
        update(credit_hold)
        .where(
            c.customer_id == tx.customer_id,
            c.operation_id == operation_id,
            c.status == "authorized",
        )
        .values(status=status, updated_at=tx.now)
        .returning(c.pool, c.amount, c.parts)
    )


async def _give(tx: Tx, wanted: Collection[NewGrant]) -> None:
    """Give what was not given from the same source before."""
    now = to_milliseconds(tx.now)
    rows = []
    for new in wanted:
        ends = None if new.expires_at is None else to_milliseconds(new.expires_at)
        amounts = (new.amount, new.amount)
        rows.append((tx.customer_id, tx.new_id(), new.pool.value, new.source, *amounts, ends, now))
    given = await tx.insert_new(credit_grant, GRANT_COLUMNS, rows, "source")
    entries = [
        _entry(tx, "grant", new.pool.value, new.amount, source=new.source)
        for new in wanted
        if new.source in given
    ]
    await tx.insert_set(credit_entry, ENTRY_COLUMNS, entries)


async def _note(tx: Tx, kind: str, pool: str, amount: int, *, operation_id: str) -> None:
    row = _entry(tx, kind, pool, amount, operation_id=operation_id)
    await tx.insert_set(credit_entry, ENTRY_COLUMNS, [row])


def _entry(
    tx: Tx,
    kind: str,
    pool: str,
    amount: int,
    *,
    operation_id: str | None = None,
    source: str | None = None,
) -> tuple[Any, ...]:
    at = to_milliseconds(tx.now)
    return (tx.customer_id, tx.new_id(), kind, pool, amount, operation_id, source, at)


def _usable(tx: Tx) -> Select[Any]:
    """Grants that have something left, and those that say what was given already."""
    c = credit_grant.c
    return (
        select(c.grant_id, c.pool, c.source, c.remaining, c.expires_at)
        .where(
            c.customer_id == tx.customer_id,
            or_(c.remaining > 0, c.source.in_([WELCOME_SOURCE, plan_source(tx.now)])),
        )
        .order_by(c.grant_id)
    )


def _grant(row: AnyRow) -> Grant:
    return Grant(row.grant_id, Pool(row.pool), row.source, row.remaining, row.expires_at)
