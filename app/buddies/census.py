"""How many buddies there are of each status and stage, kept with every change of them."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import func, select

from app.buddies.buddy import Buddy
from app.buddies.models import buddy as table
from app.customers import totals
from app.customers.totals import Listed
from app.kit.tx import Tx

STATUSES = ("active", "archived")
STAGES = (1, 2, 3, 4, 5)


def kind(status: str, stage: int) -> str:
    """What buddies of a status and a stage are counted as."""
    return f"{status}/{stage}"


def standing(buddy: Buddy) -> str | None:
    """What a buddy is counted as; None while it has no row."""
    return None if buddy.is_new else kind(buddy.status, buddy.stage)


async def record(tx: Tx, changed: Iterable[tuple[Buddy, str | None]]) -> None:
    """Count buddies as what they are now, and no more as what they were."""
    changes: Counter[str] = Counter()
    for buddy, before in changed:
        now = standing(buddy)
        if now == before:
            continue
        if now is not None:
            changes[now] += 1
        if before is not None:
            changes[before] -= 1
    if changes:
        await totals.add(tx, Listed.BUDDIES, changes)


async def audit_census(tx: Tx) -> list[str]:
    """Where the counts differ from what counting the buddies gives, in words."""
    c = table.c
    rows = await tx.rows(
        select(c.status, c.stage, func.count())
        .where(c.customer_id == tx.customer_id)
        .group_by(c.status, c.stage)
    )
    counted = {kind(status, stage): number for status, stage, number in rows}
    kept = await totals.by_kind(tx, Listed.BUDDIES)
    return [
        f"total of buddies {name}: kept as {kept[name]}, there are {counted.get(name, 0)}"
        for name in sorted(kept.keys() | counted.keys())
        if kept[name] != counted.get(name, 0)
    ]
