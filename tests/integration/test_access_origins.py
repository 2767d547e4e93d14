"""Pages of other origins: what they may ask, and which answers their browsers show them."""

from typing import Any

import httpx
import pytest

from app.kit.cors import EXPOSED_HEADERS
from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.surface import Call, fault_of

HERE, ELSEWHERE = "https://app.example.com", "https://evil.example"
EXPOSED = {
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "Idempotency-Replayed",
    "ETag",
}


@pytest.fixture
async def bound(api: Api) -> dict[str, Any]:
    await api.send("e1", "match_won", "ann")
    return {"buddy_id": (await api.buddy_of("ann"))["id"], "user_id": "ann"}


async def _publishable(api: Api, *origins: str) -> str:
    wish: dict[str, Any] = {"label": "k", "kind": "publishable"}
    wish["scopes"] = ["read:buddies", "write:embed-tokens"]
    if origins:
        wish["allowed_origins"] = list(origins)
    secret: str = (await api.post("/api-keys", wish, status=201))["secret"]
    return secret


async def _from(
    api: Api, origin: str, credential: str, path: str, body: Any = None
) -> httpx.Response:
    """What a page of an origin would be answered."""
    headers = {"Origin": origin, "Authorization": f"Bearer {credential}"}
    return await api.call("GET" if body is None else "POST", path, json=body, headers=headers)


def _is_shown(answer: httpx.Response, origin: str) -> bool:
    """Whether the browser of a page shows it the answer; no answer may say more than that."""
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    assert allowed in (None, origin)
    assert ("Access-Control-Expose-Headers" in answer.headers) == (allowed is not None)
    return allowed is not None


@pytest.mark.parametrize("kind", ["publishable", "widget session", "embed token"])
async def test_a_credential_is_for_pages_of_its_origins(
    api: Api, bound: dict[str, Any], kind: str
) -> None:
    allowed = {"allowed_origins": [HERE, "http://localhost:3000"]}
    if kind == "publishable":
        credential = await _publishable(api, *allowed["allowed_origins"])
    elif kind == "widget session":
        wish = bound | allowed | {"scopes": ["read"]}
        credential = (await api.post("/widget-sessions", wish, status=201))["token"]
    else:
        credential = (await api.post("/embed-tokens", bound | allowed, status=201))["token"]
    path = f"/buddies/{bound['buddy_id']}"
    for origin in allowed["allowed_origins"]:
        answer = await _from(api, origin, credential, path)
        assert answer.status_code == 200
        assert _is_shown(answer, origin)
    for origin in (ELSEWHERE, "null", HERE + ".evil.example", HERE + ":8443", "http://localhost"):
        refused = await _from(api, origin, credential, path)
        assert fault_of(refused, 403, "forbidden") is None
        assert refused.json()["error"]["details"] == {"origin": origin}
        assert not _is_shown(refused, origin)
    without = await api.call("GET", path, headers={"Authorization": f"Bearer {credential}"})
    assert without.status_code == 200
    assert "Access-Control-Allow-Origin" not in without.headers


async def test_without_a_list_every_origin_is_named_and_never_a_wildcard(
    api: Api, bound: dict[str, Any]
) -> None:
    for origin in (HERE, ELSEWHERE):
        answer = await _from(api, origin, await _publishable(api), f"/buddies/{bound['buddy_id']}")
        assert answer.status_code == 200
        assert _is_shown(answer, origin)


async def test_nothing_happens_for_a_page_that_may_not(api: Api, bound: dict[str, Any]) -> None:
    """The refusal comes before the body is read: a page can't act and ignore the answer."""
    secret = await _publishable(api, HERE)
    refused = await _from(api, ELSEWHERE, secret, "/embed-tokens", bound | {"nonsense": 1})
    assert fault_of(refused, 403, "forbidden") is None


async def test_no_page_is_shown_what_a_secret_key_is_answered(
    api: Api, customer: dict[str, Any]
) -> None:
    answer = await _from(api, HERE, customer["secret_key"], "/gates")
    assert answer.status_code == 200
    assert not _is_shown(answer, HERE)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/gates", None, 403), ("/buddies/{buddy_id}", {}, 405), ("/embed-tokens", {}, 422)],
)
async def test_a_page_is_shown_why_it_was_refused(
    api: Api, bound: dict[str, Any], path: str, body: Any, status: int
) -> None:
    answer = await _from(api, HERE, await _publishable(api, HERE), path.format(**bound), body)
    assert answer.status_code == status
    assert _is_shown(answer, HERE)


async def test_a_page_is_shown_that_its_token_has_ended(api: Api) -> None:
    answer = await _from(api, HERE, "eyJ.over.x", "/gates")
    assert fault_of(answer, 401, "unauthorized") is None
    assert _is_shown(answer, HERE)


async def test_a_page_is_shown_a_fault_of_ours(
    api: Api, bound: dict[str, Any], database: Database
) -> None:
    secret = await _publishable(api, HERE)
    await rows.sql(database, "ALTER TABLE balance RENAME TO balance_gone")
    answer = await _from(api, HERE, secret, f"/buddies/{bound['buddy_id']}")
    assert fault_of(answer, 500, "internal_error") is None
    assert answer.headers["Access-Control-Allow-Origin"] == HERE


async def test_a_token_is_for_no_more_origins_than_the_key_that_mints_it(
    api: Api, bound: dict[str, Any]
) -> None:
    secret = await _publishable(api, HERE)
    wish = bound | {"allowed_origins": [HERE, ELSEWHERE]}
    refused = await _from(api, HERE, secret, "/embed-tokens", wish)
    assert fault_of(refused, 403, "forbidden") is None
    token = (await _from(api, HERE, secret, "/embed-tokens", bound)).json()["token"]
    path = f"/buddies/{bound['buddy_id']}"
    assert (await _from(api, HERE, token, path)).status_code == 200
    assert (await _from(api, ELSEWHERE, token, path)).status_code == 403


async def test_a_preflight_is_answered_on_every_route_without_a_credential(
    api: Api, calls: list[Call], furnished: dict[str, str]
) -> None:
    del api.client.headers["Authorization"]
    for call in calls:
        headers = {
            "Origin": HERE,
            "Access-Control-Request-Method": call.method.upper(),
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
        }
        answer = await api.client.options(call.at(furnished), headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == HERE
        assert call.method.upper() in answer.headers["Access-Control-Allow-Methods"].split(", ")
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"authorization", "content-type", "idempotency-key"} <= set(allowed)
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["X-Request-Id"]


async def test_options_without_an_origin_are_no_preflight(api: Api) -> None:
    answer = await api.call("OPTIONS", "/gates", headers={"Origin": HERE})
    assert fault_of(answer, 405, "method_not_allowed") is None


def test_the_headers_of_the_contract_are_exposed_by_name() -> None:
    assert set(EXPOSED_HEADERS.split(", ")) >= EXPOSED
    assert "*" not in EXPOSED_HEADERS
