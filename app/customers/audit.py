"""Recomputes credits: what is left of each grant, and that the ledger says what was done.

What may be relied on: where nothing differs, the credits left in a pool are those granted less
those authorised plus those rolled back, by the ledger as by the holds, to the unit.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import case, func, literal, select

from app.customers.usage_models import credit_entry, credit_grant, credit_hold
from app.kit.tx import AnyRow, Tx

NAMED_MAX = 20
PAGE_ROWS = 1_000
FIRST = "00000000-0000-0000-0000-000000000000"
SIGNS = {"grant": 1, "authorize": -1, "rollback": 1, "commit": 0}


@dataclass(slots=True)
class CreditAudit:
    """Credits left by pool, those included that have ended, and what differs, in words."""

    left: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


async def audit_credits(tx: Tx) -> CreditAudit:
    """Compare this customer's grants, holds and entries with each other."""
    found = CreditAudit()
    held = await _held(tx)
    c = credit_grant.c
    grants = await tx.rows(select(credit_grant).where(c.customer_id == tx.customer_id))
    for grant in grants:
        found.left[grant.pool] = found.left.get(grant.pool, 0) + grant.remaining
        computed = grant.amount - held.pop(grant.grant_id, 0)
        if computed != grant.remaining:
            line = f"credit grant {grant.grant_id}: {grant.remaining} left, computed {computed}"
            found.differences.append(line)
    found.differences += [f"credits of a grant {each} that is not there" for each in sorted(held)]
    found.differences += await _pools(tx, found.left) + await _unwritten(tx) + await _orphans(tx)
    return found


async def _held(tx: Tx) -> defaultdict[str, int]:
    """What drawings hold or have used, by grant."""
    held: defaultdict[str, int] = defaultdict(int)
    position = FIRST
    while page := await _page(tx, position):
        position = page[-1].operation_id
        for row in page:
            for grant_id, amount in orjson.loads(row.parts).items():
                held[grant_id] += amount if row.status != "rolled_back" else 0
    return held


async def _page(tx: Tx, position: str) -> Sequence[AnyRow]:
    c = credit_hold.c
    return await tx.rows(
        select(c.operation_id, c.parts, c.status)
        .where(c.customer_id == tx.customer_id, c.operation_id > position)
        .order_by(c.operation_id)
        .limit(PAGE_ROWS)
    )


async def _pools(tx: Tx, left: dict[str, int]) -> list[str]:
    """Pools in which there is something else than the ledger's movements come to."""
    c = credit_entry.c
    signed = c.amount * case(SIGNS, value=c.kind)
    rows = await tx.rows(
        select(c.pool, func.sum(signed)).where(c.customer_id == tx.customer_id).group_by(c.pool)
    )
    moved = {pool: int(amount) for pool, amount in rows}
    return [
        f"credits, pool {pool}: {left.get(pool, 0)} left, the ledger has {moved.get(pool, 0)}"
        for pool in sorted(left.keys() | moved.keys())
        if left.get(pool, 0) != moved.get(pool, 0)
    ]


async def _unwritten(tx: Tx) -> list[str]:
    """Holds of which the ledger does not tell the beginning and, if it has ended, the end."""
    e, h = credit_entry.c, credit_hold.c
    ending = case({"committed": "commit", "rolled_back": "rollback"}, value=h.status, else_="")
    is_right = (e.pool == h.pool) & (e.amount == h.amount) & e.kind.in_(["authorize", ending])
    expected = case((h.status == "authorized", 1), else_=2)
    right = func.count(case((is_right, e.kind)).distinct())
    rows = await tx.rows(
        select(h.operation_id, h.status)
        .outerjoin(
            credit_entry, (e.customer_id == h.customer_id) & (e.operation_id == h.operation_id)
        )
        .where(h.customer_id == tx.customer_id)
        .group_by(h.operation_id, h.status)
        .having((right != expected) | (func.count(e.entry_id) != expected))
        .order_by(h.operation_id)
        .limit(NAMED_MAX)
    )
    return [f"credits of operation {row[0]}, {row[1]}: the ledger differs" for row in rows]


async def _orphans(tx: Tx) -> list[str]:
    """Movements of operations for which nothing was ever held."""
    e, h = credit_entry.c, credit_hold.c
    is_held = (
        select(literal(1))
        .where(h.customer_id == e.customer_id, h.operation_id == e.operation_id)
        .exists()
    )
    rows = await tx.rows(
        select(e.entry_id)
        .where(e.customer_id == tx.customer_id, e.operation_id.is_not(None), ~is_held)
        .order_by(e.entry_id)
        .limit(NAMED_MAX)
    )
    return [f"credit entry {row[0]}: nothing was held for its operation" for row in rows]
