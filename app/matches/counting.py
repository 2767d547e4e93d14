"""How many matches there are of each status.

Where matches gather they are counted when they come and go; those under way are few, and are
counted when somebody asks.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import func, select

from app.customers import totals
from app.customers.totals import Listed
from app.kit.tx import Tx
from app.matches.lifecycle import MatchStatus
from app.matches.models import match_record

OVER = frozenset(
    {MatchStatus.APPLIED, MatchStatus.ABANDONED, MatchStatus.REJECTED, MatchStatus.VOIDED}
)


async def record(tx: Tx, before: MatchStatus, now: MatchStatus) -> None:
    """Count a match that moves, and no more where it was."""
    changes = Counter({now: 1})
    changes[before] -= 1
    await totals.add(tx, Listed.MATCHES, {each: changes[each] for each in changes if each in OVER})


async def number_of(tx: Tx, status: MatchStatus | None) -> int:
    """How many matches have a status, or there are at all."""
    over = OVER if status is None else OVER & {status}
    under_way = [each for each in MatchStatus if status in (None, each) and each not in OVER]
    number = await totals.of(tx, Listed.MATCHES, over) if over else 0
    return number + (await _count(tx, under_way) if under_way else 0)


async def audit_totals(tx: Tx) -> list[str]:
    """Where the counts differ from what counting the matches gives, in words."""
    kept = await totals.by_kind(tx, Listed.MATCHES)
    counted = {status: await _count(tx, [status]) for status in sorted(OVER)}
    return [
        f"total of matches {status}: kept as {kept[status]}, there are {number}"
        for status, number in counted.items()
        if kept[status] != number
    ]


async def _count(tx: Tx, statuses: Iterable[MatchStatus]) -> int:
    c = match_record.c
    mine = (c.customer_id == tx.customer_id, c.status.in_([each.value for each in statuses]))
    number: int = await tx.value(select(func.count()).select_from(match_record).where(*mine))
    return number
