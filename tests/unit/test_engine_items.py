"""Items: who sees them, who may have one more, and what having them brings. And audiences."""

from typing import Any

import pytest

from app.engine.config import Config
from app.engine.decide import after_change
from app.engine.effects import BadgeAwarded, Earned, StreakTicked
from app.engine.explain import explain
from app.engine.items import item_visible, purchase_refusal
from app.engine.state import BuddyState
from app.engine.trace import read
from tests.unit.engine_support import at, config, decided, event, rule


def item(**fields: Any) -> dict[str, Any]:
    return {"item_id": "hat", "name": "Hat", "category": "head", **fields}


def shop(**fields: Any) -> Config:
    return config(
        audiences=[{"key": "kids"}, {"key": "grown-ups"}],
        items=[item(**fields)],
        badges=[{"key": "two", "when": {"type": "items_owned", "gte": 2}, "tokens": {"xp": 5}}],
    )


STAGE = {"type": "stage", "gte": 2}


@pytest.mark.parametrize(
    ("fields", "audience", "stage", "owned", "refusal"),
    [
        ({}, "", 1, 0, None),
        ({}, "", 1, 1, "limit_reached"),
        ({"per_buddy_limit": 2}, "", 1, 1, None),
        ({"per_buddy_limit": 2}, "", 1, 2, "limit_reached"),
        ({"visible_when": STAGE}, "", 1, 0, "not_visible"),
        ({"visible_when": STAGE}, "", 1, 1, "not_visible"),
        ({"visible_when": STAGE}, "", 2, 0, None),
        ({"audience": ["kids"]}, "", 1, 0, None),
        ({"audience": ["kids"]}, "kids", 1, 0, None),
        ({"audience": ["kids"]}, "grown-ups", 1, 0, "not_visible"),
        ({"item_id": "other"}, "", 1, 0, "unknown"),
    ],
)
def test_a_purchase_is_refused_in_a_fixed_order(
    fields: dict[str, Any], audience: str, stage: int, owned: int, refusal: str | None
) -> None:
    state = BuddyState.fresh()
    state.stage, state.items_owned = stage, {"hat": owned}
    rules = shop(**fields)
    assert purchase_refusal(rules, state, "hat", now=at(), audience=audience) == refusal
    if refusal != "unknown":
        seen = item_visible(rules, state, "hat", now=at(), audience=audience)
        assert seen is (refusal != "not_visible")


def test_what_is_owned_may_earn_a_badge() -> None:
    rules, state = shop(per_buddy_limit=3), BuddyState.fresh()
    state.items_owned = {"hat": 1}
    assert after_change(rules, state, now=at()).effects == ()
    state.items_owned = {"hat": 2}
    given = after_change(rules, state, now=at()).effects
    assert given == (BadgeAwarded("two"), Earned("xp", 5, "badge:two", "two", False))


def test_an_item_is_drawn_in_the_order_of_its_category_unless_it_says_otherwise() -> None:
    rules = config(
        items=[
            item(item_id="hat"),
            item(item_id="sky", category="background"),
            item(item_id="boost", category="booster"),
            item(item_id="first", layer_order=0),
        ]
    )
    orders = {key: each.layer_order for key, each in rules.items.items()}
    assert orders == {"hat": 70, "sky": 10, "boost": 90, "first": 0}


def test_rules_for_other_audiences_do_nothing_and_say_so() -> None:
    kids = {"audience": ["kids"]}
    rules = config(
        audiences=[{"key": "kids"}, {"key": "grown-ups"}],
        streaks=[{"key": "s", "kind": "daily", "event_types": ["play"], **kids}],
        token_rules=[rule(**kids), rule(key="open")],
        skill_rules=[{"key": "k", "event_type": "play", "skill": "aim", "amount": 1, **kids}],
        badges=[
            {"key": "b", "when": {"type": "event_count", "event_type": "play", "gte": 1}, **kids}
        ],
    )
    theirs = decided(rules, event(), audience="grown-ups")
    assert theirs.effects == (Earned("coins", 10, "rule:open", "open", False),)
    assert [entry[:3] for entry in read(theirs.trace)[0]] == [
        ("k", 0, "other_audience"),
        ("t", 0, "other_audience"),
        ("t", 1, "fired"),
        ("s", 0, "other_audience"),
        ("b", 0, "other_audience"),
    ]
    told = {line["reason"] for line in explain(rules, theirs.trace)}
    assert told == {"other_audience", "fired"}
    for audience in ("kids", ""):
        ours = decided(rules, event(), audience=audience)
        assert len(ours.effects) == 5
        assert ours.effects[0] == StreakTicked("s", 1)
