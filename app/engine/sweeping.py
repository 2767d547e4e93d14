"""What the end of a period does to streaks: freezes are spent, runs burn. Pure.

A sweep looks at each ended period once, so it may come late or twice and the streaks are the same.
Streaks with freezes are also swept by the event that ticks them, before it does.
"""

from datetime import UTC, datetime, tzinfo

from app.engine import courses
from app.engine.config import Config
from app.engine.effects import StreakBurned
from app.engine.settling import settled
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind, start_of
from app.engine.turn import Decision, Turn


def sweep(
    config: Config,
    state: BuddyState,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision:
    """What ended with the periods before `now` in the user's zone; nothing where that was seen.

    A missed period takes a freeze while there is one; else its run burns (`StreakBurned`).
    """
    turn = Turn.begin(config, state, now, zone, audience)
    for streak in config.streaks.values():
        if streak.kind is StreakKind.WIN:
            continue
        record = turn.state.streaks.get(streak.key)
        course = courses.course_of(record, streak.kind, streak.freezes)
        if course is None:
            continue
        lost = courses.catch_up(course, turn.scene.period(streak.kind))
        turn.state.streaks[streak.key] = courses.record_of(streak.kind, course, streak.freezes)
        turn.effects.extend(StreakBurned(streak.key, count) for count in lost)
    return settled(turn)


def next_sweep(
    config: Config, state: BuddyState, *, now: datetime, zone: tzinfo = UTC
) -> datetime | None:
    """When a period ends that freezes or burns a run of this buddy unless something ticks it.

    A UTC instant, never before `now`; None where no run lives. Ask again after every decision.
    """
    due = None
    for streak in config.streaks.values():
        if streak.kind is StreakKind.WIN:
            continue
        course = courses.course_of(state.streaks.get(streak.key), streak.kind, streak.freezes)
        missing = courses.next_look(course) if course is not None else None
        if missing is None:
            continue
        at = _start(streak.kind, missing + 1, zone)
        if at is not None and (due is None or at < due):
            due = at
    return max(due, now) if due is not None else None


def freezes_left(config: Config, state: BuddyState) -> dict[str, int]:
    """The freezes that a buddy can spend, by streak; only streaks that have freezes at all."""
    left = {}
    for streak in config.streaks.values():
        if streak.freezes is not None:
            record = state.streaks.get(streak.key)
            course = courses.course_of(record, streak.kind, streak.freezes)
            left[streak.key] = streak.freezes.initial if course is None else course.left
    return left


def _start(kind: StreakKind, period: int, zone: tzinfo) -> datetime | None:
    try:
        return start_of(kind, period, zone)
    except (OverflowError, ValueError):
        return None
