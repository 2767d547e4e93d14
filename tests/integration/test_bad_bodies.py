"""Bodies that are not as they should be: the envelope with the field's path, nothing written.

Each test walks over all routes of the served OpenAPI and names every one that answers otherwise.
"""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.factories import Api
from tests.good_bodies import GOOD, PLAYED, UNKNOWN_UUID
from tests.surface import MUTATING, Call, Caller, fault_at, fault_of, faults

KIB = 1024
FREE = ("properties", "metadata", "room_config", "document")
pytestmark = pytest.mark.usefixtures("nothing_written")


def test_the_table_of_good_requests_covers_every_route_and_field(bodies: list[Call]) -> None:
    assert {call.id for call in bodies} == GOOD.keys()
    left_out = {call.id: set(call.fields or ()) - call.good.keys() for call in bodies}
    either_or = {
        "POST /matches": {"open"},
        "POST /matches/{match_id}/result": {"started_at"},
        "POST /buddies/migrate": {"buddy_id", "audience"},
        "POST /config-versions/{version_id}/dry-run": {"events"},
    }
    assert {id_: names for id_, names in left_out.items() if names} == either_or


async def test_an_unknown_field_is_named(bodies: list[Call], send: Caller) -> None:
    wrong = {}
    for call in bodies:
        answer = await send(call, call.good | {"unknown_Field": 1})
        wrong[call.id] = fault_at(answer, "/unknown_Field")
    assert faults(wrong) == {}


async def test_a_required_field_that_is_missing_is_named(bodies: list[Call], send: Caller) -> None:
    wrong = {}
    for call in bodies:
        for name in call.required:
            body = {key: value for key, value in call.good.items() if key != name}
            wrong[f"{call.id} {name}"] = fault_at(await send(call, body), f"/{name}")
    assert len(wrong) > 15
    assert faults(wrong) == {}


def _other_type(value: Any) -> Any:
    if isinstance(value, bool):
        return "true"
    if isinstance(value, str):
        return 7
    if isinstance(value, int):
        return str(value)
    return {"a": 1} if isinstance(value, list) else [1]


@pytest.mark.parametrize(
    ("kind", "spoil", "applies"),
    [
        ("a value of another type", _other_type, object),
        ("a fraction", lambda value: 1.5, (str, int)),
        ("an over-long text", lambda value: "x" * 5000, str),
        ("U+0000", lambda value: "a\0b", str),
        ("a lone high surrogate", lambda value: "a\ud800b", str),
        ("a lone low surrogate", lambda value: "\udfff", str),
        ("a number past 2^53", lambda value: 2**53, int),
        ("a number past 2^64", lambda value: 2**70, int),
        ("a negative number past -2^53", lambda value: -(2**53), int),
    ],
)
async def test_a_field_that_is_not_as_it_should_be_is_named(
    bodies: list[Call], send: Caller, kind: str, spoil: Callable[[Any], Any], applies: Any
) -> None:
    wrong = {}
    for call in bodies:
        for name, value in call.good.items():
            if isinstance(value, applies) and not (applies is int and isinstance(value, bool)):
                answer = await send(call, call.good | {name: spoil(value)})
                wrong[f"{call.id} {name}"] = fault_at(answer, f"/{name}")
    assert len(wrong) > 3
    assert faults(wrong) == {}


def _nested(depth: int) -> str:
    """A JSON object with `depth` more containers inside."""
    opened = "".join('{"a":' if level % 2 else "[" for level in range(depth))
    closed = "".join("}" if level % 2 else "]" for level in reversed(range(depth)))
    return f'{{"a":{opened}1{closed}}}'


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("U+0000 deep inside", '{"a": [{"b": "x\\u0000"}]}'),
        ("U+0000 in a name", '{"a": {"b\\u0000": 1}}'),
        ("a surrogate in a name", '{"a": {"\\ud800": 1}}'),
        ("a number past 2^53 deep inside", f'{{"a": [[{2**53}]]}}'),
        ("a number past 2^53 below zero", f'{{"a": [[-{2**53}]]}}'),
        ("too deep", _nested(100)),
        ("deeper than a JSON writer goes", _nested(300)),
        ("deeper than the interpreter goes", _nested(1010)),
        ("deep, and with U+0000", _nested(900).replace("1", '"\\u0000"')),
    ],
)
async def test_free_documents_are_no_hiding_place(
    bodies: list[Call], send: Caller, kind: str, content: str
) -> None:
    wrong = {}
    for call in bodies:
        for name in set(FREE) & call.good.keys():
            text = json.dumps(call.good | {name: "@"}).replace('"@"', content)
            answer = await send.raw(call, text.encode())
            if answer.status_code == 400:
                wrong[f"{call.id} {name}"] = fault_of(answer, 400, "malformed_json")
            else:
                wrong[f"{call.id} {name}"] = fault_at(answer, f"/{name}")
    assert len(wrong) >= 6
    assert faults(wrong) == {}


async def test_free_documents_are_bounded(bodies: list[Call], send: Caller) -> None:
    wrong = {}
    for content in (_nested(16), json.dumps({"a": "x" * 17 * KIB}), json.dumps({"a": "€" * 6000})):
        for call in bodies:
            for name in {"properties", "metadata", "room_config"} & call.good.keys():
                text = json.dumps(call.good | {name: "@"}).replace('"@"', content)
                answer = await send.raw(call, text.encode())
                wrong[f"{call.id} {name} {content[:9]}"] = fault_at(answer, f"/{name}")
    assert len(wrong) >= 15
    assert faults(wrong) == {}


async def test_what_is_no_finite_number_is_refused(bodies: list[Call], send: Caller) -> None:
    wrong = {}
    for literal in ("1e400", "-1e999", "NaN", "Infinity", "-Infinity", "01", "1."):
        for call in bodies:
            text = json.dumps(call.good | {"extra": "@"}).replace('"@"', literal)
            answer = await send.raw(call, text.encode())
            status = 400 if answer.status_code == 400 else 422
            wrong[f"{call.id} {literal}"] = fault_of(answer, status)
    assert faults(wrong) == {}


NO_JSON = (b"{", b'{"a":1,}', b"{'a':1}", b"nope", b'{"a":1} x', b'"\\ud800', b"\0", b"[" * 100_000)
NO_UTF8 = (b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82")


async def test_what_is_no_json_is_refused_with_the_place(bodies: list[Call], send: Caller) -> None:
    wrong = {}
    for content in (*NO_JSON, *(b'{"name": "' + text + b'"}' for text in NO_UTF8)):
        for call in bodies:
            answer = await send.raw(call, content)
            fault = fault_of(answer, 400, "malformed_json")
            if fault is None and "position" not in answer.json()["error"]["details"]:
                fault = "no position"
            wrong[f"{call.id} {content[:20]!r}"] = fault
    assert faults(wrong) == {}


async def test_a_body_must_be_an_object(bodies: list[Call], send: Caller) -> None:
    wrong = {}
    for content in (b"[]", b"null", b'"text"', b"1", b"true", b""):
        for call in bodies:
            answer = await send.raw(call, content)
            wrong[f"{call.id} {content!r}"] = fault_of(answer, 422, "validation_failed")
    assert faults(wrong) == {}


async def test_a_body_where_none_is_taken_must_be_empty(calls: list[Call], send: Caller) -> None:
    """What would be ignored is refused: the caller means something by it."""
    wrong = {}
    for call in calls:
        if call.fields is None and call.method in MUTATING:
            unknown = {name: UNKNOWN_UUID for name in call.params if name.endswith("_id")}
            answer = await send(call, {"amount": 1}, ids=unknown)
            wrong[call.id] = fault_at(answer, "/amount")
            wrong[call.id + " {"] = fault_of(await send.raw(call, b"{"), 400, "malformed_json")
    assert len(wrong) > 10
    assert faults(wrong) == {}


async def test_another_content_type_is_refused_before_the_body_is_read(
    bodies: list[Call], send: Caller
) -> None:
    wrong = {}
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "text/json"):
        for call in bodies:
            answer = await send(call, content=b"{", headers={"Content-Type": kind})
            wrong[f"{call.id} {kind}"] = fault_of(answer, 415, "unsupported_media_type")
    assert faults(wrong) == {}


@pytest.mark.parametrize("is_announced", [True, False])
async def test_two_mebibytes_are_too_many(
    bodies: list[Call], send: Caller, is_announced: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b" " * 64 * KIB

    wrong = {}
    for call in bodies:
        content = b" " * 2048 * KIB if is_announced else pieces()
        wrong[call.id] = fault_of(await send.raw(call, content), 413, "payload_too_large")
    assert faults(wrong) == {}


async def test_a_batch_holds_one_to_five_hundred_events(api: Api) -> None:
    for count in (0, 501):
        events = [PLAYED | {"event_id": f"e{n}"} for n in range(count)]
        answer = await api.call("POST", "/events/batch", json={"events": events})
        assert fault_at(answer, "/events") is None


async def test_one_ill_formed_event_refuses_the_batch_and_every_fault_is_listed(api: Api) -> None:
    events = [PLAYED, PLAYED | {"user_id": "a b", "type": ""}, {"event_id": "e"}]
    answer = await api.call("POST", "/events/batch", json={"events": events})
    assert fault_of(answer, 422, "validation_failed") is None
    paths = {field["path"] for field in answer.json()["error"]["details"]["fields"]}
    assert paths == {
        "/events/1/user_id",
        "/events/1/type",
        "/events/2/user_id",
        "/events/2/type",
    }


BAD_IDS = ("", "a b", "ä", "a/b", "a\n", "\ta", "x" * 129, "a\u2028", "a,b", "a%b")
BAD_TIMES = """
2026-01-02|2026-01-02 03:04:05Z|2026-01-02T03:04:05|2026-01-02T03:04:05+25:00|20260102T030405Z
2026-13-02T03:04:05Z|2026-02-30T03:04:05Z|2026-W01-1T03:04:05Z|2026-01-02T03Z|1767323045|now
0001-01-01T00:00:00+23:59|9999-12-31T23:59:59-23:59|0000-01-01T00:00:00Z|2026-01-02T24:00:01Z
""".replace("\n", "|").split("|")


async def test_ids_and_times_have_one_form(api: Api) -> None:
    wrong = {}
    bad = {"event_id": BAD_IDS, "user_id": BAD_IDS, "occurred_at": BAD_TIMES}
    for name, texts in bad.items():
        for text in texts:
            answer = await api.call("POST", "/events", json=PLAYED | {name: text})
            wrong[f"{name} {text!r}"] = fault_at(answer, f"/{name}")
    assert faults(wrong) == {}
