"""Badges and stages: what follows from what, to the end and once."""

from typing import Any

import pytest

from app.engine.decide import after_change, award_badge
from app.engine.effects import BadgeAwarded, BadgeReady, Earned, EvolutionReady
from app.engine.state import BuddyState
from tests.unit.engine_support import at, config, decided, event, played, reloaded, rule


def needs_badge(key: str) -> dict[str, Any]:
    return {"type": "badge", "badge": key}


def needs_coins(amount: int) -> dict[str, Any]:
    return {"type": "token_balance", "token": "coins", "gte": amount}


def test_rewards_run_to_a_fixed_point_in_document_order() -> None:
    rules = config(
        token_rules=[rule()],
        badges=[
            {"key": "third", "when": needs_badge("second")},
            {"key": "first", "when": needs_coins(10), "tokens": {"coins": 5}},
            {"key": "second", "when": needs_coins(15), "tokens": {"xp": 1}},
            {"key": "never", "when": needs_coins(16)},
        ],
    )
    outcome = decided(rules, event())
    assert outcome.effects == (
        Earned("coins", 10, "rule:rule", "rule", False),
        BadgeAwarded("first"),
        Earned("coins", 5, "badge:first", "first", False),
        BadgeAwarded("second"),
        Earned("xp", 1, "badge:second", "second", False),
        BadgeAwarded("third"),
    )
    assert outcome.state.badges["third"] == "2026-01-05T12:00:00.000Z"


def test_a_long_chain_of_badges_in_the_worst_order_ends() -> None:
    chain = [{"key": f"b{n}", "when": needs_badge(f"b{n + 1}")} for n in range(200)]
    rules = config(token_rules=[rule()], badges=[*chain, {"key": "b200", "when": needs_coins(1)}])
    assert len(decided(rules, event()).state.badges) == 201


def test_a_badge_is_given_once() -> None:
    badge = {"key": "b", "when": needs_coins(10), "tokens": {"coins": 100}}
    state, effects = played(config(token_rules=[rule()], badges=[badge]), [event()] * 3)
    assert effects.count(BadgeAwarded("b")) == 1
    assert state.balances == {"coins": 130}


def test_a_badge_stays_when_its_condition_no_longer_holds() -> None:
    badge = {"key": "b", "when": {"type": "event_count", "event_type": "play", "lte": 1}}
    state, effects = played(config(badges=[badge]), [event(), event()])
    assert "b" in state.badges
    assert effects == [BadgeAwarded("b")]


def test_a_manual_badge_becomes_ready_once_and_is_awarded_by_hand() -> None:
    badge = {"key": "b", "mode": "manual", "when": needs_coins(10), "tokens": {"xp": 3}}
    rules = config(token_rules=[rule()], badges=[badge, {"key": "c", "when": needs_badge("b")}])
    state, effects = played(rules, [event(), event()])
    assert effects.count(BadgeReady("b")) == 1
    assert (list(state.badges), list(state.badges_ready)) == ([], ["b"])

    awarded = award_badge(rules, state, "b", now=at(1))
    assert awarded.effects == (
        BadgeAwarded("b"),
        Earned("xp", 3, "badge:b", "b", False),
        BadgeAwarded("c"),
    )
    assert awarded.state.badges == dict.fromkeys("bc", "2026-01-06T12:00:00.000Z")
    assert awarded.state.badges_ready == {}
    assert state.badges == {}

    again = award_badge(rules, awarded.state, "b", now=at(2))
    assert (again.effects, again.state) == ((), awarded.state)


def test_a_badge_without_a_condition_is_only_awarded_by_hand() -> None:
    rules = config(badges=[{"key": "b", "mode": "manual"}])
    state, effects = played(rules, [event()] * 3)
    assert effects == []
    assert award_badge(rules, state, "b", now=at()).effects == (BadgeAwarded("b"),)
    with pytest.raises(KeyError):
        award_badge(rules, state, "unknown", now=at())


STAGES = [
    {"stage": 1},
    {"stage": 2, "conditions": [needs_coins(20), {"type": "badge", "badge": "b"}]},
    {"stage": 3, "conditions": [needs_coins(30)]},
]


@pytest.mark.parametrize("auto", [True, False])
def test_the_next_stage_is_announced_once(auto: bool) -> None:
    rules = config(
        token_rules=[rule()],
        badges=[{"key": "b", "when": needs_coins(20)}],
        evolution={"auto_evolve": auto, "stages": STAGES},
    )
    state, effects = played(rules, [event()] * 5)
    ready = [effect for effect in effects if isinstance(effect, EvolutionReady)]
    assert ready == [EvolutionReady(2, auto)]
    assert state.stage == 1, "evolving is an operation of its own"

    state = reloaded(state)
    state.stage = 2
    after = after_change(rules, state, now=at())
    assert after.effects == (EvolutionReady(3, auto),)
    assert after_change(rules, after.state, now=at()).effects == ()
    after.state.stage = 3
    assert after_change(rules, after.state, now=at()).effects == ()


def test_a_stage_needs_all_of_its_conditions() -> None:
    rules = config(
        token_rules=[rule(amount=25)],
        badges=[{"key": "b", "mode": "manual"}],
        evolution={"stages": STAGES},
    )
    state, effects = played(rules, [event()])
    assert EvolutionReady(2, False) not in effects
    assert EvolutionReady(2, False) in award_badge(rules, state, "b", now=at()).effects


def test_a_change_by_hand_is_followed_by_what_it_earns() -> None:
    rules = config(badges=[{"key": "rich", "when": needs_coins(500), "tokens": {"xp": 1}}])
    state = BuddyState.fresh()
    state.balances = {"coins": 500}
    outcome = after_change(rules, state, now=at())
    assert outcome.effects == (BadgeAwarded("rich"), Earned("xp", 1, "badge:rich", "rich", False))
    assert state.badges == {}


def test_a_badge_may_be_earned_under_a_config_the_buddy_moved_to() -> None:
    state, _ = played(config(), [event()] * 4)
    badge = {"key": "b", "when": {"type": "event_count", "event_type": "play", "gte": 4}}
    assert BadgeAwarded("b") in decided(config(badges=[badge]), event("lost"), state).effects
