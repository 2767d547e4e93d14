"""What one config has that another has not."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.differences import Change, ChangeKind, diff
from tests.unit.engine_support import documents


def found(before: Any, after: Any) -> list[tuple[str, str, Any, Any]]:
    return [(each.pointer, str(each.kind), each.before, each.after) for each in diff(before, after)]


RULE = {"key": "win", "amount": 5, "caps": {"daily": 50}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("/a", "changed", 1, 2)]),
        ({"a": 1}, {"a": True}, [("/a", "changed", 1, True)]),
        ({"a": 1}, {}, [("/a", "removed", 1, None)]),
        ({}, {"a": 1}, [("/a", "added", None, 1)]),
        ({"a": None}, {}, [("/a", "removed", None, None)]),
        ({"a/b~c": 1}, {}, [("/a~1b~0c", "removed", 1, None)]),
        (
            {"token_rules": [{"key": "first"}, RULE]},
            {"token_rules": [{**RULE, "amount": 7}, {"key": "new"}]},
            [
                ("/token_rules/first", "removed", {"key": "first"}, None),
                ("/token_rules/win/amount", "changed", 5, 7),
                ("/token_rules/new", "added", None, {"key": "new"}),
            ],
        ),
        (
            {"token_rules": [{"key": "a"}, {"key": "b"}, {"key": "c"}]},
            {"token_rules": [{"key": "b"}, {"key": "a"}]},
            [
                ("/token_rules/c", "removed", {"key": "c"}, None),
                ("/token_rules", "changed", ["a", "b"], ["b", "a"]),
            ],
        ),
        (
            {"items": [{"item_id": "hat", "price": [{"token": "coins", "amount": 1}]}]},
            {"items": [{"item_id": "hat", "price": [{"token": "coins", "amount": 2}]}]},
            [("/items/hat/price/coins/amount", "changed", 1, 2)],
        ),
        (
            {"evolution": {"stages": [{"stage": 1}, {"stage": 2, "label": "x"}]}},
            {"evolution": {"stages": [{"stage": 1}, {"stage": 2, "label": "y"}]}},
            [("/evolution/stages/2/label", "changed", "x", "y")],
        ),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("/a", "changed", [1, 2], [2, 1])]),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}]}, [("/a", "changed", [{"x": 1}], [{"x": 2}])]),
        (
            {"a": [{"key": "k"}, {"key": "k"}]},
            {"a": [{"key": "k"}]},
            [("/a", "changed", [{"key": "k"}, {"key": "k"}], [{"key": "k"}])],
        ),
        ({"a": []}, {"a": [{"key": "k"}]}, [("/a/k", "added", None, {"key": "k"})]),
        ({"a": {"b": 1}}, {"a": [1]}, [("/a", "changed", {"b": 1}, [1])]),
        ([], {}, [("", "changed", [], {})]),
    ],
)
def test_a_difference_is_told_where_it_is(
    before: Any, after: Any, expected: list[tuple[str, str, Any, Any]]
) -> None:
    assert found(before, after) == expected


@given(documents(), documents())
def test_differences_are_none_with_oneself_and_opposite_the_other_way(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert diff(one, copy.deepcopy(one)) == []
    assert diff(one, json.loads(json.dumps(one))) == []
    opposite = {
        ChangeKind.ADDED: ChangeKind.REMOVED,
        ChangeKind.REMOVED: ChangeKind.ADDED,
        ChangeKind.CHANGED: ChangeKind.CHANGED,
    }
    there, back = diff(one, other), diff(other, one)
    turned = [Change(each.pointer, opposite[each.kind], each.after, each.before) for each in back]
    assert sorted(map(repr, there)) == sorted(map(repr, turned))


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(st.one_of(st.text(), st.sampled_from(["key", "at", "stage"])), inner),
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_anything_at_all_can_be_compared(one: Any, other: Any) -> None:
    assert diff(one, one) == []
    assert isinstance(diff(one, other), list)
