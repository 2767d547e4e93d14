"""A config is checked whole: every fault at once, each with its pointer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.config import ConfigDocument, compile, validate
from tests.unit.engine_support import document, documents, rule

STREAK = {"key": "s", "kind": "daily", "event_types": ["play"]}
WINS = {"key": "s", "kind": "win", "count_on": ["won"], "reset_on": ["lost"]}
BADGE = {"key": "b", "when": {"type": "stage", "gte": 2}}


def when(condition: Any) -> dict[str, Any]:
    return {"token_rules": [rule(when=condition)]}


@pytest.mark.parametrize(
    ("sections", "pointer"),
    [
        ({"colours": []}, "/colours"),
        ({"unknown_events": "drop"}, "/unknown_events"),
        ({"event_types": [{"key": "Play"}]}, "/event_types/0/key"),
        ({"event_types": [{"key": "x" * 65}]}, "/event_types/0/key"),
        ({"event_types": [{"key": "a"}, {"key": "a"}]}, "/event_types/1/key"),
        ({"event_types": {}}, "/event_types"),
        ({"audiences": [{"key": "a"}, {"key": "b"}, {"key": "a"}]}, "/audiences/2/key"),
        ({"audiences": [{"key": "a" * 32}, {"key": "b" * 33}]}, "/audiences/1/key"),
        ({"tokens": [{"key": "coins", "kind": "gold"}]}, "/tokens/0/kind"),
        (
            {
                "tokens": [
                    {"key": "a", "kind": "primary", "default": True},
                    {"key": "b", "kind": "progression", "default": True},
                    {"key": "c", "kind": "primary", "default": True},
                ]
            },
            "/tokens/2/default",
        ),
        (
            {"tokens": [{"key": "a", "kind": "primary", "max_balance": 2**53}]},
            "/tokens/0/max_balance",
        ),
        ({"token_rules": [rule(event_type="dance")]}, "/token_rules/0/event_type"),
        ({"token_rules": [rule(token="gold")]}, "/token_rules/0/token"),
        ({"token_rules": [rule(amount=0)]}, "/token_rules/0/amount"),
        ({"token_rules": [rule(amount=2**53)]}, "/token_rules/0/amount"),
        ({"token_rules": [rule(amount="5")]}, "/token_rules/0/amount"),
        ({"token_rules": [rule(amount=True)]}, "/token_rules/0/amount"),
        ({"token_rules": [rule(amount=1.5)]}, "/token_rules/0/amount"),
        ({"token_rules": [rule(amount=None)]}, "/token_rules/0"),
        ({"token_rules": [{**rule(amount_from={"property": "p"}), "amount": 1}]}, "/token_rules/0"),
        ({"token_rules": [rule(caps={"daily": 0})]}, "/token_rules/0/caps/daily"),
        ({"token_rules": [rule(caps={"hourly": 1})]}, "/token_rules/0/caps/hourly"),
        ({"token_rules": [rule(lucky={"chance": 0, "factor": 2})]}, "/token_rules/0/lucky/chance"),
        (
            {"token_rules": [rule(lucky={"chance": 1.1, "factor": 2})]},
            "/token_rules/0/lucky/chance",
        ),
        (
            {"token_rules": [rule(lucky={"chance": "often", "factor": 2})]},
            "/token_rules/0/lucky/chance",
        ),
        (
            {"token_rules": [rule(multiplier={"streak": "s", "gte": 1, "factor": 2})]},
            "/token_rules/0/multiplier/streak",
        ),
        (
            {"token_rules": [rule(amount_from={"property": "p", "multiply": "NaN"})]},
            "/token_rules/0/amount_from/multiply",
        ),
        (
            {"token_rules": [rule(amount_from={"property": "p", "multiply": -1})]},
            "/token_rules/0/amount_from/multiply",
        ),
        (
            {"token_rules": [rule(amount_from={"property": "p", "round": "up"})]},
            "/token_rules/0/amount_from/round",
        ),
        (
            {"token_rules": [rule(amount_from={"property": "p", "min": 5, "max": 4})]},
            "/token_rules/0/amount_from/min",
        ),
        ({"token_rules": [rule(), rule()]}, "/token_rules/1/key"),
        (
            {"skill_rules": [{"key": "r", "event_type": "play", "skill": "x", "amount": 1}]},
            "/skill_rules/0/skill",
        ),
        ({"skills": [{"key": "aim", "points_per_level": 0}]}, "/skills/0/points_per_level"),
        ({"badges": [{"key": "b"}]}, "/badges/0/when"),
        ({"badges": [{**BADGE, "mode": "often"}]}, "/badges/0/mode"),
        ({"badges": [{**BADGE, "tokens": {"gold": 1}}]}, "/badges/0/tokens/gold"),
        ({"badges": [{**BADGE, "tokens": {"coins": 0}}]}, "/badges/0/tokens/coins"),
        ({"streaks": [{**STREAK, "kind": "hourly"}]}, "/streaks/0"),
        ({"streaks": [{**STREAK, "event_types": []}]}, "/streaks/0/event_types"),
        ({"streaks": [{**STREAK, "event_types": ["dance"]}]}, "/streaks/0/event_types/0"),
        ({"streaks": [{**STREAK, "late_window_days": -1}]}, "/streaks/0/late_window_days"),
        ({"streaks": [{**STREAK, "milestones": [{"at": 0}]}]}, "/streaks/0/milestones/0/at"),
        (
            {"streaks": [{**STREAK, "milestones": [{"at": 2}, {"at": 2}]}]},
            "/streaks/0/milestones/1/at",
        ),
        (
            {"streaks": [{**STREAK, "milestones": [{"at": 2, "badge": "x"}]}]},
            "/streaks/0/milestones/0/badge",
        ),
        ({"streaks": [{**WINS, "reset_on": ["won"]}]}, "/streaks/0/reset_on/0"),
        ({"streaks": [{**WINS, "event_types": ["won"]}]}, "/streaks/0/event_types"),
        ({"evolution": {"stages": [{"stage": 2}]}}, "/evolution/stages/0/stage"),
        ({"evolution": {"stages": [{"stage": 1}, {"stage": 3}]}}, "/evolution/stages/1/stage"),
        (
            {"evolution": {"stages": [{"stage": 1, "conditions": [{"type": "stage", "gte": 1}]}]}},
            "/evolution/stages/0/conditions",
        ),
        (
            {"evolution": {"stages": [{"stage": n} for n in range(1, 7)]}},
            "/evolution/stages",
        ),
        (
            {"match_mapping": [{"key": "m", "event_type": "dance", "who": "won"}]},
            "/match_mapping/0/event_type",
        ),
        ({"unknown_events": "reject"}, "/match_mapping"),
        (when({"type": "weather"}), "/token_rules/0/when"),
        (when({}), "/token_rules/0/when"),
        (when(5), "/token_rules/0/when"),
        (when({"type": "stage"}), "/token_rules/0/when"),
        (when({"type": "stage", "gte": -1}), "/token_rules/0/when/gte"),
        (when({"type": "stage", "gte": 1, "gt": 1}), "/token_rules/0/when/gt"),
        (when({"type": "property", "property": "", "eq": 1}), "/token_rules/0/when/property"),
        (when({"type": "property", "property": "p"}), "/token_rules/0/when"),
        (when({"type": "property", "property": "p", "in": []}), "/token_rules/0/when/in"),
        (
            when({"type": "event_count", "event_type": "x", "gte": 1}),
            "/token_rules/0/when/event_type",
        ),
        (when({"type": "token_balance", "token": "x", "gte": 1}), "/token_rules/0/when/token"),
        (when({"type": "skill_level", "skill": "x", "gte": 1}), "/token_rules/0/when/skill"),
        (when({"type": "streak", "streak": "x", "gte": 1}), "/token_rules/0/when/streak"),
        (when({"type": "badge", "badge": "x"}), "/token_rules/0/when/badge"),
        (when({"type": "all", "conditions": []}), "/token_rules/0/when/conditions"),
        (
            when({"type": "any", "conditions": [{"type": "not", "condition": {"type": "badge"}}]}),
            "/token_rules/0/when/conditions/0/condition/badge",
        ),
    ],
)
def test_a_fault_is_found_at_its_place(sections: dict[str, Any], pointer: str) -> None:
    faults = validate(document(**sections))
    assert pointer in [fault.pointer for fault in faults]
    assert all(fault.message for fault in faults)


def test_a_document_with_two_hundred_faults_reports_two_hundred() -> None:
    shapes = [rule(key=f"shape{n}", amount=0) for n in range(100)]
    references = [rule(key=f"reference{n}", token=f"missing{n}") for n in range(100)]
    faults = validate(document(token_rules=[*shapes, *references]))
    assert [fault.pointer for fault in faults] == [
        *(f"/token_rules/{n}/amount" for n in range(100)),
        *(f"/token_rules/{n}/token" for n in range(100, 200)),
    ]


def test_a_counter_may_name_what_is_never_declared_unless_that_is_rejected() -> None:
    sections = when({"type": "counter", "counter": "dance", "gte": 1})
    assert validate(document(**sections)) == []
    faults = validate(document(**sections, unknown_events="reject", match_mapping=[]))
    assert [fault.pointer for fault in faults] == ["/token_rules/0/when/counter"]


def test_a_pointer_escapes_what_a_pointer_must_escape() -> None:
    faults = validate({"a/b~c": 1})
    assert [fault.pointer for fault in faults] == ["/a~1b~0c"]


def test_a_document_nested_without_end_is_one_fault() -> None:
    condition: dict[str, Any] = {"type": "stage", "gte": 1}
    for _ in range(20_000):
        condition = {"type": "not", "condition": condition}
    faults = validate(document(**when(condition)))
    assert len(faults) == 1
    assert "deeper" in faults[0].message


@pytest.mark.parametrize("value", [None, [], "text", 5, {}])
def test_only_an_object_is_a_document_and_an_empty_one_is_valid(value: Any) -> None:
    assert (validate(value) == []) is (value == {})


def test_defaults_fill_what_is_left_out() -> None:
    empty = compile({})
    assert empty.audiences == ("default",)
    assert (empty.primary_token, empty.progression_token) == (None, None)
    assert [each.event_type for each in empty.match_mapping] == [
        "match_completed",
        "match_won",
        "match_lost",
        "match_drawn",
        "match_left",
    ]
    tokens = [
        {"key": "a", "kind": "primary"},
        {"key": "b", "kind": "primary", "default": True},
        {"key": "c", "kind": "progression"},
    ]
    chosen = compile({"tokens": tokens, "audiences": [{"key": "kids"}]})
    assert (chosen.primary_token, chosen.progression_token) == ("b", "c")
    assert chosen.audiences == ("kids",)


def test_the_schema_of_a_document_is_json() -> None:
    schema = json.dumps(ConfigDocument.model_json_schema(by_alias=True))
    assert "event_count" in schema


@given(documents())
def test_generated_documents_are_valid(whole: dict[str, Any]) -> None:
    assert validate(whole) == []
    assert validate(json.loads(json.dumps(whole))) == []


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["key"])
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=6,
)


@st.composite
def broken_documents(draw: st.DrawFn) -> Any:
    """A valid document in which any one value, however deep, became any other."""
    whole = draw(documents())
    node: Any = whole
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return whole
        place = draw(st.sampled_from(places))
        deeper = isinstance(node[place], dict | list) and draw(st.integers(0, 3)) > 0
        if not deeper:
            node[place] = draw(JSON)
            return whole
        node[place] = node[place].copy()
        node = node[place]


@given(broken_documents())
def test_whatever_is_broken_is_a_fault_or_compiles(whole: Any) -> None:
    if not validate(whole):
        compile(whole)


@given(JSON)
def test_anything_at_all_can_be_validated(value: Any) -> None:
    assert isinstance(validate(value), list)
    for section in ("tokens", "token_rules", "badges", "streaks", "evolution", "match_mapping"):
        assert isinstance(validate({section: value}), list)
        assert isinstance(validate({section: [value]}), list)
