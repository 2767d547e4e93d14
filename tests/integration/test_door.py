"""The door: in what order a request is refused, and what every answer carries."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.main import create_app
from app.settings import Settings
from tests import rows
from tests.factories import Api, ManualClock
from tests.surface import Call, Caller, fault_of, faults

LARGE = b" " * 2 * 1024 * 1024
JSON = {"Content-Type": "application/json"}


async def _key(api: Api, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await api.post("/api-keys", {"label": "k", **more}, status=201)
    return made


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_without_a_valid_credential_nothing_is_answered(
    calls: list[Call], send: Caller, api: Api, clock: ManualClock, database: Database
) -> None:
    """On every route, whatever the body: not even its form is judged."""
    expiring = await _key(api, expires_at="2030-01-01T00:00:00Z")
    await rows.sql(database, "UPDATE api_key SET expires_at = 1 WHERE expires_at IS NOT NULL")
    revoked = await _key(api)
    await api.call("DELETE", f"/api-keys/{revoked['key_id']}")
    server = await _key(api, kind="game_server")
    forged = "eyJhbGciOiJub25lIn0.eyJhdWQiOlsibWF0Y2hfdG9rZW4iXX0.x"
    deep = "eyJhbGciOiJIUzI1NiJ9." + "W1tb" * 4000 + ".x"
    credentials = {
        "none": "",
        "no scheme": "x",
        "basic": "Basic eDp5",
        "empty": "Bearer ",
        "unknown": "Bearer hatch_live_unknown",
        "expired": f"Bearer {expiring['secret']}",
        "revoked": f"Bearer {revoked['secret']}",
        "a signing secret": f"Bearer {server['secret']}",
        "the id of a signing key": f"Bearer {server['key_id']}",
        "a forged token": f"Bearer {forged}",
        "a deep token": f"Bearer {deep}",
        "not ASCII": "Bearer \xe4\xf6",
    }
    before = await rows.counts(database)
    wrong = {}
    for name, value in credentials.items():
        for call in calls:
            if call.access != ("claim_code",):
                headers = JSON | {"Authorization": value.encode("latin-1")}
                answer = await send(call, content=b"{", headers=headers)
                wrong[f"{call.id}: {name}"] = fault_of(answer, 401, "unauthorized")
                assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert faults(wrong) == {}
    assert await rows.counts(database) == before


async def test_a_match_token_opens_no_other_door(calls: list[Call], send: Caller) -> None:
    [result] = [call for call in calls if call.access == ("match_token",)]
    token = send.match_token
    wrong = {}
    for call in calls:
        if call.access[0] == "secret":
            answer = await send(call, call.body, headers=_bearer(token))
            wrong[call.id] = fault_of(answer, 403, "forbidden")
    assert faults(wrong) == {}
    assert (await send(result, result.body)).status_code not in (401, 403)


REFUSALS: list[tuple[str, dict[str, str], bytes, int]] = [
    ("no key, everything else wrong too", {"Content-Type": "text/plain"}, LARGE, 401),
    ("a key that may not, everything else wrong too", {"Content-Type": "text/plain"}, LARGE, 403),
    ("too large, and no JSON", {"Content-Type": "text/plain"}, LARGE, 413),
    ("no JSON by name, and malformed", {"Content-Type": "text/plain"}, b"{", 415),
    ("malformed, with a key that is too long", JSON | {"Idempotency-Key": "x" * 256}, b"{", 400),
    ("ill-formed, for a buddy of nobody", JSON, b"{}", 422),
    ("well-formed, for a buddy of nobody", JSON, b'{"amount": 1, "reason": "x"}', 404),
]


@pytest.mark.parametrize(("case", "headers", "content", "status"), REFUSALS)
async def test_refusals_come_in_their_order(
    api: Api, case: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    if status == 401:
        headers = headers | {"Authorization": "Bearer nothing"}
    if status == 403:
        headers = headers | _bearer((await _key(api, kind="publishable"))["secret"])
    path = "/buddies/01890000-0000-7000-8000-000000000000/coins"
    answer = await api.call("POST", path, content=content, headers=headers)
    assert fault_of(answer, status) is None


@pytest.fixture
async def strict(settings: Settings, clock: ManualClock) -> AsyncIterator[Any]:
    """The application with the limit that it has by default."""
    limit = Settings.model_fields["failed_authentications_per_minute"].default
    app = create_app(
        settings.model_copy(update={"failed_authentications_per_minute": limit}),
        clock=clock,
        with_worker=False,
    )
    async with app.router.lifespan_context(app):
        yield app
        app.state.worker.close()


async def test_after_twenty_failures_an_address_waits_and_others_do_not(
    strict: Any, customer: dict[str, Any]
) -> None:
    async def ask(address: str, secret: str) -> httpx.Response:
        transport = httpx.ASGITransport(strict, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/api/v1/gates", headers=_bearer(secret))

    good = customer["secret_key"]
    for _ in range(19):
        assert (await ask("10.0.0.1", "hatch_live_guess")).status_code == 401
    assert (await ask("10.0.0.1", good)).status_code == 200
    assert (await ask("10.0.0.1", "hatch_live_guess")).status_code == 401
    refused = await ask("10.0.0.1", good)
    assert fault_of(refused, 429, "rate_limited") is None
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert (await ask("10.0.0.2", good)).status_code == 200


async def test_a_revoked_key_is_refused_within_seconds(api: Api, clock: ManualClock) -> None:
    key = await _key(api)
    headers = _bearer(key["secret"])
    assert (await api.call("GET", "/gates", headers=headers)).status_code == 200
    await api.call("DELETE", f"/api-keys/{key['key_id']}")
    clock.advance(seconds=5)
    answer = await api.call("GET", "/gates", headers=headers)
    assert fault_of(answer, 401, "unauthorized") is None


async def test_an_expired_key_is_refused_within_seconds(api: Api, clock: ManualClock) -> None:
    ends = clock.now().replace(microsecond=0).isoformat().replace("+00:00", "Z")
    clock.advance(days=-1)
    key = await _key(api, expires_at=ends)
    headers = _bearer(key["secret"])
    assert (await api.call("GET", "/gates", headers=headers)).status_code == 200
    clock.advance(days=1, seconds=5)
    answer = await api.call("GET", "/gates", headers=headers)
    assert fault_of(answer, 401, "unauthorized") is None


@pytest.mark.parametrize("given", ["a", "x" * 128, "req-1 of 2", "!#$%&'*+-.^_`|~/:;<=>?@[]{}"])
async def test_a_request_id_is_honoured_and_told_in_errors(api: Api, given: str) -> None:
    for path, status in (("/gates", 200), ("/nothing", 404)):
        answer = await api.call("GET", path, headers={"X-Request-Id": given})
        assert answer.status_code == status
        assert answer.headers["X-Request-Id"] == given
    assert answer.json()["error"]["requestId"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "ä", "a\tb", "a\x7fb"])
async def test_a_request_id_that_could_not_be_printed_is_replaced(api: Api, given: str) -> None:
    headers = [("X-Request-Id", given.encode("latin-1")), ("Authorization", b"")]
    answer = await api.call("GET", "/gates", headers=headers)
    made = answer.headers["X-Request-Id"]
    assert made != given
    assert len(made) == 36
    assert answer.json()["error"]["requestId"] == made


async def test_a_fault_of_ours_tells_its_request_id_and_nothing_else(
    api: Api, database: Database
) -> None:
    await rows.sql(database, "ALTER TABLE gate RENAME TO gate_gone")
    answer = await api.call("GET", "/gates", headers={"X-Request-Id": "find-me"})
    assert fault_of(answer, 500, "internal_error") is None
    assert answer.headers["X-Request-Id"] == "find-me"
    for secret in ("gate_gone", "SELECT", "sqlalchemy", "Traceback", "no such table"):
        assert secret not in answer.text


async def test_a_webhook_delivery_carries_the_request_that_caused_it(
    api: Api, database: Database
) -> None:
    await api.post(
        "/webhook-configs", {"url": "http://127.0.0.1:9999/", "events": ["*"]}, status=201
    )
    await api.call(
        "POST",
        "/events",
        json={"event_id": "e1", "user_id": "ann", "type": "match_won"},
        headers={"X-Request-Id": "story-7"},
    )
    found = await rows.fetch(database, "SELECT DISTINCT request_id FROM webhook_delivery")
    assert [row.request_id for row in found] == ["story-7"]
