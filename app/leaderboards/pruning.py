"""Deletes the entries of windows that nobody can read any more: only this and the last one can be.

A row does not say whether its window is a day, a week or a month. What may be a month's is kept as
long as a month's would be: a customer may change a board from one to the other and back.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, literal, select, tuple_

from app.buddies.ranking import Contest, window_start
from app.buddies.ranking_models import leaderboard_count as count_table
from app.buddies.ranking_models import leaderboard_entry as table
from app.kit.clock import EPOCH
from app.kit.tx import Tx

DAY = timedelta(days=1)
c = table.c
NAMED = (c.board, c.scope, c.window_start)


def is_over(start: datetime, now: datetime) -> bool:
    """Whether the window that began at an instant is neither this nor the last one."""
    if start == EPOCH:
        return False
    kinds = [kind for kind in ("daily", "weekly", "monthly") if window_start(kind, start) == start]
    last_ones = (window_start(kind, window_start(kind, now) - DAY) for kind in kinds)
    return all(start < last for last in last_ones)


async def prune(tx: Tx, limit: int) -> int:
    """Delete up to `limit` entries, and with the last of a window its counts."""
    left = limit
    async for contest in _contests(tx):
        if left > 0 and is_over(contest.window_start, tx.now):
            left -= await _prune(tx, contest, left)
    return limit - left


async def _prune(tx: Tx, contest: Contest, limit: int) -> int:
    mine = (c.customer_id == tx.customer_id, *_of(contest))
    rows = await tx.rows(select(c.entry_id).where(*mine).limit(limit))
    ids = sorted(row.entry_id for row in rows)
    await tx.execute(delete(table).where(*mine, tx.among(c.entry_id, ids)))
    if len(ids) < limit:
        k = count_table.c
        named = (k.board == contest.board, k.scope == contest.scope)
        window = k.window_start == contest.window_start
        await tx.execute(delete(count_table).where(k.customer_id == tx.customer_id, *named, window))
    return len(ids)


async def _contests(tx: Tx) -> AsyncIterator[Contest]:
    """Every contest with entries: a loose index scan, one step each."""
    after: list[ColumnElement[bool]] = []
    while True:
        found = await tx.row(
            select(*NAMED).where(c.customer_id == tx.customer_id, *after).order_by(*NAMED).limit(1)
        )
        if found is None:
            return
        contest = Contest(*found)
        yield contest
        bound = zip(found, NAMED, strict=True)
        after = [tuple_(*NAMED) > tuple_(*(literal(value, col.type) for value, col in bound))]


def _of(contest: Contest) -> tuple[ColumnElement[bool], ...]:
    return (
        c.board == contest.board,
        c.scope == contest.scope,
        c.window_start == contest.window_start,
    )
