"""Counts the entries of leaderboards into buckets, some seconds after they changed.

Whoever changes an entry marks it as uncounted; an index holds these entries alone, and they are
the due rows. A turn takes a few of them, skipping those that somebody
writes at this moment, moves each from one bucket to another and notes what it is counted as, in
one transaction: killed at any moment it has happened or not.
"""

import asyncio
from collections import Counter

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.buddies.buckets import LEVELS, bucket_of
from app.buddies.ranking import KEY
from app.buddies.ranking_models import UNCOUNTED, leaderboard_count, leaderboard_entry
from app.kit.clock import to_milliseconds
from app.kit.db import Database
from app.kit.loop import NEVER
from app.kit.tx import AnyRow, Tx

NAME = "leaderboards"
BATCH_ENTRIES = 250
COUNT_KEY = ("customer_id", "board", "scope", "window_start", "level", "bucket")


class CountingLoop:
    """Counts what is uncounted, customer by customer."""

    def __init__(self, database: Database, *, batch: int = BATCH_ENTRIES) -> None:
        self._database = database
        self._batch = batch

    async def run_due(self, stop: asyncio.Event = NEVER) -> int:
        """Count everything; how many entries that were."""
        async with self._database.unscoped() as connection:
            waiting = await _customers(connection)
        done = 0
        while waiting and not stop.is_set():
            for customer_id in tuple(waiting):
                if stop.is_set():
                    break
                async with self._database.begin(customer_id) as tx:
                    counted = await count_some(tx, self._batch)
                done += counted
                if counted < self._batch:
                    waiting.remove(customer_id)
        return done


async def count_some(tx: Tx, limit: int) -> int:
    """Count up to `limit` entries of this customer; how many there were."""
    e = leaderboard_entry.c
    rows = await tx.rows(
        select(e.entry_id, e.board, e.scope, e.window_start, e.standing, e.counted)
        .where(e.customer_id == tx.customer_id, UNCOUNTED)
        .order_by(e.board, e.scope, e.window_start, e.entry_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    counts: Counter[tuple[str, str, int, int, int]] = Counter()
    for row in rows:
        _move(counts, row)
    noted = sorted((tx.customer_id, row.entry_id, row.standing, False) for row in rows)
    await tx.update_set(leaderboard_entry, KEY, ("counted", "uncounted"), noted)
    added = [(tx.customer_id, *key, counts[key]) for key in sorted(counts) if counts[key]]
    await tx.add_set(leaderboard_count, COUNT_KEY, "entries", added)
    return len(rows)


def _move(counts: Counter[tuple[str, str, int, int, int]], row: AnyRow) -> None:
    named = (row.board, row.scope, to_milliseconds(row.window_start))
    for level in range(len(LEVELS)):
        if row.counted < 0:
            counts[*named, level, bucket_of(-row.counted, level)] -= 1
        if row.standing < 0:
            counts[*named, level, bucket_of(-row.standing, level)] += 1


async def _customers(connection: AsyncConnection) -> list[str]:
    """Customers with uncounted entries: a loose index scan, one step a customer."""
    found: list[str] = []
    e = leaderboard_entry.c
    while True:
        wanted = [UNCOUNTED] + ([e.customer_id > found[-1]] if found else [])
        statement = select(e.customer_id).where(*wanted).order_by(e.customer_id).limit(1)
        customer_id = (await connection.execute(statement)).scalar()
        if customer_id is None:
            return found
        found.append(customer_id)
