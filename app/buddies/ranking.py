"""What a change of buddies does to the leaderboards of their configs.

An entry is written under its buddy's lock, in the transaction that changed the buddy; the counts
beside it are added to in sorted order and last, spread over slots, so that writers seldom wait for
each other and never in a circle. A buddy is on a board once its metric changed while the board was
in its config. Windows count what was gained in them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from app.buddies.buckets import bucket_of
from app.buddies.buddy import Buddy
from app.buddies.ranking_models import leaderboard_count, leaderboard_entry
from app.engine.parts_world import Leaderboard
from app.engine.state import BuddyState
from app.kit.clock import EPOCH, to_milliseconds
from app.kit.tx import Tx
from app.kit.wire import INTEGER_MAX

SLOTS = 4
ALL_TIME = "all_time"
ENTRY_KEY = ("customer_id", "entry_id")
ENTRY_COLUMNS = ("board", "scope", "window_start", "standing", "reached_at", "buddy_id")
COUNT_KEY = ("customer_id", "board", "scope", "window_start", "bucket", "slot")

Metrics = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """Who competes with whom: a board in one of its windows, of one audience or (empty) all."""

    board: str
    scope: str
    window_start: datetime

    def entry_id(self, buddy_id: str) -> str:
        """The id of a buddy's entry."""
        start = to_milliseconds(self.window_start)
        named = f"{self.board}|{self.scope}|{start}|{buddy_id}"
        return str(UUID(bytes=sha256(named.encode()).digest()[:16]))


@dataclass(frozen=True, slots=True)
class Change:
    """A buddy's metric before and after; `is_gone`: it competes no more."""

    contest: Contest
    buddy_id: str
    is_total: bool
    before: int
    after: int
    is_gone: bool

    def score(self, score_before: int) -> int:
        """The score that it makes of an entry's."""
        if self.is_gone:
            return 0
        score = self.after if self.is_total else score_before + self.after - self.before
        return min(max(score, 0), INTEGER_MAX)


def metrics(buddy: Buddy) -> Metrics:
    """The metric of every board of the buddy's config, in the config's order."""
    boards = buddy.config.leaderboards
    return tuple([_metric(board, buddy.state) for board in boards.values()]) if boards else ()


def window_start(window: str, moment: datetime) -> datetime:
    """The UTC instant at which the window of a moment began: day, ISO week or month."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match window:
        case "daily":
            return day
        case "weekly":
            return day - timedelta(days=day.weekday())
        case "monthly":
            return day.replace(day=1)
        case _:
            return EPOCH


async def record(tx: Tx, changed: Iterable[tuple[Buddy, Metrics]]) -> None:
    """Write what changed since the metrics given were taken; the buddies are locked."""
    changes = {
        change.contest.entry_id(change.buddy_id): change
        for buddy, before in changed
        for change in _changes(tx.now, buddy, before)
    }
    if not changes:
        return
    ids = sorted(changes)
    found = await tx.lookup(leaderboard_entry, ("entry_id", "standing"), "entry_id", ids)
    scores = {entry_id: -standing for entry_id, standing in found}
    now = to_milliseconds(tx.now)
    rows, counts = [], Counter[tuple[str, str, int, int]]()
    for entry_id in ids:
        change, score_before = changes[entry_id], scores.get(entry_id, 0)
        score = change.score(score_before)
        if score == score_before:
            continue
        contest = change.contest
        named = (contest.board, contest.scope, to_milliseconds(contest.window_start))
        rows.append((tx.customer_id, entry_id, *named, -score, now, change.buddy_id))
        if score_before > 0:
            counts[*named, bucket_of(score_before)] -= 1
        if score > 0:
            counts[*named, bucket_of(score)] += 1
    slot = int(tx.new_id()[-4:], 16) % SLOTS
    added = [(tx.customer_id, *key, slot, counts[key]) for key in sorted(counts) if counts[key]]
    await tx.upsert_set(leaderboard_entry, ENTRY_KEY, ENTRY_COLUMNS, rows)
    await tx.add_set(leaderboard_count, COUNT_KEY, "entries", added)


def _changes(now: datetime, buddy: Buddy, before: Metrics) -> Iterable[Change]:
    is_gone = buddy.status != "active"
    after = metrics(buddy)
    if after == before and not is_gone:
        return
    for board, old, new in zip(buddy.config.leaderboards.values(), before, after, strict=True):
        if old != new or is_gone:
            scope = buddy.audience if board.scope == "audience" else ""
            contest = Contest(board.key, scope, window_start(board.window, now))
            yield Change(contest, buddy.id, board.window == ALL_TIME, old, new, is_gone)


def _metric(board: Leaderboard, state: BuddyState) -> int:
    match board.kind:
        case "tokens_earned":
            return state.lifetime_earned.get(board.name, 0)
        case "counter":
            return state.counters.get(board.name, 0)
        case "skill":
            return state.skills.get(board.name, 0)
        case _:
            return state.stage
