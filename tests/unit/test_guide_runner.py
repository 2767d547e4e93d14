"""What counts as alike when a snippet's output is compared with the page's."""

import pytest

from tests.guide import _alike_json, _alike_text


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("one\n", "one\n"),
        ("one … three", "one two three\n"),
        ("a\n…\nz", "a\nb\nc\nz\n"),
        ("a\n…\nz", "a\nz\n"),
    ],
)
def test_text_that_fits(expected: str, said: str) -> None:
    assert _alike_text(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"), [("one", "two"), ("one", "one\ntwo"), ("a … c", "a b d"), ("a\n…", "b")]
)
def test_text_that_does_not(expected: str, said: str) -> None:
    assert not _alike_text(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ('{"a": 1, "…": "…"}', '{"a": 1, "b": 2}'),
        ('{"a": "…"}', '{"a": {"b": []}}'),
        ('["a", "…"]', '["a", "b", "c"]'),
        ('{"id": "evt_…"}', '{"id": "evt_1"}'),
    ],
)
def test_json_that_fits(expected: str, said: str) -> None:
    assert _alike_json(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"a": 1, "…": "…"}', '{"b": 2}'),
        ("[1]", "[1, 2]"),
        ("1", "x"),
    ],
)
def test_json_that_does_not(expected: str, said: str) -> None:
    assert not _alike_json(expected, said)
