"""Skills changed by hand, and skills that wear off."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.config import Config
from app.engine.decide import Decision
from app.engine.effects import BadgeAwarded, SkillChanged, SkillDecayed
from app.engine.skills import SkillAction, SkillUpdate, decay, next_decay, update_skills
from app.engine.state import BuddyState
from tests.unit.engine_support import at, config, decided, event, played

RAISE = {"key": "r", "event_type": "play", "skill": "aim", "amount": 20}


def update(action: str, amount: int | None = None, value: int | None = None) -> SkillUpdate:
    return SkillUpdate("aim", SkillAction(action), amount, value)


def skilled(points: int) -> BuddyState:
    state = BuddyState.fresh()
    state.skills = {"aim": points} if points else {}
    return state


@pytest.mark.parametrize(
    ("before", "updates", "after"),
    [
        (10, [update("increase", 5)], 15),
        (98, [update("increase", 5)], 100),
        (10, [update("decrease", 4)], 6),
        (3, [update("decrease", 4)], 0),
        (10, [update("set", value=100)], 100),
        (10, [update("set", value=0)], 0),
        (10, [update("set", value=10)], 10),
        (10, [update("set", value=50), update("decrease", 1), update("increase", 2)], 51),
        (0, [], 0),
    ],
)
def test_a_skill_is_changed_by_hand_within_its_bounds(
    before: int, updates: list[SkillUpdate], after: int
) -> None:
    outcome = update_skills(config(), skilled(before), updates, now=at())
    assert isinstance(outcome, Decision)
    assert outcome.state.skills == ({"aim": after} if after else {})
    changed = [each for each in outcome.effects if isinstance(each, SkillChanged)]
    assert sum(each.value - each.value_before for each in changed) == after - before


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (SkillUpdate("luck", SkillAction.INCREASE, 1), "/updates/1/key"),
        (update("increase"), "/updates/1/amount"),
        (update("increase", 0), "/updates/1/amount"),
        (update("decrease", -3), "/updates/1/amount"),
        (update("decrease", 3, 3), "/updates/1/value"),
        (update("set"), "/updates/1/value"),
        (update("set", 3, 3), "/updates/1/amount"),
        (update("set", value=101), "/updates/1/value"),
        (update("set", value=-1), "/updates/1/value"),
    ],
)
def test_one_wrong_change_refuses_them_all(wrong: SkillUpdate, pointer: str) -> None:
    state = skilled(10)
    faults = update_skills(config(), state, [update("increase", 5), wrong], now=at())
    assert isinstance(faults, list)
    assert [fault.pointer for fault in faults] == [pointer]
    assert state.skills == {"aim": 10}


def test_a_change_by_hand_earns_what_follows_from_it() -> None:
    level = {"type": "skill_level", "skill": "aim", "gte": 5}
    rules = config(badges=[{"key": "b", "when": level}])
    outcome = update_skills(rules, skilled(0), [update("set", value=50)], now=at())
    assert isinstance(outcome, Decision)
    assert outcome.effects == (SkillChanged("aim", 0, 50, 0, 5), BadgeAwarded("b"))


def worn(**fields: Any) -> Config:
    rule = {"skill_key": "aim", "cadence": "daily", "amount": 3, **fields}
    return config(skill_rules=[RAISE], skill_decay=[rule])


def after_days(rules: Config, days: float, created: float = 0) -> int:
    """The points that are left of 20 after so many days."""
    state = decided(rules, event()).state
    outcome = decay(rules, state, now=at(days), created_at=at(created))
    return outcome.state.skills.get("aim", 0)


@pytest.mark.parametrize(
    ("fields", "days", "left"),
    [
        ({}, 0.4, 20),
        ({}, 0.6, 17),
        ({}, 1, 17),
        ({}, 3, 11),
        ({}, 900, 0),
        ({"floor": 10}, 900, 10),
        ({"floor": 10}, 4, 10),
        ({"only_above": 15}, 900, 14),
        ({"only_above": 20}, 900, 20),
        ({"only_above": 15, "floor": 18}, 900, 18),
        ({"cadence": "weekly"}, 6, 20),
        ({"cadence": "weekly"}, 7, 17),
        ({"cadence": "weekly"}, 20, 14),
        ({"cadence": "monthly"}, 26, 20),
        ({"cadence": "monthly"}, 27, 17),
        ({"grace_days": 5}, 5, 20),
        ({"grace_days": 5}, 6, 17),
        ({"grace_days": 5, "cadence": "weekly"}, 7, 17),
        ({"grace_days": 7, "cadence": "weekly"}, 7, 20),
    ],
)
def test_a_skill_wears_off_at_the_end_of_each_period(
    fields: dict[str, Any], days: float, left: int
) -> None:
    assert after_days(worn(**fields), days) == left


def test_decay_tells_what_was_lost() -> None:
    state = decided(worn(), event()).state
    outcome = decay(worn(), state, now=at(2), created_at=at())
    assert outcome.effects == (SkillDecayed("aim", 20, 14),)
    assert decay(worn(), outcome.state, now=at(2), created_at=at()).effects == ()


def test_a_skill_raised_again_begins_with_the_day_it_was_raised_in() -> None:
    state = decided(worn(), event()).state
    empty = decay(worn(), state, now=at(30), created_at=at()).state
    assert next_decay(worn(), empty, now=at(30), created_at=at()) is None
    again, _ = played(worn(), [event(moment=at(60))], empty)
    assert decay(worn(), again, now=at(61), created_at=at()).state.skills == {"aim": 17}


def test_a_buddy_that_came_to_a_rule_of_decay_loses_nothing_for_the_time_before() -> None:
    state = decided(config(skill_rules=[RAISE]), event()).state
    assert next_decay(worn(), state, now=at(100), created_at=at()) == at(100)
    first = decay(worn(), state, now=at(100), created_at=at())
    assert first.effects == ()
    second = decay(worn(), first.state, now=at(101), created_at=at())
    assert second.effects == (SkillDecayed("aim", 20, 17),)


def test_the_next_decay_is_at_the_beginning_of_the_next_period() -> None:
    rules = worn(cadence="weekly")
    state = decided(rules, event()).state
    due = next_decay(rules, state, now=at(), created_at=at())
    assert due == at(6, hours=12)
    assert decay(rules, state, now=due - timedelta(seconds=1), created_at=at()).effects == ()
    assert decay(rules, state, now=due, created_at=at()).effects
    assert next_decay(rules, state, now=at(20), created_at=at()) == at(20)


def test_decay_is_for_its_audiences_alone() -> None:
    rule = {"skill_key": "aim", "cadence": "daily", "amount": 3, "audience": ["kids"]}
    rules = config(
        audiences=[{"key": "all"}, {"key": "kids"}], skill_rules=[RAISE], skill_decay=[rule]
    )
    state = decided(rules, event()).state
    assert decay(rules, state, now=at(3), created_at=at()).effects == ()
    assert next_decay(rules, state, now=at(3), created_at=at()) is None
    assert decay(rules, state, now=at(3), created_at=at(), audience="kids").effects


@given(
    st.lists(st.floats(0, 60), max_size=10),
    st.sampled_from(["daily", "weekly", "monthly"]),
    st.integers(0, 12),
    st.integers(0, 15),
    st.integers(0, 9),
)
def test_decay_takes_every_period_once_however_often_and_late_it_is_asked(
    days: list[float], cadence: str, floor: int, only_above: int, grace: int
) -> None:
    rules = worn(cadence=cadence, floor=floor, only_above=only_above, grace_days=grace)
    begun = decided(rules, event()).state
    state = begun
    for day in sorted(days):
        state = decay(rules, state, now=at(day), created_at=at()).state
    once = decay(rules, begun, now=at(60), created_at=at()).state
    assert decay(rules, state, now=at(60), created_at=at()).state.skills == once.skills
    assert once.skills.get("aim", 0) >= floor
