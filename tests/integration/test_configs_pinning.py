"""A buddy is changed only under the rules that its changer expects."""

from typing import Any

import pytest

from tests.factories import Api
from tests.good_bodies import UNKNOWN_UUID

EARN = {"amount": 5, "reason": "why"}
HEADER = "X-Expected-Config-Version"


async def _buddy(api: Api) -> Any:
    await api.send("e-1", "match_won")
    return await api.buddy_of("ann")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"name": "Rex"}),
        ("POST", "/coins", EARN),
        ("POST", "/tokens", EARN),
        ("POST", "/coins/spend", EARN),
        ("POST", "/badges", {"badge_key": "fair-play"}),
        ("POST", "/archive", None),
        ("POST", "/gates/g-1/unlock", None),
    ],
)
async def test_a_change_that_expects_other_rules_is_refused_and_changes_nothing(
    api: Api, method: str, path: str, body: Any
) -> None:
    await api.post("/gates", {"gate_key": "g-1", "token_key": "coins", "cost": 1}, status=201)
    buddy = await _buddy(api)
    url = f"/buddies/{buddy['id']}{path}"
    answer = await api.call(method, url, json=body, headers={HEADER: UNKNOWN_UUID})
    assert answer.status_code == 409, answer.text
    error = answer.json()["error"]
    assert error["code"] == "config_version_mismatch"
    assert error["details"] == {"expected": UNKNOWN_UUID, "actual": buddy["config_version_id"]}
    assert await api.get(f"/buddies/{buddy['id']}") == buddy
    fitting = {HEADER: buddy["config_version_id"]}
    answer = await api.call(method, url, json=body, headers=fitting)
    assert answer.is_success, answer.text


async def test_an_unknown_buddy_is_not_found_whatever_rules_are_expected(api: Api) -> None:
    url = f"/buddies/{UNKNOWN_UUID}"
    answer = await api.call("PATCH", url, json={"name": "Rex"}, headers={HEADER: UNKNOWN_UUID})
    assert answer.status_code == 404


@pytest.mark.parametrize("value", ["", "latest", "0", UNKNOWN_UUID.upper() + "A"])
async def test_an_expected_version_that_is_no_id_is_refused(api: Api, value: str) -> None:
    buddy = await _buddy(api)
    url = f"/buddies/{buddy['id']}"
    answer = await api.call("PATCH", url, json={"name": "Rex"}, headers={HEADER: value})
    assert answer.status_code == 422
    [field] = answer.json()["error"]["details"]["fields"]
    assert field["path"] == "header.x-expected-config-version"


async def test_every_change_of_a_buddy_says_in_openapi_that_it_takes_the_header(api: Api) -> None:
    openapi = await api.get("/openapi.json")
    silent = [
        f"{method} {path}"
        for path, operations in openapi["paths"].items()
        for method, operation in operations.items()
        if "{buddy_id}" in path and method != "get"
        if HEADER not in [each["name"] for each in operation["parameters"]]
    ]
    assert silent == []
