"""Where entries stand: the order of a contest, and exact ranks without counting everybody.

A rank is one more than the number of higher scores. Those in higher buckets are counted already;
entries that changed since then are few, and each says what it was counted as. The rest is an index
range inside the finest bucket, whose scores differ by less than a thousandth.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    ScalarSelect,
    Table,
    Tuple,
    and_,
    case,
    func,
    literal,
    select,
    tuple_,
)

from app.buddies.buckets import Range, above
from app.buddies.ranking import Contest
from app.buddies.ranking_models import UNCOUNTED, leaderboard_count, leaderboard_entry
from app.kit.tx import Tx
from app.kit.wire import INTEGER_MAX

e = leaderboard_entry.c
PLACE = (e.standing, e.reached_at, e.buddy_id)


class Place(NamedTuple):
    """A row of the order: the negated score, when it was reached, by whom."""

    standing: int
    reached_at: datetime
    buddy_id: str

    @property
    def score(self) -> int:
        """The score."""
        return -self.standing


async def place_of(tx: Tx, contest: Contest, buddy_id: str) -> Place | None:
    """Where a buddy stands; None where it has no score."""
    found = await tx.row(
        select(*PLACE).where(
            e.customer_id == tx.customer_id,
            e.entry_id == contest.entry_id(buddy_id),
            e.standing < 0,
        )
    )
    return None if found is None else Place(*found)


async def following(tx: Tx, contest: Contest, after: Place | None, limit: int) -> list[Place]:
    """The next places after one, or the first of all."""
    beyond = [] if after is None else [tuple_(*PLACE) > _bound(after)]
    rows = await tx.rows(
        select(*PLACE).where(_entries(tx, contest), *beyond).order_by(*PLACE).limit(limit)
    )
    return [Place(*row) for row in rows]


async def preceding(tx: Tx, contest: Contest, before: Place, limit: int) -> list[Place]:
    """The places right before one, in their order.

    That they have a score follows; said again, PostgreSQL would begin at the board's last place.
    """
    backwards = [column.desc() for column in PLACE]
    rows = await tx.rows(
        select(*PLACE)
        .where(_contest(tx, leaderboard_entry, contest), tuple_(*PLACE) < _bound(before))
        .order_by(*backwards)
        .limit(limit)
    )
    return [Place(*row) for row in reversed(rows)]


async def ranks(
    tx: Tx, contest: Contest, places: Sequence[Place], *, begin_at_top: bool
) -> list[int]:
    """The ranks of places that follow each other without a gap; at most two are counted.

    Places that begin at the top need no counting.
    """
    found: list[int] = []
    counted, start = (2, 0) if begin_at_top else (0, 0)
    for index, place in enumerate(places):
        if index and place.score == places[index - 1].score:
            found.append(found[-1])
            continue
        if counted < 2:
            found.append(1 + await _above(tx, contest, place.score))
            counted += 1
        else:
            found.append(found[-1] + index - start if found else 1)
        start = index
    return found


async def _above(tx: Tx, contest: Contest, score: int) -> int:
    """How many have a higher score: one statement, so that it sees one moment."""
    buckets, highest = above(score, INTEGER_MAX)
    within = select(func.count()).where(
        _contest(tx, leaderboard_entry, contest),
        e.standing >= -highest,
        e.standing < -score,
    )
    higher = _is_better(e.standing, highest) - _is_better(e.counted, highest)
    uncounted = select(func.coalesce(func.sum(higher), 0)).where(
        _contest(tx, leaderboard_entry, contest), UNCOUNTED
    )
    number: ColumnElement[int] = within.scalar_subquery() + uncounted.scalar_subquery()
    for each in buckets:
        number = number + _counted(tx, contest, each)
    return int(await tx.value(select(number)))


def _counted(tx: Tx, contest: Contest, buckets: Range) -> ScalarSelect[int]:
    c = leaderboard_count.c
    return (
        select(func.coalesce(func.sum(c.entries), 0))
        .where(
            _contest(tx, leaderboard_count, contest),
            c.level == buckets.level,
            c.bucket.between(buckets.first, buckets.last),
        )
        .scalar_subquery()
    )


def _is_better(standing: Column[int], score: int) -> ColumnElement[int]:
    return case((standing < -score, 1), else_=0)


def _contest(tx: Tx, table: Table, contest: Contest) -> ColumnElement[bool]:
    c = table.c
    return and_(
        c.customer_id == tx.customer_id,
        c.board == contest.board,
        c.scope == contest.scope,
        c.window_start == contest.window_start,
    )


def _entries(tx: Tx, contest: Contest) -> ColumnElement[bool]:
    return and_(_contest(tx, leaderboard_entry, contest), e.standing < 0)


def _bound(place: Place) -> Tuple:
    values = zip(place, PLACE, strict=True)
    return tuple_(*(literal(value, column.type) for value, column in values))
