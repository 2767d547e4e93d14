"""How much a rule gives: scaling, rounding, luck, multipliers, caps and ceilings."""

from datetime import datetime
from typing import Any

import pytest

from app.engine.amounts import is_lucky, threshold_of
from app.engine.conditions import MAX_INTEGER
from app.engine.effects import Earned, SkillChanged
from app.engine.state import BuddyState
from app.engine.trace import read
from tests.unit.engine_support import (
    SECRET,
    at,
    config,
    decided,
    document,
    event,
    played,
    reloaded,
    rule,
)


def coins(state: BuddyState) -> int:
    return state.balances.get("coins", 0)


def scaled(value: Any, **fields: Any) -> int:
    rules = config(token_rules=[rule(amount_from={"property": "score", **fields})])
    return coins(decided(rules, event(score=value)).state)


@pytest.mark.parametrize(
    ("value", "factor", "rounding", "expected"),
    [
        (7, "0.5", "floor", 3),
        (7, "0.5", "ceil", 4),
        (7, "0.5", "half_even", 4),
        (5, "0.5", "half_even", 2),
        (3, 0.1, "floor", 0),
        (30, 0.1, "floor", 3),
        (0.7, 10, "floor", 7),
        (1.1, "1.1", "ceil", 2),
        (2.675, 100, "floor", 267),
        (4.35, 100, "floor", 435),
        (-9, 1, "floor", 0),
        (-0.5, 1, "ceil", 0),
        (MAX_INTEGER, 1000, "floor", MAX_INTEGER),
        (1e300, 1, "floor", MAX_INTEGER),
        (10**400, 1, "floor", MAX_INTEGER),
        (5e-324, 1, "ceil", 1),
    ],
)
def test_a_property_is_scaled_exactly(
    value: float, factor: Any, rounding: str, expected: int
) -> None:
    assert scaled(value, multiply=factor, round=rounding) == expected


@pytest.mark.parametrize(("value", "expected"), [(-5, 2), (0, 2), (3, 3), (99, 8)])
def test_a_scaled_amount_is_kept_between_its_bounds(value: int, expected: int) -> None:
    assert scaled(value, min=2, max=8) == expected


@pytest.mark.parametrize("value", [None, "12", True, [1], {}, float("nan"), float("-inf")])
def test_a_property_that_is_no_number_gives_nothing(value: Any) -> None:
    rules = config(token_rules=[rule(amount_from={"property": "score", "min": 5})])
    outcome = decided(rules, event(score=value))
    assert outcome.effects == ()
    assert ("t", 0, "no_number") in read(outcome.trace)[0]


@pytest.mark.parametrize(
    ("caps", "moments", "expected"),
    [
        ({"daily": 25}, [0, 0.1, 0.2], 25),
        ({"daily": 25}, [0, 0.1, 0.2, 0.5], 35),
        ({"weekly": 25}, [0, 1, 6], 25),
        ({"weekly": 25}, [0, 1, 6, 7], 35),
        ({"weekly": 15}, [-1, 0], 20),
        ({"total": 25}, [0, 30, 60, 90], 25),
        ({"daily": 15, "weekly": 20}, [0, 0.1, 1], 20),
        ({"daily": 10, "total": 15}, [0, 0.1, 1, 2], 15),
    ],
)
def test_caps_clip_by_the_utc_day_and_the_iso_week_of_receipt(
    caps: dict[str, int], moments: list[float], expected: int
) -> None:
    rules = config(token_rules=[rule(caps=caps)])
    state, _ = played(rules, [event(moment=at(day)) for day in moments])
    assert coins(state) == expected


def test_a_cap_goes_by_receipt_and_not_by_occurrence() -> None:
    rules = config(token_rules=[rule(caps={"daily": 15})])
    late = [event(moment=at(day), received_at=at(3)) for day in (0, 1, 2)]
    state, _ = played(rules, late)
    assert coins(state) == 15


def test_a_clock_that_runs_backwards_opens_no_cap_again() -> None:
    rules = config(token_rules=[rule(caps={"daily": 10})])
    moments = [at(1), at(0), at(1), at(0)]
    state, _ = played(rules, [event(moment=moment) for moment in moments])
    assert coins(state) == 10


def test_the_trace_names_the_cap_that_clipped() -> None:
    rules = config(token_rules=[rule(caps={"daily": 15, "weekly": 18})])
    state = BuddyState.fresh()
    reasons = []
    for moment in (at(0), at(0), at(0), at(1), at(1)):
        outcome = decided(rules, event(moment=moment), state)
        state = outcome.state
        reasons.append(read(outcome.trace)[0][0][2:])
    assert reasons == [
        ("fired", 10),
        ("cap:daily", 5),
        ("cap:daily", 0),
        ("cap:weekly", 3),
        ("cap:weekly", 0),
    ]


def test_a_balance_stops_at_its_maximum_and_the_trace_says_so() -> None:
    tokens = [{"key": "coins", "kind": "primary", "max_balance": 25}]
    rules = config(tokens=tokens, token_rules=[rule(caps={"total": 40})], skills=[], skill_rules=[])
    state, _ = played(rules, [event(), event()])
    outcome = decided(rules, event(), state)
    assert coins(outcome.state) == 25
    assert outcome.effects == (Earned("coins", 5, "rule:rule", "rule", False),)
    assert read(outcome.trace)[0] == [("t", 0, "clipped", 5)]
    outcome.state.balances["coins"] = 0
    after, _ = played(rules, [event(), event()], outcome.state)
    assert coins(after) == 15, "what was clipped away used up no cap"


def test_a_reward_that_had_no_room_is_traced_as_clipped() -> None:
    rules = config(
        tokens=[{"key": "coins", "kind": "primary", "max_balance": 5}],
        skills=[],
        streaks=[
            {
                "key": "days",
                "kind": "daily",
                "event_types": ["play"],
                "milestones": [{"at": 1, "tokens": {"coins": 4}}],
            }
        ],
        badges=[
            {
                "key": "first",
                "when": {"type": "counter", "counter": "play", "gte": 1},
                "tokens": {"coins": 3},
            }
        ],
        paths=[
            {
                "key": "way",
                "label": "Way",
                "is_active": True,
                "steps": [
                    {
                        "key": "one",
                        "label": "One",
                        "complete_when": {"type": "badge", "badge": "first"},
                        "tokens": {"coins": 1},
                    }
                ],
            }
        ],
    )
    outcome = decided(rules, event())
    assert coins(outcome.state) == 5
    traced = [("k", 0, "fired", 1), ("b", 0, "clipped", 1), ("p", 0, "clipped", 1)]
    assert read(outcome.trace)[0] == traced
    full = BuddyState.fresh()
    full.balances = {"coins": 5}
    assert read(decided(rules, event(), full).trace)[0][0] == ("k", 0, "clipped", 1)


def test_no_balance_passes_the_largest_integer() -> None:
    rules = config(token_rules=[rule(amount=MAX_INTEGER)])
    state, effects = played(rules, [event(), event()])
    assert coins(state) == MAX_INTEGER
    assert len(effects) == 1


def test_a_balance_above_a_lowered_maximum_is_left_alone() -> None:
    tokens = [{"key": "coins", "kind": "primary", "max_balance": 25}]
    state = BuddyState.fresh()
    state.balances = {"coins": 100}
    outcome = decided(config(tokens=tokens, token_rules=[rule()]), event(), state)
    assert (coins(outcome.state), outcome.effects) == (100, ())


def test_a_long_streak_multiplies_from_the_event_that_reaches_it() -> None:
    rules = config(
        token_rules=[rule(amount=5, multiplier={"streak": "days", "gte": 2, "factor": "1.5"})],
        streaks=[{"key": "days", "kind": "daily", "event_types": ["play"]}],
    )
    state, _ = played(rules, [event(moment=at(0))])
    assert coins(state) == 5
    state, _ = played(rules, [event(moment=at(1))], state)
    assert coins(state) == 5 + 7


def test_luck_is_fixed_by_the_event_the_rule_and_the_secret() -> None:
    rules = config(token_rules=[rule(lucky={"chance": "0.25", "factor": 4})])
    first = [decided(rules, event(event_id=f"e{n}")).effects[0] for n in range(400)]
    again = [decided(rules, event(event_id=f"e{n}")).effects[0] for n in range(400)]
    lucky = [earned for earned in first if isinstance(earned, Earned) and earned.is_lucky]
    assert first == again
    assert {earned.amount for earned in lucky} == {40}
    assert 60 <= len(lucky) <= 140
    other = [is_lucky(b"another", f"e{n}", "rule:rule", 2**62) for n in range(400)]
    assert other != [isinstance(each, Earned) and each.is_lucky for each in first]


def test_a_certain_draw_always_wins() -> None:
    rules = config(token_rules=[rule(lucky={"chance": 1, "factor": 2})])
    assert all(coins(decided(rules, event(event_id=f"e{n}")).state) == 20 for n in range(50))
    assert threshold_of(rules.document.token_rules[0].lucky.chance) == 2**64  # type: ignore[union-attr]
    assert is_lucky(SECRET, "any", "rule", 2**64)


def test_rules_see_what_the_rules_before_them_gave() -> None:
    rich = {"type": "token_balance", "token": "coins", "gte": 10}
    second = rule(key="second", token="xp", when=rich)
    assert decided(config(token_rules=[rule(), second]), event()).state.balances == {
        "coins": 10,
        "xp": 10,
    }
    assert decided(config(token_rules=[second, rule()]), event()).state.balances == {"coins": 10}


def test_skills_rise_to_their_maximum_and_say_their_level() -> None:
    aim = {"key": "train", "event_type": "play", "skill": "aim", "amount": 65}
    rules = config(skill_rules=[aim])
    state, effects = played(rules, [event(), event(), event()])
    assert effects == [SkillChanged("aim", 0, 65, 0, 6), SkillChanged("aim", 65, 100, 6, 10)]
    assert state.skills == {"aim": 100}


def test_a_skill_rule_may_share_the_key_of_a_token_rule_without_sharing_its_cap() -> None:
    twin = {"key": "rule", "event_type": "play", "skill": "aim", "amount": 3, "caps": {"daily": 4}}
    rules = config(token_rules=[rule(caps={"daily": 15})], skill_rules=[twin])
    state, _ = played(rules, [event(), event()])
    assert (coins(state), state.skills["aim"]) == (15, 4)


@pytest.mark.parametrize("moment", [at(0), datetime.max.replace(tzinfo=at().tzinfo)])
def test_a_state_survives_storage(moment: datetime) -> None:
    rules = config(**document(token_rules=[rule(caps={"daily": 15, "total": 90})]))
    state, _ = played(rules, [event(moment=moment)])
    assert reloaded(state) == state
    assert reloaded(state).dump() == state.dump()
    assert BuddyState.load("{}", stage=1, balances={}, lifetime_earned={}) == BuddyState.fresh()
