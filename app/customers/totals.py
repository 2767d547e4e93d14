"""The lengths of lists, kept where rows come and go, so that a page need not count a million.

A list is cut into the kinds that its filters ask for; a change adds to the count of its kind, in
one of a few slots, in the transaction that it counts. `clutch audit` counts again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from sqlalchemy import func, select

from app.customers.total_models import list_total as table
from app.kit.tx import Tx

SLOTS = 4
KEY = ("customer_id", "list", "kind", "slot")


class Listed(StrEnum):
    BUDDIES = "buddies"
    MATCHES = "matches"


async def add(tx: Tx, listed: Listed, changes: Mapping[str, int]) -> None:
    """Add to the counts of kinds; nothing is written where nothing changes."""
    slot = int(tx.new_id()[-4:], 16) % SLOTS
    rows = [
        (tx.customer_id, listed.value, kind, slot, changes[kind])
        for kind in sorted(changes)
        if changes[kind]
    ]
    await tx.add_set(table, KEY, "entries", rows)


async def of(tx: Tx, listed: Listed, kinds: Iterable[str]) -> int:
    """How many there are of these kinds together."""
    counts = await by_kind(tx, listed)
    return sum(counts[kind] for kind in kinds)


async def by_kind(tx: Tx, listed: Listed) -> Counter[str]:
    """How many there are of every kind of which there ever was one."""
    c = table.c
    rows = await tx.rows(
        select(c.kind, func.sum(c.entries))
        .where(c.customer_id == tx.customer_id, c.list == listed.value)
        .group_by(c.kind)
    )
    return Counter({kind: int(entries) for kind, entries in rows})
