"""Strict JSON in, exact JSON out."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import MalformedJson, ValidationFailed
from app.kit.wire import INTEGER_MAX, canonical, differences, dump, is_deeper, parse, pointer

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | TEXTS
SCALARS |= st.floats(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)


@given(DOCUMENTS)
def test_what_may_be_said_is_read_as_it_was_meant(document: Any) -> None:
    assert parse(json.dumps(document).encode()) == document
    assert parse(dump(document)) == document


@given(DOCUMENTS, st.sampled_from(["\0", "\ud800", "\udfff", 2**53, -(2**53), 2**64, -(2**70)]))
def test_one_forbidden_value_anywhere_is_found(document: Any, forbidden: Any) -> None:
    for hidden in ([document, forbidden], {"a": {"b": forbidden, "c": document}}, [[[forbidden]]]):
        with pytest.raises(ValidationFailed):
            parse(json.dumps(hidden).encode())


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (b'{"a": "\\u0000"}', ["/a"]),
        (b'{"a": ["x", {"b/c": "\\uD800"}]}', ["/a/1/b~1c"]),
        (b'{"a": 9007199254740992, "b": [-9007199254740992]}', ["/a", "/b/0"]),
        (b'{"a": 1e999}', ["/a"]),
        (b'"\\udead"', [""]),
        (b"9007199254740992", [""]),
        (b"[ 9007199254740992]", ["/0"]),
        (b"[1,\n9007199254740992]", ["/1"]),
    ],
)
def test_every_forbidden_value_is_named(body: bytes, paths: list[str]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        parse(body)
    assert [field["path"] for field in (refused.value.details or {})["fields"]] == paths


@pytest.mark.parametrize(
    "body",
    [
        b"9007199254740991",
        b"-9007199254740991",
        b'"\\ud83e\\udd96"',
        b'"\\\\u0000"',
        b"1.7976931348623157e308",
        b"0.1234567890123456789",
        b'["9007199254740992"]',
    ],
)
def test_what_only_looks_forbidden_is_taken(body: bytes) -> None:
    assert parse(body) == json.loads(body)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"nul", b'{"a"}', b"\xff", b'"\xed\xa0\x80"', b"[1] [2]", b"'a'"]
)
def test_what_is_no_json_says_where(body: bytes) -> None:
    with pytest.raises(MalformedJson) as refused:
        parse(body)
    assert 0 <= (refused.value.details or {})["position"] <= len(body)


@pytest.mark.parametrize("depth", [900, 1010, 5000, 500_000])
def test_no_depth_is_a_fault_of_ours(depth: int) -> None:
    """What is read comes back for its field to judge; the rest is refused, whatever is inside."""
    for inner in (b'"\\u0000"', b"9007199254740992"):
        with pytest.raises((MalformedJson, ValidationFailed)):
            parse(b"[" * depth + inner + b"]" * depth)
    with suppress(MalformedJson):
        assert is_deeper(parse(b"[" * depth + b"1" + b"]" * depth), 64)


@given(st.integers(0, 40), st.integers(0, 40))
def test_depth_is_counted_in_containers(depth: int, most: int) -> None:
    value: Any = 1
    for level in range(depth):
        value = {"a": value} if level % 2 else [0, value]
    assert is_deeper(value, most) is (depth > most)


@given(DOCUMENTS, DOCUMENTS)
def test_documents_differ_exactly_where_their_canonical_texts_do(one: Any, other: Any) -> None:
    named = list(differences(one, other))
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (named == []) is same
    assert list(differences(one, one)) == []


@given(st.dictionaries(TEXTS, SCALARS, max_size=5))
def test_the_order_of_members_means_nothing(document: dict[str, Any]) -> None:
    assert canonical(document) == canonical(dict(reversed(list(document.items()))))


def test_a_difference_is_named_by_its_pointer() -> None:
    one = {"a": {"b": 1, "c~/d": [1]}, "only": 1}
    other = {"a": {"b": True, "c~/d": [2]}, "new": None}
    assert list(differences(one, other)) == ["/a/b", "/a/c~0~1d", "/new", "/only"]
    assert pointer(()) == ""
    assert pointer(("a/b", 0, "~")) == "/a~1b/0/~0"
