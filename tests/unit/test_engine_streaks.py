"""When a streak ticks, how long it is, and what it pays."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.engine.config import Config
from app.engine.effects import BadgeAwarded, Earned, StreakMilestone, StreakTicked
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind, length_of, period_of, tick
from app.engine.trace import read
from tests.unit.engine_support import at, config, decided, event, played

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def streak(kind: str = "daily", **fields: Any) -> Config:
    return config(streaks=[{"key": "s", "kind": kind, "event_types": ["play"], **fields}])


def wins(**fields: Any) -> Config:
    base = {"key": "s", "kind": "win", "count_on": ["won"], "reset_on": ["lost"]}
    return config(streaks=[{**base, **fields}])


def count(state: BuddyState) -> int:
    record = state.streaks.get("s")
    return 0 if record is None else length_of(record[1])


def counted(kind: str, *moments: datetime, zone: tzinfo = UTC) -> int:
    state, _ = played(streak(kind), [event(moment=moment) for moment in moments], zone=zone)
    return count(state)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "moments", "expected"),
    [
        ("daily", ["2026-01-05T00:00", "2026-01-05T23:59:59"], 1),
        ("daily", ["2026-01-05T23:59:59", "2026-01-06T00:00"], 2),
        ("daily", ["2026-01-05T12:00", "2026-01-07T12:00"], 1),
        ("daily", ["2024-02-28T12:00", "2024-02-29T12:00", "2024-03-01T12:00"], 3),
        ("daily", ["2025-02-28T12:00", "2025-03-01T12:00"], 2),
        ("weekly", ["2026-01-05T00:00", "2026-01-11T23:59"], 1),
        ("weekly", ["2026-01-04T23:59", "2026-01-05T00:00"], 2),
        ("weekly", ["2024-12-29T12:00", "2024-12-30T12:00", "2025-01-06T12:00"], 3),
        ("weekly", ["2026-12-28T12:00", "2027-01-03T12:00", "2027-01-04T12:00"], 2),
        ("weekly", ["2026-01-05T12:00", "2026-01-19T12:00"], 1),
        ("monthly", ["2026-01-31T23:59", "2026-02-01T00:00", "2026-03-31T12:00"], 3),
        ("monthly", ["2025-12-31T12:00", "2026-01-01T12:00"], 2),
        ("monthly", ["2026-01-31T12:00", "2026-03-01T12:00"], 1),
    ],
)
def test_periods_follow_the_calendar(kind: str, moments: list[str], expected: int) -> None:
    assert counted(kind, *map(utc, moments)) == expected


@pytest.mark.parametrize(
    ("zone", "moments", "expected"),
    [
        # The same two instants: one evening in New York, two days in UTC.
        (UTC, ["2026-01-05T23:30", "2026-01-06T00:30"], 2),
        (NEW_YORK, ["2026-01-05T23:30", "2026-01-06T00:30"], 1),
        # Berlin springs forward on 2026-03-29: that day has 23 hours, 23:00 to 22:00 UTC.
        (BERLIN, ["2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T22:00"], 3),
        # It falls back on 2026-10-25: that day has 25 hours, 22:00 to 23:00 UTC.
        (BERLIN, ["2026-10-24T22:00", "2026-10-25T22:59"], 1),
        (BERLIN, ["2026-10-25T22:59", "2026-10-25T23:00"], 2),
        # Samoa went from 29 to 31 December 2011; a day that never was breaks the run.
        (APIA, ["2011-12-30T09:00", "2011-12-30T11:00"], 1),
        (KIRITIMATI, ["2026-01-05T09:59", "2026-01-05T10:00"], 2),
    ],
)
def test_periods_are_those_of_the_users_zone(
    zone: tzinfo, moments: list[str], expected: int
) -> None:
    assert counted("daily", *map(utc, moments), zone=zone) == expected


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])
@pytest.mark.parametrize("zone", [UTC, NEW_YORK, KIRITIMATI])
@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
def test_the_ends_of_the_calendar_are_no_trouble(kind: str, zone: tzinfo, moment: datetime) -> None:
    assert counted(kind, moment.replace(tzinfo=UTC), zone=zone) == 1


def test_days_and_weeks_begin_together() -> None:
    assert period_of(StreakKind.DAILY, at(), UTC) == at().toordinal()
    weeks = [period_of(StreakKind.WEEKLY, at(days), UTC) for days in range(-1, 8)]
    assert weeks == [weeks[0], *[weeks[0] + 1] * 7, weeks[0] + 2]


def test_a_second_event_of_the_period_ticks_nothing() -> None:
    rules = streak()
    first = decided(rules, event())
    second = decided(rules, event(moment=at(0.3)), first.state)
    assert first.effects == (StreakTicked("s", 1),)
    assert second.effects == ()
    assert read(second.trace)[0] == [("k", 0, "already_ticked")]


def test_an_event_that_fills_a_gap_restores_the_run() -> None:
    rules = streak()
    state, _ = played(rules, [event(moment=at(day)) for day in (0, 1, 3, 4)])
    assert count(state) == 2
    outcome = decided(rules, event(moment=at(2), received_at=at(4)), state)
    assert outcome.effects == (StreakTicked("s", 5),)
    assert count(outcome.state) == 5


def test_a_late_event_before_the_run_ticks_without_lengthening_it() -> None:
    rules = streak()
    state, _ = played(rules, [event(moment=at(5))])
    outcome = decided(rules, event(moment=at(1), received_at=at(5)), state)
    assert outcome.effects == (StreakTicked("s", 1),)


@pytest.mark.parametrize(
    ("age", "window", "ticks"),
    [
        (timedelta(days=7), 7, True),
        (timedelta(days=7, seconds=1), 7, False),
        (timedelta(days=1), 0, False),
        (timedelta(0), 0, True),
        (timedelta(days=20), 30, True),
    ],
)
def test_an_event_older_than_the_late_window_counts_but_ticks_nothing(
    age: timedelta, window: int, ticks: bool
) -> None:
    rules = streak(late_window_days=window)
    outcome = decided(rules, event(moment=at() - age, received_at=at()))
    assert outcome.state.counters == {"play": 1}
    assert bool(outcome.effects) is ticks
    assert (read(outcome.trace)[0][0][2] == "late") is not ticks


def test_an_event_slightly_ahead_ticks_the_period_it_says() -> None:
    rules = streak()
    evening = utc("2026-01-05T23:58")
    state, _ = played(rules, [event(moment=evening)])
    ahead = event(moment=evening + timedelta(minutes=4), received_at=evening)
    assert count(decided(rules, ahead, state).state) == 2


def test_runs_out_of_reach_are_forgotten_and_the_latest_is_not() -> None:
    rules = streak()
    state, _ = played(rules, [event(moment=at(2 * day)) for day in range(200)])
    assert len(state.streaks["s"][1]) <= 6
    state, _ = played(rules, [event(moment=at(1000 + day)) for day in range(50)], state)
    assert len(state.streaks["s"][1]) == 1
    assert count(state) == 50


def test_ticking_leaves_the_given_runs_alone() -> None:
    runs = [[1, 2], [4, 5]]
    assert tick(runs, 3, 0) == ([[1, 5]], 5)
    assert tick(runs, 2, 0) is None
    assert tick(runs, 9, 0) == ([[1, 2], [4, 5], [9, 9]], 1)
    assert runs == [[1, 2], [4, 5]]


def test_milestones_pay_tokens_and_badges_once() -> None:
    rules = config(
        streaks=[
            {
                "key": "s",
                "label": "Daily",
                "kind": "daily",
                "event_types": ["play"],
                "milestones": [{"at": 3, "badge": "b"}, {"at": 2, "tokens": {"coins": 5}}],
            }
        ],
        badges=[{"key": "b", "mode": "manual", "tokens": {"xp": 4}}],
    )
    days = [0, 1, 2, 10, 11, 12, 13]
    state, effects = played(rules, [event(moment=at(day)) for day in days])
    assert [effect for effect in effects if not isinstance(effect, StreakTicked)] == [
        StreakMilestone("s", 2),
        Earned("coins", 5, "streak:s", "Daily: 2", False),
        StreakMilestone("s", 3),
        BadgeAwarded("b"),
        Earned("xp", 4, "badge:b", "b", False),
    ]
    assert state.milestones == {"s": [2, 3]}


def test_a_filled_gap_pays_every_milestone_it_reaches() -> None:
    rules = streak(milestones=[{"at": length} for length in (2, 3, 4, 9)])
    state, _ = played(rules, [event(moment=at(day)) for day in (0, 2, 3, 6)])
    assert state.milestones == {"s": [2]}
    state, _ = played(rules, [event(moment=at(1), received_at=at(6))], state)
    assert (count(state), state.milestones) == (1, {"s": [2, 3, 4]})


def test_a_win_streak_counts_in_order_of_arrival_and_resets() -> None:
    rules = wins(milestones=[{"at": 2, "tokens": {"coins": 3}}])
    kinds = ["won", "won", "play", "won", "lost", "won", "won"]
    state, effects = played(rules, [event(kind) for kind in kinds])
    ticked = [effect.count for effect in effects if isinstance(effect, StreakTicked)]
    assert ticked == [1, 2, 3, 1, 2]
    assert state.streaks == {"s": ["win", 2]}
    assert state.balances == {"coins": 3}


def test_a_streak_whose_kind_changed_begins_anew() -> None:
    state, _ = played(streak(), [event(moment=at(day)) for day in range(5)])
    weekly, _ = played(streak("weekly"), [event(moment=at(5))], state)
    assert weekly.streaks["s"][0] == "weekly"
    assert count(weekly) == 1
    won, _ = played(wins(), [event("won", at(6))], state)
    assert won.streaks == {"s": ["win", 1]}
