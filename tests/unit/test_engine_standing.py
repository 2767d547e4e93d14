"""How near a buddy is to what it does not have yet."""

from typing import Any

import pytest

from app.engine.standing import (
    CapsLeft,
    badge_progress,
    caps_left,
    stage_progress,
    streak_lengths,
)
from app.engine.state import BuddyState
from tests.unit.engine_support import at, config, event, played, rule


def plays(least: int) -> dict[str, Any]:
    return {"type": "event_count", "event_type": "play", "gte": least}


HELD = {"type": "badge", "badge": "hand"}
SCORE = {"type": "property", "property": "score", "gte": 1}


@pytest.mark.parametrize(
    ("condition", "share", "missing"),
    [
        (plays(4), 0.75, ["event_count play is 3 of 4."]),
        (plays(3), 1.0, []),
        (
            {"type": "all", "conditions": [plays(3), plays(6)]},
            0.75,
            ["event_count play is 3 of 6."],
        ),
        (
            {"type": "any", "conditions": [plays(30), plays(4)]},
            0.75,
            ["event_count play is 3 of 4."],
        ),
        (HELD, 0.0, ["badge hand is not as it must be."]),
        (SCORE, 0.0, ["property score is not as it must be."]),
        (
            {"type": "not", "condition": plays(3)},
            0.0,
            ["not event_count play is not as it must be."],
        ),
        (
            {**plays(1), "lte": 2},
            0.0,
            ["event_count play is 3, which is not as it must be."],
        ),
    ],
)
def test_progress_says_how_much_is_there_and_what_is_missing(
    condition: dict[str, Any], share: float, missing: list[str]
) -> None:
    before, _ = played(config(), [event()] * 3)
    rules = config(
        badges=[{"key": "hand", "mode": "manual"}, {"key": "b", "when": condition}],
        evolution={"stages": [{"stage": 1}, {"stage": 2, "conditions": [condition]}]},
    )
    for progress in (
        badge_progress(rules, before, "b", now=at()),
        stage_progress(rules, before, now=at()),
    ):
        assert progress is not None
        assert progress.share == pytest.approx(share)
        assert list(progress.missing) == missing


def test_what_is_held_is_whole_and_what_hands_give_is_not() -> None:
    rules = config(badges=[{"key": "hand", "mode": "manual"}, {"key": "b", "when": plays(1)}])
    state, _ = played(rules, [event()])
    assert badge_progress(rules, state, "b", now=at()).share == 1.0
    assert badge_progress(rules, state, "hand", now=at()).share == 0.0
    assert stage_progress(rules, state, now=at()) is None


def test_a_streak_that_ended_stands_at_zero() -> None:
    rules = config(
        streaks=[
            {"key": "days", "kind": "daily", "event_types": ["play"]},
            {"key": "wins", "kind": "win", "count_on": ["won"], "reset_on": ["lost"]},
        ]
    )
    state, _ = played(rules, [event(), event(moment=at(1)), event("won", at(1))])
    assert streak_lengths(rules, state, now=at(2)) == {"days": 2, "wins": 1}
    assert streak_lengths(rules, state, now=at(3)) == {"days": 0, "wins": 1}


def test_caps_left_go_by_the_window_of_now() -> None:
    rules = config(
        token_rules=[rule(caps={"daily": 15, "total": 22}), rule(key="free")],
        skill_rules=[
            {"key": "s", "event_type": "won", "skill": "aim", "amount": 1, "caps": {"weekly": 3}}
        ],
    )
    state, _ = played(rules, [event(), event()])
    assert caps_left(rules, state, now=at()) == {
        "rule:rule": CapsLeft(0, None, 7),
        "skill:s": CapsLeft(None, 3, None),
    }
    assert caps_left(rules, state, now=at(1))["rule:rule"] == CapsLeft(15, None, 7)
    assert caps_left(rules, BuddyState.fresh(), now=at())["rule:rule"] == CapsLeft(15, None, 22)
