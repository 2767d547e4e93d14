"""Both clients make a call the same way: guarded, retried, timed, and read."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app import sdk
from app.sdk import HatchedClient
from app.sdk.errors import BY_CODE
from app.sdk.results import RateLimitInfo
from tests.sdk_support import (
    BASE,
    EGG,
    KEY,
    PUBLISHABLE,
    Network,
    answer,
    create,
    get,
    operation,
    refusal,
)

BOTH = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "awaited"])
LEFT = {
    "X_RateLimit_Limit": "100",
    "X_RateLimit_Remaining": "99",
    "X_RateLimit_Reset": "1800000000",
}


@BOTH
def test_a_call_is_sent_and_its_answer_read(is_async: bool) -> None:
    network = Network(answer(201, EGG, X_Request_Id="req-9", **LEFT))
    egg = network.run(is_async, create)
    assert (egg.egg_id, egg.status, egg.buddy_id) == ("e", "waiting", None)
    assert egg.created_at == datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    [request] = network.requests
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/eggs")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content) == {"user_id": "ann"}
    assert network.keys[0]


@BOTH
def test_fields_of_a_newer_server_do_no_harm(is_async: bool) -> None:
    newer = EGG | {"status": "boiled", "colour": "red"}
    assert Network(answer(200, newer)).run(is_async, get).status == "boiled"


def test_the_last_answer_tells_the_limits_and_its_request_id() -> None:
    network = Network(
        answer(200, EGG, X_Request_Id="r-1", **LEFT),
        refusal(429, "rate_limited", Retry_After="31", X_Request_Id="r-2", **LEFT),
        answer(200, EGG),
    )
    client = network.client()
    assert client.get_rate_limit_info() is None
    assert client.get_last_request_id() is None
    client.eggs.get("e")
    first = RateLimitInfo(limit=100, remaining=99, reset=1_800_000_000)
    assert (client.get_rate_limit_info(), client.get_last_request_id()) == (first, "r-1")
    with pytest.raises(sdk.RateLimitError):
        client.eggs.get("e")
    refused = client.get_rate_limit_info()
    assert refused is not None
    assert (refused.retry_after, client.get_last_request_id()) == (31.0, "r-2")
    client.eggs.get("e")
    assert (client.get_rate_limit_info(), client.get_last_request_id()) == (refused, "r-2")


@BOTH
def test_a_publishable_key_is_guarded_before_anything_is_sent(is_async: bool) -> None:
    network = Network()
    with pytest.raises(sdk.PublishableKeyScopeError) as refused:
        network.run(is_async, create, publishable_key=PUBLISHABLE)
    assert (refused.value.status, refused.value.code) == (403, "publishable_key_scope")
    assert network.requests == []


@BOTH
def test_a_publishable_key_may_look(is_async: bool) -> None:
    network = Network(operation("completed"))
    found = network.run(is_async, lambda c: c.operations.wait("o"), publishable_key=PUBLISHABLE)
    assert found.status == "completed"


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"api_key": ""},
        {"api_key": KEY, "publishable_key": PUBLISHABLE},
        {"api_key": PUBLISHABLE},
        {"publishable_key": KEY},
        {"api_key": KEY + "\n"},
        {"api_key": KEY, "base_url": "api.test"},
        {"api_key": KEY, "base_url": "ftp://api.test"},
    ],
)
def test_a_client_is_not_made_of_nonsense(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"key|base_url"):
        HatchedClient(**keys)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["http://api.test", "http://api.test/", BASE, BASE + "/"])
def test_the_base_path_may_be_left_out(given: str) -> None:
    network = Network(answer(200, EGG))
    network.client(base_url=given).eggs.get("e")
    assert str(network.requests[0].url) == f"{BASE}/eggs/e"


@pytest.mark.parametrize(
    ("user_id", "path"), [("a/b?c", "a%2Fb%3Fc"), ("..", "%2E%2E"), ("a.b", "a.b"), ("ü", "%C3%BC")]
)
def test_ids_stay_in_their_place_in_the_path(user_id: str, path: str) -> None:
    network = Network(answer(404))
    with pytest.raises(sdk.NotFoundError):
        network.client().buddies.get_user_summary(user_id)
    assert network.requests[0].url.raw_path == f"/api/v1/users/{path}/summary".encode()


def test_an_empty_id_is_refused_here() -> None:
    with pytest.raises(ValueError, match="egg_id"):
        Network().client().eggs.get("")


def test_instants_are_sent_in_utc_and_need_a_zone() -> None:
    network = Network(answer(200, {}))
    at = datetime.fromisoformat("2026-01-02T04:04:05+01:00")
    client = network.client()
    client.events.send(event_id="e", user_id="ann", type="t", occurred_at=at, properties={"a": 1})
    sent = json.loads(network.requests[0].content)
    assert sent["occurred_at"] == "2026-01-02T03:04:05.000Z"
    for wrong in ({"occurred_at": datetime(2026, 1, 2)}, {"properties": {"x": float("nan")}}):
        with pytest.raises(ValueError, match=r"time zone|JSON"):
            client.events.send(event_id="e", user_id="ann", type="t", **wrong)
    with pytest.raises(TypeError):
        client.events.send(event_id="e", user_id="ann", type="t", properties={"x": object()})


def test_a_key_of_the_callers_own_is_used() -> None:
    network = Network(refusal(500, "internal_error"), refusal(404, "resource_not_found"))
    with pytest.raises(sdk.NotFoundError):
        network.client().buddies.earn("b", amount=1, reason="why", idempotency_key="row-1")
    assert network.keys == ["row-1", "row-1"]
    assert json.loads(network.requests[0].content) == {"amount": 1, "reason": "why"}


@pytest.mark.parametrize(("code", "kind"), BY_CODE.items())
def test_codes_have_their_classes(code: str, kind: type[sdk.HatchedError]) -> None:
    with pytest.raises(kind) as refused:
        Network(refusal(400, code, {"a": 1})).client().eggs.get("e")
    found = refused.value
    assert type(found) is kind
    assert (found.status, found.code, found.details, found.request_id) == (
        400,
        code,
        {"a": 1},
        "req-1",
    )
    assert "req-1" in str(found)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "new_code", sdk.UnauthorizedError),
        (403, "new_code", sdk.ForbiddenError),
        (404, "route_not_found", sdk.NotFoundError),
        (409, "active_egg_limit", sdk.ConflictError),
        (409, "config_version_mismatch", sdk.ConflictError),
        (422, "progression_not_spendable", sdk.ValidationError),
        (403, "plan_feature_locked", sdk.AuthError),
        (413, "payload_too_large", sdk.HatchedError),
    ],
)
def test_other_codes_have_their_statuses_classes(
    status: int, code: str, kind: type[sdk.HatchedError]
) -> None:
    with pytest.raises(kind):
        Network(refusal(status, code)).client().eggs.get("e")


def test_a_validation_error_lists_its_fields() -> None:
    fields = [{"path": "/amount", "message": "must be at least 1"}]
    with pytest.raises(sdk.ValidationError) as refused:
        Network(refusal(422, "validation_failed", {"fields": fields})).client().eggs.get("e")
    assert refused.value.fields == fields


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error": "no"}', b""])
def test_a_refusal_by_something_else_is_an_error_all_the_same(body: bytes) -> None:
    with pytest.raises(sdk.HatchedError) as refused:
        Network(httpx.Response(400, content=body)).client().eggs.get("e")
    assert refused.value.code == "http_400"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b""])
def test_an_answer_of_another_shape_is_an_error(body: bytes) -> None:
    with pytest.raises(sdk.UnexpectedAnswerError, match=r"eggs|Eggs"):
        Network(httpx.Response(200, content=body)).client().eggs.get("e")


def test_bad_health_is_an_answer() -> None:
    ill = {"status": "unavailable", "database": "unavailable", "version": "1"}
    assert Network(answer(503, ill)).client().health().status == "unavailable"


def test_the_sdk_works_alone_under_any_name(tmp_path: Path) -> None:
    shutil.copytree(Path(sdk.__file__).parent, tmp_path / "hatched")
    program = (
        "import sys, hatched, hatched.gameserver; hatched.HatchedClient(api_key='k').close();"
        "assert not any(name.split('.')[0] in ('app', 'pydantic') for name in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
