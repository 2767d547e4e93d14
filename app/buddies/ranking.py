"""What a change of buddies does to the leaderboards of their configs.

An entry is written under its buddy's lock, in the transaction that changed the buddy. The counts
by which ranks are found follow later (`app/leaderboards/counting.py`): until then the entry says
which score they know of, and readers make up for the difference. A buddy is on a board once its
metric changed while the board was in its config. Windows count what was gained in them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from app.buddies.buddy import Buddy
from app.buddies.ranking_models import leaderboard_entry as table
from app.engine.parts_world import Leaderboard
from app.engine.state import BuddyState
from app.kit.clock import EPOCH, to_milliseconds
from app.kit.tx import Tx
from app.kit.wire import INTEGER_MAX

ALL_TIME = "all_time"
KEY = ("customer_id", "entry_id")
COLUMNS = (
    "board",
    "scope",
    "window_start",
    "standing",
    "reached_at",
    "buddy_id",
    "counted",
    "uncounted",
)
# A score of all time is overwritten, one of a window added to; `counted` stays as it is.
CHANGES = f"""
standing = CASE WHEN excluded.window_start = 0 THEN excluded.standing
WHEN leaderboard_entry.standing + excluded.standing < -{INTEGER_MAX} THEN -{INTEGER_MAX}
ELSE leaderboard_entry.standing + excluded.standing END,
reached_at = excluded.reached_at, uncounted = excluded.uncounted
WHERE excluded.window_start <> 0 OR leaderboard_entry.standing <> excluded.standing
"""

Metrics = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """Who competes with whom: a board in one of its windows, of one audience or (empty) all."""

    board: str
    scope: str
    window_start: datetime

    def entry_id(self, buddy_id: str) -> str:
        """The id of a buddy's entry."""
        return entry_id(self.board, self.scope, to_milliseconds(self.window_start), buddy_id)


class Change(NamedTuple):
    """A buddy's score on a board: what it is now (`is_total`) or how much it gained or lost."""

    entry_id: str
    board: str
    scope: str
    window_start: int
    buddy_id: str
    is_total: bool
    score: int

    def after(self, before: int) -> int:
        """The score that it makes of an entry's."""
        return max(self.score if self.is_total else before + self.score, 0)


def entry_id(board: str, scope: str, window_start: int, buddy_id: str) -> str:
    """The id of an entry, the same whoever makes it; `window_start` in milliseconds."""
    named = f"{board}|{scope}|{window_start}|{buddy_id}"
    digits = sha256(named.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


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
    starts: dict[str, int] = {}
    higher: list[Change] = []
    lower: list[Change] = []
    for buddy, before in changed:
        after = metrics(buddy)
        if after == before and buddy.status == "active":
            continue
        for change in _changes(tx.now, starts, buddy, before, after):
            (higher if change.score > 0 else lower).append(change)
    now = to_milliseconds(tx.now)
    rows = [
        (
            tx.customer_id,
            *change[:4],
            -min(change.score, INTEGER_MAX),
            now,
            change.buddy_id,
            0,
            True,
        )
        for change in sorted(higher)
    ]
    await tx.upsert_set(table, KEY, COLUMNS, rows, changes=CHANGES)
    if lower:
        await _lower(tx, lower, now)


async def _lower(tx: Tx, changes: list[Change], now: int) -> None:
    """Write scores that fall; who falls to nothing stays off the board."""
    by_id = {change.entry_id: change for change in sorted(changes)}
    found = await tx.lookup(table, ("entry_id", "standing"), "entry_id", list(by_id))
    rows = [
        (tx.customer_id, entry_id, -by_id[entry_id].after(-standing), now, True)
        for entry_id, standing in found
        if by_id[entry_id].after(-standing) != -standing
    ]
    await tx.update_set(table, KEY, ("standing", "reached_at", "uncounted"), rows)


def _changes(
    now: datetime, starts: dict[str, int], buddy: Buddy, before: Metrics, after: Metrics
) -> Iterable[Change]:
    """The changes of a buddy; who is not active any more has no score. `starts` is a memory."""
    is_gone = buddy.status != "active"
    for board, old, new in zip(buddy.config.leaderboards.values(), before, after, strict=True):
        if old == new and not is_gone:
            continue
        start = starts.get(board.window)
        if start is None:
            start = starts[board.window] = to_milliseconds(window_start(board.window, now))
        scope = buddy.audience if board.scope == "audience" else ""
        is_total = is_gone or board.window == ALL_TIME
        score = 0 if is_gone else new if is_total else new - old
        id_ = entry_id(board.key, scope, start, buddy.id)
        yield Change(id_, board.key, scope, start, buddy.id, is_total, score)


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
