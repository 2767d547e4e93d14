"""What holds and what does not, a row for every kind of condition."""

from typing import Any

import pytest

from app.engine.state import BuddyState
from tests.unit.engine_support import at, config, decided, event, rule

STREAKS = [
    {"key": "days", "kind": "daily", "event_types": ["won"]},
    {"key": "wins", "kind": "win", "count_on": ["won"], "reset_on": ["lost"]},
]


def rich() -> BuddyState:
    state = BuddyState.fresh()
    state.stage = 2
    state.balances = {"coins": 40, "xp": 7}
    state.lifetime_earned = {"coins": 90, "xp": 7}
    state.counters = {"won": 3, "odd": 2}
    state.skills = {"aim": 25}
    state.badges = {"old": "2026-01-01T00:00:00.000Z"}
    state.items_owned = {"hat": 2, "cape": 1}
    day = at().toordinal()
    state.streaks = {"days": ["daily", [[day - 3, day - 1]]], "wins": ["win", 4]}
    return state


def holds(condition: dict[str, Any], **properties: Any) -> bool:
    rules = config(
        token_rules=[rule(when=condition)],
        streaks=STREAKS,
        badges=[{"key": "old", "mode": "manual"}, {"key": "new", "mode": "manual"}],
    )
    return decided(rules, event(**properties), rich()).state.balances["coins"] == 50


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"type": "event_count", "event_type": "won", "gte": 3}, True),
        ({"type": "event_count", "event_type": "won", "gte": 4}, False),
        ({"type": "event_count", "event_type": "play", "eq": 1}, True),
        ({"type": "event_count", "event_type": "lost", "lte": 0}, True),
        ({"type": "counter", "counter": "odd", "eq": 2}, True),
        ({"type": "counter", "counter": "never", "gte": 1}, False),
        ({"type": "token_balance", "token": "coins", "gte": 40, "lte": 40}, True),
        ({"type": "token_balance", "token": "coins", "gte": 30, "lte": 39}, False),
        ({"type": "lifetime_earned", "token": "coins", "gte": 90}, True),
        ({"type": "lifetime_earned", "token": "xp", "gte": 8}, False),
        ({"type": "skill_level", "skill": "aim", "eq": 2}, True),
        ({"type": "skill_level", "skill": "aim", "gte": 3}, False),
        ({"type": "streak", "streak": "days", "eq": 3}, True),
        ({"type": "streak", "streak": "wins", "gte": 5}, False),
        ({"type": "badge", "badge": "old"}, True),
        ({"type": "badge", "badge": "new"}, False),
        ({"type": "stage", "gte": 2}, True),
        ({"type": "stage", "eq": 1}, False),
        ({"type": "items_owned", "eq": 3}, True),
        ({"type": "items_owned", "gte": 4}, False),
    ],
)
def test_a_condition_reads_the_state(condition: dict[str, Any], expected: bool) -> None:
    assert holds(condition) is expected


@pytest.mark.parametrize(
    ("comparison", "value", "expected"),
    [
        ({"eq": 1}, 1, True),
        ({"eq": 1}, 1.0, True),
        ({"eq": 1}, True, False),
        ({"eq": True}, True, True),
        ({"eq": True}, 1, False),
        ({"eq": "1"}, 1, False),
        ({"eq": "ranked"}, "ranked", True),
        ({"in": ["a", 2]}, 2, True),
        ({"in": ["a", 2]}, "b", False),
        ({"gte": 10}, 10, True),
        ({"gte": 10}, 9.99, False),
        ({"gt": 10}, 10, False),
        ({"lt": 0.5}, 0.25, True),
        ({"lte": 3}, "2", False),
        ({"lte": 3}, True, False),
        ({"gte": 1, "lt": 2}, 1.5, True),
        ({"gte": 1, "lt": 2}, 2, False),
        ({"gte": 1}, float("nan"), False),
        ({"gte": 1}, float("inf"), False),
        ({"gte": 1}, [3], False),
        ({"exists": True}, 0, True),
        ({"exists": True}, None, False),
        ({"exists": False}, None, True),
    ],
)
def test_a_property_compares_only_with_its_own_kind(
    comparison: dict[str, Any], value: Any, expected: bool
) -> None:
    assert holds({"type": "property", "property": "p", **comparison}, p=value) is expected


def test_a_dotted_property_leads_into_objects() -> None:
    deep = {"type": "property", "property": "stats.kills", "gte": 3}
    assert holds(deep, stats={"kills": 3})
    assert not holds(deep, stats=[3])
    assert not holds(deep, **{"stats.kills": 3})


def test_a_missing_property_fails_and_its_negation_holds() -> None:
    missing = {"type": "property", "property": "nowhere", "gte": 0}
    assert not holds(missing)
    assert holds({"type": "not", "condition": missing})


@pytest.mark.parametrize(
    ("kind", "parts", "expected"),
    [
        ("all", [True, True], True),
        ("all", [True, False], False),
        ("any", [False, True], True),
        ("any", [False, False], False),
    ],
)
def test_conditions_combine(kind: str, parts: list[bool], expected: bool) -> None:
    conditions = [{"type": "stage", "eq": 2 if part else 9} for part in parts]
    assert holds({"type": kind, "conditions": conditions}) is expected


def test_a_streak_that_missed_a_day_counts_as_nothing() -> None:
    rules = config(
        token_rules=[rule(when={"type": "streak", "streak": "days", "gte": 1})], streaks=STREAKS
    )
    assert decided(rules, event(moment=at(0)), rich()).effects
    assert not decided(rules, event(moment=at(1)), rich()).effects
