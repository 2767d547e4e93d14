"""Widget sessions and embed tokens: what a browser is given to act for one buddy."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from app.customers import tokens
from app.kit.clock import to_text
from app.kit.db import Database
from app.kit.ids import new_id
from app.kit.principal import Credential
from app.main import create_app
from app.sessions.service import PRUNED_AT_ONCE
from app.settings import Settings
from tests import rows
from tests.factories import PREFIX, Api, ManualClock
from tests.good_bodies import UNKNOWN_UUID
from tests.surface import fault_at, fault_of

ALL = ["read", "events:track", "marketplace:browse", "marketplace:purchase", "items:equip"]


@pytest.fixture
async def bound(api: Api) -> dict[str, Any]:
    """A buddy with its user, as both routes take them."""
    await api.send("e1", "match_won", "ann")
    return {"buddy_id": (await api.buddy_of("ann"))["id"], "user_id": "ann"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def _begin(api: Api, bound: dict[str, Any], **wish: Any) -> dict[str, Any]:
    begun: dict[str, Any] = await api.post(
        "/widget-sessions", bound | {"scopes": ["read"]} | wish, status=201
    )
    return begun


async def _reads(api: Api, bound: dict[str, Any], token: str) -> int:
    path = f"/buddies/{bound['buddy_id']}"
    return (await api.call("GET", path, headers=_bearer(token))).status_code


def _ends(clock: ManualClock, **duration: float) -> str:
    return to_text((clock.now() + timedelta(**duration)).replace(microsecond=0))


async def test_a_session_lasts_an_hour_or_as_short_as_wanted(
    api: Api, bound: dict[str, Any], clock: ManualClock
) -> None:
    begun = await _begin(api, bound)
    assert begun.keys() == {"token", "session_id", "expires_at", "scopes"}
    assert begun["expires_at"] == _ends(clock, hours=1)
    brief = await _begin(api, bound, ttl_seconds=60)
    assert brief["expires_at"] == _ends(clock, minutes=1)
    assert [await _reads(api, bound, each["token"]) for each in (begun, brief)] == [200, 200]
    clock.advance(seconds=60)
    assert [await _reads(api, bound, each["token"]) for each in (begun, brief)] == [200, 401]
    clock.advance(minutes=59)
    assert await _reads(api, bound, begun["token"]) == 401


async def test_an_embed_token_lasts_a_day_and_can_only_read(
    api: Api, bound: dict[str, Any], clock: ManualClock, database: Database
) -> None:
    before = await rows.counts(database)
    token = await api.post("/embed-tokens", bound, status=201)
    assert token == {
        "token": token["token"],
        "expires_at": _ends(clock, days=1),
        "mode": "read-only",
    }
    assert await rows.counts(database) == before
    assert await _reads(api, bound, token["token"]) == 200
    clock.advance(hours=23, minutes=59)
    assert await _reads(api, bound, token["token"]) == 200
    clock.advance(minutes=1)
    assert await _reads(api, bound, token["token"]) == 401


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (ALL[::-1], ALL),
        (["buddy:read"], ["read"]),
        (["badges:read", "buddy:read", "read"], ["read"]),
        (["marketplace:read", "buddy:interact"], ["events:track", "marketplace:browse"]),
    ],
)
async def test_older_names_of_scopes_mean_the_newer_ones(
    api: Api, bound: dict[str, Any], given: list[str], meant: list[str]
) -> None:
    begun = await _begin(api, bound, scopes=given)
    assert begun["scopes"] == meant
    assert _claims(begun["token"])["scopes"] == meant


@pytest.mark.parametrize(
    ("path", "wish", "at"),
    [
        ("/widget-sessions", {}, "/scopes"),
        ("/widget-sessions", {"scopes": []}, "/scopes"),
        ("/widget-sessions", {"scopes": ["read:buddies"]}, "/scopes/0"),
        ("/widget-sessions", {"scopes": ["read"], "ttl_seconds": 3601}, "/ttl_seconds"),
        ("/widget-sessions", {"scopes": ["read"], "ttl_seconds": 0}, "/ttl_seconds"),
        ("/widget-sessions", {"scopes": ["read"], "allowed_origins": ["*"]}, "/allowed_origins"),
        ("/widget-sessions", {"scopes": ["read"], "buddy_id": "bdy_1"}, "/buddy_id"),
        ("/embed-tokens", {"scopes": ["read"]}, "/scopes"),
        ("/embed-tokens", {"ttl_seconds": 86401}, "/ttl_seconds"),
        ("/embed-tokens", {"user_id": "a b"}, "/user_id"),
    ],
)
async def test_what_is_not_as_it_should_be_is_named(
    api: Api, bound: dict[str, Any], path: str, wish: dict[str, Any], at: str
) -> None:
    answer = await api.call("POST", path, json=bound | wish)
    assert fault_at(answer, at) is None


@pytest.mark.parametrize("path", ["/widget-sessions", "/embed-tokens"])
async def test_customer_user_and_buddy_belong_together(
    api: Api, bound: dict[str, Any], other_customer: dict[str, Any], path: str, database: Database
) -> None:
    await api.send("e2", "match_won", "bob")
    more = {"scopes": ["read"]} if path == "/widget-sessions" else {}
    before = await rows.counts(database)
    for wish in (
        {"buddy_id": UNKNOWN_UUID},
        {"user_id": "bob"},
        {"user_id": "nobody"},
        {"buddy_id": (await api.buddy_of("bob"))["id"]},
    ):
        answer = await api.call("POST", path, json=bound | more | wish)
        assert fault_of(answer, 404, "resource_not_found") is None
    stranger = _bearer(other_customer["secret_key"])
    answer = await api.call("POST", path, json=bound | more, headers=stranger)
    assert fault_of(answer, 404, "resource_not_found") is None
    assert await rows.counts(database) == before


async def test_two_tokens_of_one_instant_differ(api: Api, bound: dict[str, Any]) -> None:
    begun = [await _begin(api, bound) for _ in range(2)]
    minted = [await api.post("/embed-tokens", bound, status=201) for _ in range(2)]
    assert len({each["token"] for each in begun + minted}) == 4
    assert len({_claims(each["token"])["jti"] for each in begun + minted}) == 4
    assert _claims(begun[0]["token"])["jti"] == begun[0]["session_id"]
    assert _claims(begun[0]["token"])["aud"] != _claims(minted[0]["token"])["aud"]


async def test_a_revoked_session_is_dead_on_every_replica_within_seconds(
    api: Api, bound: dict[str, Any], settings: Settings, clock: ManualClock
) -> None:
    """At once where it was revoked; another process has forgotten it two seconds later."""
    begun, kept = await _begin(api, bound), await _begin(api, bound)
    path = f"{PREFIX}/buddies/{bound['buddy_id']}"
    replica = create_app(settings, clock=clock, with_worker=False)
    async with replica.router.lifespan_context(replica):
        transport = httpx.ASGITransport(replica)
        async with httpx.AsyncClient(transport=transport, base_url="http://replica") as client:
            there = await client.get(path, headers=_bearer(begun["token"]))
            assert (there.status_code, await _reads(api, bound, begun["token"])) == (200, 200)
            for _ in range(2):  # safe to repeat
                answer = await api.call("DELETE", f"/widget-sessions/{begun['session_id']}")
                assert (answer.status_code, answer.content) == (204, b"")
            assert await _reads(api, bound, begun["token"]) == 401
            clock.advance(seconds=2)
            there = await client.get(path, headers=_bearer(begun["token"]))
            assert fault_of(there, 401, "unauthorized") is None
            assert (await client.get(path, headers=_bearer(kept["token"]))).status_code == 200
        replica.state.worker.close()


async def test_another_customer_cannot_revoke_a_session(
    api: Api, bound: dict[str, Any], other_customer: dict[str, Any]
) -> None:
    begun = await _begin(api, bound)
    stranger = _bearer(other_customer["secret_key"])
    path = f"/widget-sessions/{begun['session_id']}"
    answer = await api.call("DELETE", path, headers=stranger)
    assert fault_of(answer, 404, "resource_not_found") is None
    assert await _reads(api, bound, begun["token"]) == 200


async def test_sessions_that_have_ended_are_forgotten_as_new_ones_begin(
    api: Api, bound: dict[str, Any], clock: ManualClock, database: Database
) -> None:
    for _ in range(PRUNED_AT_ONCE + 2):
        await _begin(api, bound, ttl_seconds=60)
    lasting = await _begin(api, bound)
    clock.advance(minutes=2)
    for left in (4, 3, 4):  # twelve ended ones, then two, then none; one lasts
        await _begin(api, bound)
        assert (await rows.counts(database))["widget_session"] == left
    assert await _reads(api, bound, lasting["token"]) == 200


FORGERIES: dict[str, Any] = {
    "no signature": lambda claims, key: jwt.encode(claims, "", algorithm="none"),
    "another key": lambda claims, key: jwt.encode(claims, b"x" * 32, algorithm="HS256"),
    "another algorithm": lambda claims, key: jwt.encode(claims, key * 2, algorithm="HS512"),
    "another buddy": lambda claims, key: jwt.encode(
        claims | {"sub": UNKNOWN_UUID}, b"y" * 32, algorithm="HS256"
    ),
    "another audience": lambda claims, key: jwt.encode(
        claims | {"aud": "embed_token"}, key, algorithm="HS256"
    ),
    "a secret key's audience": lambda claims, key: jwt.encode(
        claims | {"aud": "secret"}, key, algorithm="HS256"
    ),
    "no end": lambda claims, key: jwt.encode(
        {name: value for name, value in claims.items() if name != "exp"}, key, algorithm="HS256"
    ),
    "a session that never was": lambda claims, key: jwt.encode(
        claims | {"jti": UNKNOWN_UUID}, key, algorithm="HS256"
    ),
    "another customer's session": lambda claims, key: jwt.encode(
        claims | {"cus": UNKNOWN_UUID}, key, algorithm="HS256"
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_token_opens_nothing(
    api: Api, bound: dict[str, Any], database: Database, forgery: str
) -> None:
    """Some of them even with the right key: claims must fit, and the session must exist."""
    begun = await _begin(api, bound)
    key = database.key.derive(f"token/{Credential.WIDGET_SESSION}")
    same = jwt.encode(_claims(begun["token"]), key, algorithm="HS256")
    assert await _reads(api, bound, same) == 200
    forged = FORGERIES[forgery](_claims(begun["token"]), key)
    assert await _reads(api, bound, forged) == 401


async def test_a_token_ends_with_the_key_that_minted_it(
    api: Api, bound: dict[str, Any], clock: ManualClock
) -> None:
    ends = _ends(clock, minutes=10)
    key = await api.post(
        "/api-keys", {"label": "k", "kind": "publishable", "expires_at": ends}, status=201
    )
    token = await api.post("/embed-tokens", bound, status=201, headers=_bearer(key["secret"]))
    assert token["expires_at"] == ends


async def test_a_repeated_request_gets_the_same_token(api: Api, bound: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": "s-1"}
    wish = bound | {"scopes": ["read"]}
    first = await api.post("/widget-sessions", wish, status=201, headers=headers)
    assert await api.post("/widget-sessions", wish, status=201, headers=headers) == first


def test_the_same_token_is_never_good_for_two_kinds(database: Database) -> None:
    now = datetime.fromisoformat("2026-01-02T03:04:05+00:00")
    kinds = sorted(tokens.KINDS)
    keys = {database.key.derive(f"token/{kind}") for kind in kinds}
    assert len(keys) == len(kinds) == 3
    for kind in kinds:
        token = tokens.mint(
            database.key,
            kind,
            customer_id=new_id(now),
            subject="x",
            token_id=new_id(now),
            issued_at=now,
            expires_at=now + timedelta(hours=1),
        )
        found = tokens.read(database.key, token, now)
        assert found is not None
        assert found.kind == kind
