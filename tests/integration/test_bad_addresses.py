"""Paths, ids and queries that make no sense, on every route: the envelope, nothing written."""

from typing import Any

import httpx
import pytest

from app.kit.db import Database
from tests import rows, surface
from tests.factories import Api
from tests.good_bodies import UNKNOWN_UUID
from tests.surface import Call, Caller, cursor_of, fault_at, fault_of, faults

NAMED_BY_CALLERS = {
    "event_id",
    "gate_key",
    "key",
    "match_id",
    "user_id",
    "path_key",
    "step_key",
    "sub_step_key",
    "board_key",
}
# A user needs no registering: asked after, one who sent nothing is empty; changed, one is made.
MADE_BY_NAME = {"GET /users/{user_id}", "PATCH /users/{user_id}", "GET /users/{user_id}/summary"}


@pytest.mark.usefixtures("nothing_written")
async def test_an_id_of_nobody_is_not_found(calls: list[Call], send: Caller) -> None:
    wrong = {}
    for call in calls:
        if call.id in MADE_BY_NAME:
            continue
        for name in call.params:
            unknown = "no-such" if name in NAMED_BY_CALLERS else UNKNOWN_UUID
            if call.access[0] == "secret":
                answer = await send(call, call.body, ids={name: unknown})
                wrong[f"{call.id} {name}"] = fault_of(answer, 404, "resource_not_found")
    assert len(wrong) > 25
    assert faults(wrong) == {}


async def test_an_id_of_another_customer_is_not_found_either(
    calls: list[Call],
    send: Caller,
    api: Api,
    other_customer: dict[str, Any],
    database: Database,
) -> None:
    """It looks like an id of nobody, whatever the method: nothing can be probed for."""
    headers = {"Authorization": f"Bearer {other_customer['secret_key']}"}
    transport = httpx.ASGITransport(api.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        foreign = await surface.furnish(Api(client, api.app), other_customer["customer_id"])
    before = await rows.counts(database)
    wrong = {}
    for call in calls:
        for name in set(call.params) - NAMED_BY_CALLERS:
            assert foreign[name] != send.ids[name]
            answer = await send(call, call.body, ids={name: foreign[name]})
            wrong[f"{call.id} {name}"] = fault_of(answer, 404, "resource_not_found")
    assert len(wrong) > 20
    assert faults(wrong) == {}
    assert await rows.counts(database) == before


@pytest.mark.usefixtures("nothing_written")
async def test_an_ill_formed_id_in_a_path_is_refused(calls: list[Call], send: Caller) -> None:
    wrong = {}
    for text in (
        "nope",
        "%00",
        "%20",
        "%FF",
        "A" * 200,
        "%ED%A0%80",
        "..%2f",
        UNKNOWN_UUID + "%0A",
    ):
        for call in calls:
            for name in call.params:
                if name in NAMED_BY_CALLERS and text in ("nope", UNKNOWN_UUID):
                    continue
                answer = await send(call, call.body, ids={name: text})
                status = 404 if answer.status_code == 404 else 422
                wrong[f"{call.id} {name} {text[:40]}"] = fault_of(answer, status)
    assert faults(wrong) == {}


BAD_CURSORS = ('"nope"', '"\\u0000"', "18446744073709551615", "-1", "-1e999", "[]", "true", "")
BAD_QUERY = {
    "user_id": ["", "a b", "\0", "x" * 129],
    "buddy_id": ["", "nope", "\0"],
    "type": ["", "a b", "x" * 65],
    "audience": ["", "A", "x" * 33],
    "status": ["bogus", "", "\0"],
    "order": ["up", ""],
    "sort": ["bogus", "state"],
    "endpoint_id": ["nope", "\0"],
    "evolution_stage": ["0", "6", "x", "1.5"],
    "after": ["", "a b", "\0"],
    "query": ["", "\0", "x" * 129],
    "page": ["0", "-1", "x", "1e3", "9" * 40, "10001"],
    "limit": ["0", "201", "x", "9" * 40],
    "wait_ms": ["-1", "25001", "x"],
    "from": ["", "nope", "2026-02-30T00:00:00Z", "2026-02-03"],
    "to": ["", "nope", "2026-02-03T25:00:00Z"],
    "against": ["", "nope", "\0"],
    "token": ["", "A b", "x" * 65],
    "source": ["", "a b", "\0", "x" * 129],
    "prefix": ["", "a b", "\0", "x" * 129],
    "window": ["", "next"],
    "n": ["-1", "51", "x"],
    "cursor": ["garbage", "ä", "x" * 600, *map(cursor_of, BAD_CURSORS)],
}


@pytest.mark.usefixtures("nothing_written")
async def test_a_query_that_makes_no_sense_is_refused(calls: list[Call], send: Caller) -> None:
    wrong = {}
    for call in calls:
        for name in call.query:
            for text in BAD_QUERY[name]:
                answer = await send(call, call.body, params={name: text})
                at = "query.page" if (name, text) == ("page", "10001") else f"query.{name}"
                wrong[f"{call.id} {name}={text[:40]}"] = fault_at(answer, at)
    assert len(wrong) > 60
    assert faults(wrong) == {}


async def test_a_query_of_too_many_rows_says_to_filter(calls: list[Call], send: Caller) -> None:
    paged = [call for call in calls if {"page", "limit"} <= set(call.query)]
    for call in paged:
        answer = await send(call, params={"page": 51, "limit": 200})
        assert fault_at(answer, "query.page") is None
        assert "filter" in answer.text
    assert len(paged) >= 5


async def test_what_is_not_served_is_told_in_the_envelope(api: Api) -> None:
    wrong = {}
    for method, path, status, code in (
        ("GET", "/api/v1/nothing", 404, "route_not_found"),
        ("GET", "/", 404, "route_not_found"),
        ("GET", "/api/v1/leagues", 404, "route_not_found"),
        ("GET", "/api/v1/events/", 404, "route_not_found"),
        ("PUT", "/api/v1/events", 405, "method_not_allowed"),
        ("TRACE", "/api/v1/events", 405, "method_not_allowed"),
        ("GET", "/media/nobody/nothing.png", 422, "validation_failed"),
        ("GET", f"/media/{UNKNOWN_UUID}/{'0' * 64}.png", 404, "resource_not_found"),
        ("GET", f"/media/{UNKNOWN_UUID}/..%2fpasswd.png", 404, None),
    ):
        answer = await api.client.request(method, path)
        wrong[f"{method} {path}"] = fault_of(answer, status, code)
        assert (status == 405) == ("allow" in answer.headers)
    assert faults(wrong) == {}
