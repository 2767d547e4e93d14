"""Faults in items, paths, leaderboards, creatures, decay, freezes and audiences."""

from typing import Any

import pytest

from app.engine.config import compile, validate
from tests.unit.engine_support import document, rule

ITEM = {"item_id": "hat", "name": "Hat", "category": "head"}
STEP = {"key": "s", "label": "S"}
PATH = {"key": "p", "label": "P", "steps": [STEP]}
BOARD = {"key": "b", "metric": {"type": "stage"}}
DECAY = {"skill_key": "aim", "cadence": "daily", "amount": 1}
STREAK = {"key": "s", "kind": "daily", "event_types": ["play"]}
KIDS = {"audiences": [{"key": "kids"}, {"key": "grown-ups"}]}


def item(**fields: Any) -> dict[str, Any]:
    return {"items": [{**ITEM, **fields}]}


def step(**fields: Any) -> dict[str, Any]:
    return {"paths": [{**PATH, "steps": [{**STEP, **fields}]}]}


def board(**metric: Any) -> dict[str, Any]:
    return {"leaderboards": [{**BOARD, "metric": metric}]}


def unheard_of(kind: str, name: str) -> dict[str, Any]:
    return {"type": kind, name: "unheard-of", "gte": 1}


@pytest.mark.parametrize(
    ("sections", "pointer"),
    [
        ({"items": [ITEM, ITEM]}, "/items/1/item_id"),
        (item(item_id="A hat"), "/items/0/item_id"),
        (item(name=""), "/items/0/name"),
        (item(category="tail"), "/items/0/category"),
        (item(rarity="odd"), "/items/0/rarity"),
        (item(colour="red"), "/items/0/colour"),
        (item(price=5), "/items/0/price"),
        (item(price=[{"token": "gold", "amount": 1}]), "/items/0/price/0/token"),
        (item(price=[{"token": "xp", "amount": 1}]), "/items/0/price/0/token"),
        (item(price=[{"token": "coins", "amount": 0}]), "/items/0/price/0/amount"),
        (item(price=[{"token": "coins", "amount": 1}] * 2), "/items/0/price/1/token"),
        (item(layer_order=-1), "/items/0/layer_order"),
        (item(image_url="javascript:alert(1)"), "/items/0/image_url"),
        (item(stage_image_urls={"1": "ftp://x"}), "/items/0/stage_image_urls/1"),
        (item(stage_image_urls={"6": "/x.png"}), "/items/0/stage_image_urls/6"),
        (item(stock=0), "/items/0/stock"),
        (item(per_buddy_limit=0), "/items/0/per_buddy_limit"),
        (item(stock=2, per_buddy_limit=3), "/items/0/per_buddy_limit"),
        (item(audience=["pets"]), "/items/0/audience/0"),
        (item(visible_when={"type": "badge", "badge": "x"}), "/items/0/visible_when/badge"),
        (item(visible_when={"type": "weather"}), "/items/0/visible_when"),
        (item(visible_when={"type": "stage", "gte": "2"}), "/items/0/visible_when/gte"),
        ({"paths": [PATH, PATH]}, "/paths/1/key"),
        ({"paths": [{**PATH, "steps": []}]}, "/paths/0/steps"),
        ({"paths": [{**PATH, "steps": [STEP, STEP]}]}, "/paths/0/steps/1/key"),
        ({"paths": [{**PATH, "display_mode": "path"}]}, "/paths/0/display_mode"),
        ({"paths": [{**PATH, "accent": "red"}]}, "/paths/0/accent"),
        ({"paths": [{**PATH, "audience": "pets"}]}, "/paths/0/audience"),
        (
            {"paths": [{**PATH, "is_active": True}, {**PATH, "key": "q", "is_active": True}]},
            "/paths/1/is_active",
        ),
        (
            {
                **KIDS,
                "paths": [
                    {**PATH, "is_active": True},
                    {**PATH, "key": "q", "is_active": True, "audience": "kids"},
                ],
            },
            "/paths/1/is_active",
        ),
        (step(label=""), "/paths/0/steps/0/label"),
        (step(tokens={"gold": 1}), "/paths/0/steps/0/tokens/gold"),
        (step(badge="x"), "/paths/0/steps/0/badge"),
        (step(unlock_when=unheard_of("streak", "streak")), "/paths/0/steps/0/unlock_when/streak"),
        (step(complete_when={"type": "stage"}), "/paths/0/steps/0/complete_when"),
        (step(sub_steps=[STEP, STEP]), "/paths/0/steps/0/sub_steps/1/key"),
        (
            step(sub_steps=[{**STEP, "allow_manual_complete": False}]),
            "/paths/0/steps/0/sub_steps/0/complete_when",
        ),
        (
            step(sub_steps=[{**STEP, "complete_when": unheard_of("skill_level", "skill")}]),
            "/paths/0/steps/0/sub_steps/0/complete_when/skill",
        ),
        (
            step(sub_steps=[{**STEP, "content_url": "x"}]),
            "/paths/0/steps/0/sub_steps/0/content_url",
        ),
        ({"leaderboards": [BOARD, BOARD]}, "/leaderboards/1/key"),
        ({"leaderboards": [{"key": "b"}]}, "/leaderboards/0/metric"),
        (board(type="wealth"), "/leaderboards/0/metric"),
        (board(type="tokens_earned", token="gold"), "/leaderboards/0/metric/token"),
        (board(type="tokens_earned"), "/leaderboards/0/metric/token"),
        (board(type="skill", key="luck"), "/leaderboards/0/metric/key"),
        (
            {**board(type="counter", name="dance"), "unknown_events": "reject"},
            "/leaderboards/0/metric/name",
        ),
        ({"leaderboards": [{**BOARD, "window": "hourly"}]}, "/leaderboards/0/window"),
        ({"skill_decay": [{**DECAY, "skill_key": "luck"}]}, "/skill_decay/0/skill_key"),
        ({"skill_decay": [DECAY, DECAY]}, "/skill_decay/1/skill_key"),
        ({"skill_decay": [{**DECAY, "cadence": "hourly"}]}, "/skill_decay/0/cadence"),
        ({"skill_decay": [{**DECAY, "floor": -1}]}, "/skill_decay/0/floor"),
        ({"skill_decay": [{**DECAY, "audience": ["pets"]}]}, "/skill_decay/0/audience/0"),
        ({"streaks": [{**STREAK, "freezes": {"initial": 1}}]}, "/streaks/0/freezes/max"),
        (
            {"streaks": [{**STREAK, "freezes": {"initial": 3, "max": 2}}]},
            "/streaks/0/freezes/initial",
        ),
        (
            {"streaks": [{**STREAK, "freezes": {"max": 2, "grant_every": 0}}]},
            "/streaks/0/freezes/grant_every",
        ),
        ({"streaks": [{**STREAK, "audience": ["pets"]}]}, "/streaks/0/audience/0"),
        ({"token_rules": [rule(audience=["pets"])]}, "/token_rules/0/audience/0"),
        ({"token_rules": [rule(audience="kids"), KIDS]}, "/token_rules/0/audience"),
        (
            {"badges": [{"key": "b", "mode": "manual", "audience": ["pets"]}]},
            "/badges/0/audience/0",
        ),
        ({"creatures": [{"key": "c"}]}, "/creatures/0/line"),
        ({"creatures": [{"key": "c", "line": "ember"}] * 2}, "/creatures/1/key"),
    ],
)
def test_a_fault_is_found_at_its_place(sections: dict[str, Any], pointer: str) -> None:
    faults = validate(document(**sections))
    assert pointer in [fault.pointer for fault in faults]
    assert all(fault.message for fault in faults)


def test_two_hundred_faults_of_every_section_are_two_hundred() -> None:
    faults = validate(
        document(
            items=[{**ITEM, "item_id": f"i{n}", "stock": 0} for n in range(50)],
            paths=[{**PATH, "key": f"p{n}", "audience": "pets"} for n in range(50)],
            leaderboards=[
                {"key": f"b{n}", "metric": {"type": "skill", "key": "luck"}} for n in range(50)
            ],
            creatures=[{"key": f"c{n}"} for n in range(50)],
        )
    )
    assert len(faults) == 200
    assert len({fault.pointer for fault in faults}) == 200


def test_the_default_audience_exists_where_none_is_named() -> None:
    assert validate(document(token_rules=[rule(audience=["default"])])) == []
    named = document(**KIDS, token_rules=[rule(audience=["default"])])
    assert [fault.pointer for fault in validate(named)] == ["/token_rules/0/audience/0"]


def test_what_is_left_out_is_filled_in() -> None:
    rules = compile(
        document(
            **item(stage_image_urls={"2": "/two.png"}),
            paths=[PATH],
            leaderboards=[BOARD],
            creatures=[{"key": "c", "line": "ember"}],
            skill_decay=[{**DECAY, "floor": 4, "only_above": 2}],
        )
    )
    hat = rules.items["hat"]
    assert (hat.price, hat.rarity, hat.per_buddy_limit, hat.stock) == ((), "common", 1, None)
    assert hat.images == {2: "/two.png"}
    assert rules.paths["p"].audience == "default"
    assert rules.active_paths == {}
    stages = rules.leaderboards["b"]
    assert (stages.kind, stages.name, stages.window, stages.scope) == (
        "stage",
        "",
        "all_time",
        "global",
    )
    assert rules.creatures["c"].line == "ember"
    assert rules.decays["aim"].above == 4, "the floor is never passed"


@pytest.mark.parametrize("broken", [None, 5, "x", [], {}, [5], [[]], [{"key": []}], {"key": {}}])
@pytest.mark.parametrize(
    "section", ["items", "paths", "leaderboards", "creatures", "skill_decay", "audiences"]
)
def test_a_section_of_any_shape_can_be_validated(section: str, broken: Any) -> None:
    assert isinstance(validate({section: broken}), list)
    assert isinstance(validate({section: [broken]}), list)
    inner = dict.fromkeys(("price", "audience", "steps", "metric", "is_active"), broken)
    assert isinstance(validate({section: [{**inner, "is_active": True}]}), list)
    parts = {"sub_steps": broken, "tokens": broken, "unlock_when": broken}
    assert isinstance(validate({section: [{"steps": [parts]}]}), list)
