"""Paths: what opens a step, what completes it, and that it is given once."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given

from app.engine.config import Config, compile, with_active_path
from app.engine.decide import Decision, after_change
from app.engine.effects import BadgeAwarded, Earned, Effect, PathStepCompleted
from app.engine.events import Event
from app.engine.explain import explain
from app.engine.paths import StepRefusal, complete_step, path_progress
from app.engine.state import BuddyState
from tests.unit.engine_support import (
    at,
    config,
    decided,
    documents,
    event,
    histories,
    played,
    reloaded,
)


def plays(least: int) -> dict[str, Any]:
    return {"type": "event_count", "event_type": "play", "gte": least}


WON = {"type": "event_count", "event_type": "won", "gte": 1}


def path(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    labelled = [
        {
            "label": step["key"],
            **step,
            "sub_steps": [{"label": part["key"], **part} for part in step.get("sub_steps", [])],
        }
        for step in steps
    ]
    return {"key": "p", "label": "P", "is_active": True, "steps": labelled, **fields}


def walk(*steps: dict[str, Any], **sections: Any) -> Config:
    return config(paths=[path(*steps)], **sections)


def moved(effects: Iterable[Effect]) -> list[str]:
    """The paths on which something was completed."""
    return [each.path for each in effects if isinstance(each, PathStepCompleted)]


def done(step: str, sub_step: str | None = None, *, whole: bool = False) -> Effect:
    return PathStepCompleted("p", step, sub_step, whole)


def by_hand(
    rules: Config, state: BuddyState, step: str, sub_step: str | None = None
) -> Decision | StepRefusal:
    return complete_step(rules, state, "p", step, sub_step, now=at())


def states(rules: Config, state: BuddyState) -> list[str]:
    return [step.state for step in path_progress(rules, state, "p", now=at()).steps]


def test_a_step_opens_when_the_one_before_it_is_complete() -> None:
    rules = walk({"key": "a", "complete_when": plays(2)}, {"key": "b", "complete_when": plays(1)})
    state, effects = played(rules, [event()])
    assert (effects, states(rules, state)) == ([], ["available", "locked"])
    state, effects = played(rules, [event()], state)
    assert effects == [done("a"), done("b", whole=True)]
    assert states(rules, state) == ["completed", "completed"]
    assert path_progress(rules, state, "p", now=at()).is_completed
    assert state.paths["p"]["a"] == "2026-01-05T12:00:00.000Z"


def test_an_own_condition_opens_a_step_before_its_turn_and_keeps_it_locked_after() -> None:
    rules = walk(
        {"key": "a", "complete_when": plays(5)},
        {"key": "early", "unlock_when": plays(1), "complete_when": plays(2)},
    )
    state, effects = played(rules, [event(), event()])
    assert effects == [done("early")]
    assert states(rules, state) == ["available", "completed"]

    later = walk(
        {"key": "a", "complete_when": plays(1)},
        {"key": "late", "unlock_when": WON, "complete_when": plays(1)},
    )
    state, effects = played(later, [event()])
    assert (effects, states(later, state)) == ([done("a")], ["completed", "locked"])
    _, effects = played(later, [event("won")], state)
    assert effects == [done("late", whole=True)]


def test_a_step_pays_once_and_what_it_pays_may_complete_the_next() -> None:
    rich = {"type": "lifetime_earned", "token": "coins", "gte": 30}
    rules = walk(
        {"key": "a", "complete_when": plays(1), "tokens": {"coins": 30}, "badge": "b"},
        {"key": "c", "complete_when": {"type": "badge", "badge": "rich"}, "tokens": {"xp": 1}},
        badges=[{"key": "rich", "when": rich}, {"key": "b", "mode": "manual"}],
    )
    state, effects = played(rules, [event(), event(), event()])
    assert effects == [
        done("a"),
        Earned("coins", 30, "path:p", "a", False),
        BadgeAwarded("b"),
        BadgeAwarded("rich"),
        done("c", whole=True),
        Earned("xp", 1, "path:p", "c", False),
    ]
    assert state.balances == {"coins": 30, "xp": 1}


def test_a_step_is_complete_when_its_condition_and_all_its_parts_are() -> None:
    rules = walk(
        {
            "key": "a",
            "complete_when": plays(2),
            "sub_steps": [{"key": "x", "complete_when": plays(1)}, {"key": "y"}],
        }
    )
    state, effects = played(rules, [event(), event()])
    assert effects == [done("a", "x")]
    outcome = by_hand(rules, state, "a", "y")
    assert isinstance(outcome, Decision)
    assert outcome.effects == (done("a", "y"), done("a", whole=True))
    step = path_progress(rules, outcome.state, "p", now=at()).steps[0]
    assert [part.state for part in step.sub_steps] == ["completed", "completed"]


PARTS = [
    {"key": "hand"},
    {"key": "auto", "complete_when": plays(9), "allow_manual_complete": False},
    {"key": "both", "complete_when": plays(9)},
]
REFUSING = walk({"key": "a", "sub_steps": PARTS}, {"key": "b"}, {"key": "c", "complete_when": WON})


@pytest.mark.parametrize(
    ("before", "step", "sub_step", "refusal"),
    [
        ([], "nothing", None, "unknown"),
        ([], "a", "nothing", "unknown"),
        ([], "a", "hand", None),
        ([], "a", "both", None),
        ([], "a", "auto", "not_manual"),
        ([], "a", None, "not_manual"),
        ([], "b", None, "locked"),
        (["a/hand"], "a", "hand", "already_completed"),
        (["a"], "a", "auto", "already_completed"),
        (["a"], "b", None, None),
        (["a", "b"], "b", None, "already_completed"),
        (["a", "b"], "c", None, "not_manual"),
        (["a"], "c", None, "locked"),
        (["a", "b", "c"], "c", None, "already_completed"),
    ],
)
def test_a_step_by_hand_is_completed_or_refused(
    before: list[str], step: str, sub_step: str | None, refusal: str | None
) -> None:
    state = BuddyState.fresh()
    state.paths = {"p": dict.fromkeys(before, "2026-01-05T12:00:00.000Z")}
    outcome = by_hand(REFUSING, state, step, sub_step)
    if refusal is None:
        assert isinstance(outcome, Decision)
        assert by_hand(REFUSING, outcome.state, step, sub_step) == "already_completed"
    else:
        assert outcome == refusal


def test_only_the_active_path_of_the_buddys_audience_moves() -> None:
    steps = {"key": "a", "complete_when": plays(1)}
    rules = config(
        audiences=[{"key": "kids"}, {"key": "grown-ups"}],
        paths=[
            path(steps),
            path(steps, key="q", audience="grown-ups"),
            path({"key": "a"}, key="asleep", is_active=False),
        ],
    )
    assert rules.active_paths["kids"] is rules.paths["p"]
    assert moved(played(rules, [event()])[1]) == ["p"]
    fresh = BuddyState.fresh()
    outcome = complete_step(rules, fresh, "asleep", "a", None, now=at())
    assert outcome == StepRefusal.INACTIVE
    other = with_active_path(rules, "asleep")
    assert other.active_paths.keys() == {"kids", "grown-ups"}
    assert played(other, [event()])[1] == []
    assert isinstance(complete_step(other, fresh, "asleep", "a", None, now=at()), Decision)
    grown = after_change(rules, played(other, [event()])[0], now=at(), audience="grown-ups")
    assert moved(grown.effects) == ["q"]


def test_the_trace_explains_steps() -> None:
    rules = config(
        paths=[
            path({"key": "a"}, key="other", is_active=False),
            path({"key": "a", "complete_when": plays(1)}, {"key": "b", "complete_when": plays(2)}),
        ]
    )
    lines = explain(rules, decided(rules, event()).trace)
    assert [(line["rule"], line["reason"], line["pointer"]) for line in lines] == [
        ("other/a", "not_open", "/paths/0/steps/0"),
        ("p/a", "fired", "/paths/1/steps/0"),
        (
            "p/b",
            "condition:/paths/1/steps/1/complete_when",
            "/paths/1/steps/1/complete_when",
        ),
    ]


@given(documents(), histories())
def test_every_step_is_given_once_and_is_remembered(
    whole: dict[str, Any], history: list[Event]
) -> None:
    state, effects = played(compile(whole), history)
    steps = [each for each in effects if isinstance(each, PathStepCompleted)]
    assert len(set(steps)) == len(steps)
    named = {f"{each.step}/{each.sub_step}" if each.sub_step else each.step for each in steps}
    assert named == state.paths.get("path", {}).keys()
    assert reloaded(state) == state
