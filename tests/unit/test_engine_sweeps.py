"""What the end of a period does to a streak, and what a late event makes good again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.config import Config
from app.engine.effects import Effect, StreakBurned, StreakRestored, StreakTicked
from app.engine.events import Event
from app.engine.standing import streak_lengths
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind, length_of, period_of, start_of
from app.engine.sweeping import freezes_left, next_sweep, sweep
from app.engine.zones import changed_zone
from tests.unit.engine_support import at, config, decided, event, played

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
HONOLULU = ZoneInfo("Pacific/Honolulu")
FREEZES = {"initial": 1, "max": 2, "grant_every": 3}
DAY = {"key": "s", "kind": "daily", "event_types": ["play"]}


def days(**fields: Any) -> Config:
    return config(streaks=[{**DAY, **fields}])


def story(rules: Config, steps: list[str]) -> tuple[BuddyState, list[list[Effect]]]:
    """`play 3` plays on the third day, `play 1@4` is received on the fourth; `sweep 3` sweeps."""
    state, effects = BuddyState.fresh(), list[list[Effect]]()
    for step in steps:
        verb, when = step.split()
        if verb == "sweep":
            outcome = sweep(rules, state, now=at(int(when)))
        else:
            occurred, _, received = when.partition("@")
            late = event(moment=at(int(occurred)), received_at=at(int(received or occurred)))
            outcome = decided(rules, late, state)
        state = outcome.state
        given_now: list[Effect] = [
            each for each in outcome.effects if not isinstance(each, StreakTicked)
        ]
        effects.append(given_now)
    return state, effects


def burned(count: int) -> Effect:
    return StreakBurned("s", count)


def restored(count: int) -> Effect:
    return StreakRestored("s", count)


@pytest.mark.parametrize(
    ("steps", "last", "length"),
    [
        (["play 0", "sweep 1"], [], 1),
        (["play 0", "play 1", "sweep 2"], [], 2),
        (["play 0", "play 1", "sweep 3"], [burned(2)], 2),
        (["play 0", "sweep 2", "sweep 2"], [], 1),
        (["play 0", "sweep 2", "sweep 9"], [], 1),
        # The event of the next day comes before the sweep does.
        (["play 0", "play 2", "sweep 2"], [burned(1)], 1),
        # A late event fills the gap: the sweep never saw it, or the run comes back.
        (["play 0", "play 1@2", "sweep 2"], [], 2),
        (["play 0", "sweep 2", "play 1@2"], [restored(2)], 2),
        (["play 0", "sweep 2", "play 2", "play 1@2"], [restored(3)], 3),
        (["play 0", "sweep 3", "play 1@3"], [], 2),
        (["play 0", "sweep 3", "play 1@3", "play 2@3"], [restored(3)], 3),
        (["play 0", "sweep 3", "play 2@3"], [], 1),
        (["play 0", "sweep 3", "play 2@3", "play 1@3"], [restored(3)], 3),
        # What was dead before comes back dead, and burns no second time.
        (["play 0", "sweep 5", "play 1@5", "sweep 6"], [], 2),
    ],
)
def test_a_run_burns_once_and_a_late_event_restores_it(
    steps: list[str], last: list[Effect], length: int
) -> None:
    state, effects = story(days(), steps)
    assert effects[-1] == last
    assert length_of(state.streaks["s"][1]) == length


@pytest.mark.parametrize(
    ("steps", "last", "length", "left"),
    [
        (["play 0", "sweep 2"], [], 1, 0),
        (["play 0", "sweep 2", "play 2"], [], 2, 0),
        (["play 0", "sweep 3"], [burned(1)], 1, 0),
        # Without a sweep the event of the third day spends the freeze itself.
        (["play 0", "play 2"], [], 2, 0),
        (["play 0", "play 3"], [burned(1)], 1, 0),
        # Every third tick gives a freeze, never more than two.
        (["play 0", "play 1", "play 2"], [], 3, 2),
        (["play 0", "play 1", "play 2", "play 3", "play 4", "play 5"], [], 6, 2),
        (["play 0", "play 1", "play 2", "sweep 5", "play 5"], [], 4, 0),
        # A late event gives the freeze back.
        (["play 0", "sweep 2", "play 1@2"], [restored(2)], 2, 1),
        (["play 0", "play 2", "play 1@2"], [restored(3)], 3, 2),
        # Had it come in time, the freeze would have saved the day that burned.
        (["play 0", "sweep 3", "play 1@3"], [restored(2)], 2, 0),
        (["play 0", "sweep 3", "play 2@3"], [restored(2)], 2, 0),
        (["play 0", "sweep 4", "play 1@4"], [], 2, 0),
    ],
)
def test_a_freeze_saves_a_day_that_does_not_count(
    steps: list[str], last: list[Effect], length: int, left: int
) -> None:
    rules = days(freezes=FREEZES)
    state, effects = story(rules, steps)
    assert effects[-1] == last
    assert length_of(state.streaks["s"][1]) == length
    assert freezes_left(rules, state) == {"s": left}


def test_a_run_that_a_freeze_will_save_is_shown_alive_before_the_sweep() -> None:
    rules = days(freezes=FREEZES)
    state, _ = story(rules, ["play 0"])
    assert [streak_lengths(rules, state, now=at(day))["s"] for day in range(4)] == [1, 1, 1, 0]
    swept, _ = story(rules, ["play 0", "sweep 2"])
    assert [streak_lengths(rules, swept, now=at(day))["s"] for day in (2, 3)] == [1, 0]


def test_a_buddy_begins_with_its_freezes_and_a_streak_without_them_has_none() -> None:
    assert freezes_left(days(freezes=FREEZES), BuddyState.fresh()) == {"s": 1}
    assert freezes_left(days(), BuddyState.fresh()) == {}


def test_a_streak_that_got_freezes_later_keeps_its_run() -> None:
    state, _ = story(days(), ["play 0", "play 1"])
    state.streaks["s"] = state.streaks["s"][:2]  # as it was stored before there were sweeps
    outcome = sweep(days(freezes=FREEZES), state, now=at(3))
    assert outcome.effects == ()
    assert freezes_left(days(freezes=FREEZES), outcome.state) == {"s": 0}
    assert sweep(days(), state, now=at(3)).effects == (burned(2),)


def test_freezes_that_came_too_late_do_not_raise_the_dead() -> None:
    state, _ = story(days(), ["play 0", "sweep 2"])
    rules = days(freezes=FREEZES)
    outcome = sweep(rules, state, now=at(2))
    assert outcome.effects == ()
    assert streak_lengths(rules, outcome.state, now=at(2)) == {"s": 0}


def test_a_look_back_in_time_undoes_nothing() -> None:
    _, effects = story(days(), ["play 0", "sweep 5", "sweep 1", "sweep 5"])
    assert effects == [[], [burned(1)], [], []]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "zone", "expected"),
    [
        ("daily", UTC, "2026-01-07T00:00"),
        ("daily", BERLIN, "2026-01-06T23:00"),
        ("weekly", UTC, "2026-01-19T00:00"),
        ("monthly", HONOLULU, "2026-03-01T10:00"),
    ],
)
def test_the_next_look_is_when_a_period_without_a_tick_has_ended(
    kind: str, zone: Any, expected: str
) -> None:
    rules = days(kind=kind)
    state = decided(rules, event(), zone=zone).state
    due = next_sweep(rules, state, now=at(), zone=zone)
    assert due == utc(expected)
    early = sweep(rules, state, now=due - timedelta(seconds=1), zone=zone)
    assert early.effects == ()
    late = sweep(rules, early.state, now=due, zone=zone)
    assert late.effects == (burned(1),)
    assert next_sweep(rules, late.state, now=due, zone=zone) is None


def test_a_look_that_was_missed_is_due_now() -> None:
    state, _ = story(days(), ["play 0", "play 2"])
    assert next_sweep(days(), state, now=at(2)) == at(2)
    assert next_sweep(days(), BuddyState.fresh(), now=at()) is None


@given(st.integers(1, 3_000_000), st.sampled_from([BERLIN, AUCKLAND, HONOLULU]))
def test_a_period_begins_where_its_number_does(period: int, zone: ZoneInfo) -> None:
    begins = start_of(StreakKind.DAILY, period + 10, zone)
    assert period_of(StreakKind.DAILY, begins, zone) >= period + 10
    assert period_of(StreakKind.DAILY, begins - timedelta(seconds=1), zone) < period + 10


def test_a_change_of_zone_counts_from_the_next_day() -> None:
    moved = changed_zone(HONOLULU, AUCKLAND, at())  # 02:00 on Monday in Honolulu
    monday = at().toordinal()
    assert period_of(StreakKind.DAILY, at(), AUCKLAND) == monday + 1
    assert period_of(StreakKind.DAILY, at(), moved) == monday
    assert period_of(StreakKind.DAILY, utc("2026-01-06T09:59"), moved) == monday
    assert period_of(StreakKind.DAILY, utc("2026-01-06T11:00"), moved) == monday + 2
    state, _ = played(days(), [event(), event(moment=at(0, hours=1))], zone=moved)
    assert length_of(state.streaks["s"][1]) == 1, "moving does not make a second day of one"


def test_what_is_left_of_a_changed_zone_is_the_new_one() -> None:
    moved = changed_zone(AUCKLAND, HONOLULU, at())
    for hours in range(48, 96):
        there = period_of(StreakKind.DAILY, at(hours=hours), HONOLULU)
        assert period_of(StreakKind.DAILY, at(hours=hours), moved) == there


MOVES = st.lists(
    st.tuples(st.sampled_from(["play", "sweep"]), st.integers(0, 20 * 24), st.integers(0, 7 * 24)),
    max_size=25,
)
KINDS = st.sampled_from(["daily", "weekly", "monthly"])


def _walk(rules: Config, moves: list[tuple[str, int, int]]) -> tuple[BuddyState, list[Effect]]:
    """Plays and sweeps in the order in which they are received."""
    state, effects = BuddyState.fresh(), list[Effect]()
    for verb, hour, late in sorted(moves, key=lambda move: move[1] + move[2]):
        received = at(hours=hour + late)
        if verb == "play":
            happened = Event("e", "play", at(hours=hour), received, {})
            outcome = decided(rules, happened, state)
        else:
            outcome = sweep(rules, state, now=received)
        state = outcome.state
        effects.extend(outcome.effects)
        assert all(0 <= left <= 2 for left in freezes_left(rules, state).values())
    return state, effects


@given(MOVES, KINDS)
def test_law_2_sweeps_in_between_change_no_run(
    moves: list[tuple[str, int, int]], kind: str
) -> None:
    rules = days(kind=kind)
    swept, _ = _walk(rules, moves)
    unswept, _ = _walk(rules, [move for move in moves if move[0] == "play"])
    assert [record[1] for record in swept.streaks.values()] == [
        record[1] for record in unswept.streaks.values()
    ]


@given(MOVES, st.booleans())
def test_sweeping_twice_or_late_is_sweeping_once(
    moves: list[tuple[str, int, int]], has_freezes: bool
) -> None:
    rules = days(freezes=FREEZES) if has_freezes else days()
    state, _ = _walk(rules, moves)
    late = sweep(rules, state, now=at(40))
    assert sweep(rules, late.state, now=at(40)).effects == ()
    assert sweep(rules, late.state, now=at(40)).state == late.state
    stepwise, effects = state, list[Effect]()
    for day in range(28, 41):
        outcome = sweep(rules, stepwise, now=at(day))
        stepwise = outcome.state
        effects.extend(outcome.effects)
    assert stepwise == late.state
    assert tuple(effects) == late.effects


@given(MOVES)
def test_an_event_sees_a_streak_with_freezes_as_a_sweep_would_have_left_it(
    moves: list[tuple[str, int, int]],
) -> None:
    rules = days(freezes=FREEZES)
    in_time = [(verb, hour, 0) for verb, hour, _ in moves if verb == "play"]
    with_sweeps = [*in_time, *(("sweep", 24 * day, 0) for day in range(21))]
    lazy, _ = _walk(rules, in_time)
    eager, _ = _walk(rules, with_sweeps)
    end = at(30)
    assert sweep(rules, lazy, now=end).state == sweep(rules, eager, now=end).state


@given(MOVES, st.booleans())
def test_nothing_is_restored_that_did_not_burn_or_freeze(
    moves: list[tuple[str, int, int]], has_freezes: bool
) -> None:
    rules = days(freezes=FREEZES) if has_freezes else days()
    _, effects = _walk(rules, moves)
    if not has_freezes:
        burns = sum(isinstance(each, StreakBurned) for each in effects)
        assert sum(isinstance(each, StreakRestored) for each in effects) <= burns
    assert all(each.count >= 1 for each in effects if isinstance(each, StreakBurned))
