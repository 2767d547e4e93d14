"""Keys over HTTP: scopes, origins, what a key may hand on, rotation, revocation."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.kit.clock import to_text
from app.kit.db import Database
from app.main import create_app
from app.settings import Settings
from tests import rows
from tests.factories import PREFIX, Api, ManualClock
from tests.surface import fault_at, fault_of

DEFAULT = ["read:operations", "write:embed-tokens"]
HOOK = {"url": "http://127.0.0.1:9999/", "events": ["*"]}


async def _key(api: Api, **wish: Any) -> dict[str, Any]:
    made: dict[str, Any] = await api.post("/api-keys", {"label": "k"} | wish, status=201)
    return made


async def _as(api: Api, key: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {key['secret']}"}
    return await api.call(method, path, json=body, headers=headers)


async def test_a_key_is_shown_whole_once_and_listed_without_its_secret(
    api: Api, clock: ManualClock, database: Database
) -> None:
    ends = to_text(clock.now() + timedelta(days=1))
    wish = {
        "kind": "publishable",
        "label": "site",
        "scopes": ["read:buddies", "read:buddies"],
        "allowed_origins": ["https://b.example", "http://a.example:8080"],
        "expires_at": ends,
    }
    made = await api.post("/api-keys", wish, status=201)
    shown = {
        "kind": "publishable",
        "label": "site",
        "scopes": ["read:buddies"],
        "allowed_origins": ["http://a.example:8080", "https://b.example"],
        "expires_at": ends,
    }
    assert made == shown | {"key_id": made["key_id"], "secret": made["secret"]}
    assert made["secret"].startswith("hatch_pk_")
    found = (await api.get("/api-keys"))["data"]
    [listed] = [key for key in found if key["key_id"] == made["key_id"]]
    facts = {"created_at": to_text(clock.now()), "revoked_at": None}
    facts |= {"key_id": made["key_id"], "last_four": made["secret"][-4:]}
    assert listed == shown | facts
    stored = await rows.fetch(database, "SELECT * FROM api_key")
    assert made["secret"] not in str(stored)


@pytest.mark.parametrize(
    ("kind", "scopes"), [("publishable", DEFAULT), ("secret", []), ("game_server", [])]
)
async def test_scopes_that_are_not_named_are_the_usual_ones(
    api: Api, kind: str, scopes: list[str]
) -> None:
    assert (await _key(api, kind=kind))["scopes"] == scopes


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["read:everything"]}, "/scopes/0"),
        ({"scopes": ["read:buddies", "read"]}, "/scopes/1"),
        ({"kind": "publishable", "scopes": ["write:buddies"]}, "/scopes/0"),
        ({"kind": "publishable", "scopes": ["read:buddies", "write:api-keys"]}, "/scopes/1"),
        ({"kind": "game_server", "scopes": ["write:matches"]}, "/scopes/0"),
        ({"kind": "match_token"}, "/kind"),
        ({"allowed_origins": ["https://a.example"]}, "/allowed_origins"),
        ({"kind": "publishable", "allowed_origins": []}, "/allowed_origins"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(
    api: Api, wish: dict[str, Any], path: str
) -> None:
    answer = await api.call("POST", "/api-keys", json={"label": "k"} | wish)
    assert fault_at(answer, path) is None


@pytest.mark.parametrize(
    "origin",
    [
        "*", "null", "", "example.com", "https://", "https://a.example/", "https://a.example/x",
        "https://A.example", "https://*.example", "https://a.example:443", "http://a.example:80",
        "https://a.example:0", "ftp://a.example", "https://u@a.example", "https://a.example?x",
        "https://a.example\n", " https://a.example", "https://ä.example", "https://" + "a" * 300,
    ],
)  # fmt: skip
async def test_an_origin_is_as_browsers_write_it(api: Api, origin: str) -> None:
    wish = {"label": "k", "kind": "publishable", "allowed_origins": [origin]}
    answer = await api.call("POST", "/api-keys", json=wish)
    assert fault_at(answer, "/allowed_origins") is None


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://a.example", "http://[::1]:8080", "http://10.0.0.1"]
)
async def test_an_origin_can_be_local(api: Api, origin: str) -> None:
    made = await _key(api, kind="publishable", allowed_origins=[origin])
    assert made["allowed_origins"] == [origin]


async def test_a_scoped_secret_key_may_do_only_that(api: Api) -> None:
    key = await _key(api, scopes=["read:gates", "write:webhook-configs"])
    assert (await _as(api, key, "GET", "/gates")).status_code == 200
    assert (await _as(api, key, "POST", "/webhook-configs", HOOK)).status_code == 201
    for method, path, scope in (
        ("GET", "/webhook-configs", "read:webhook-configs"),
        ("POST", "/gates", "write:gates"),
        ("GET", "/buddies", "read:buddies"),
    ):
        refused = await _as(api, key, method, path)
        assert fault_of(refused, 403, "forbidden") is None
        assert refused.json()["error"]["details"] == {"required_scope": scope}


MINTING = ["write:api-keys", "read:gates", "read:operations"]
BEYOND: list[tuple[dict[str, Any], str | None]] = [
    ({"scopes": ["read:gates"]}, None),
    ({"scopes": MINTING}, None),
    ({"kind": "publishable", "scopes": ["read:operations"]}, None),
    ({}, "*"),
    ({"scopes": ["read:gates", "write:gates"]}, "write:gates"),
    ({"kind": "publishable"}, "write:embed-tokens"),
    ({"kind": "publishable", "scopes": ["read:buddies"]}, "read:buddies"),
    ({"kind": "game_server"}, "write:matches"),
]


@pytest.mark.parametrize(("wish", "required"), BEYOND)
async def test_a_key_mints_only_subsets_of_itself(
    api: Api, wish: dict[str, Any], required: str | None
) -> None:
    minter = await _key(api, scopes=MINTING)
    answer = await _as(api, minter, "POST", "/api-keys", {"label": "k"} | wish)
    if required is None:
        assert answer.status_code == 201
        return
    assert fault_of(answer, 403, "forbidden") is None
    assert answer.json()["error"]["details"] == {"required_scope": required}


@pytest.mark.parametrize(("wish", "required"), BEYOND)
async def test_a_key_renews_and_revokes_only_subsets_of_itself(
    api: Api, wish: dict[str, Any], required: str | None
) -> None:
    """Else a key for keys could renew the strongest one and read its secret."""
    minter = await _key(api, scopes=MINTING)
    target = (await _key(api, **wish))["key_id"]
    for method, path in (("POST", f"{target}/rotate"), ("DELETE", target)):
        answer = await _as(api, minter, method, f"/api-keys/{path}")
        assert answer.is_success if required is None else answer.status_code == 403


async def test_a_key_that_ends_mints_none_that_outlives_it(api: Api, clock: ManualClock) -> None:
    def at(hours: int) -> str:
        return to_text(clock.now() + timedelta(hours=hours))

    minter = await _key(api, expires_at=at(2))
    for wish, status in (({}, 403), ({"expires_at": at(3)}, 403), ({"expires_at": at(2)}, 201)):
        answer = await _as(api, minter, "POST", "/api-keys", {"label": "k"} | wish)
        assert answer.status_code == status
    lasting = await _key(api)
    rotated = await _as(api, minter, "POST", f"/api-keys/{lasting['key_id']}/rotate")
    assert fault_of(rotated, 403, "forbidden") is None


async def test_a_rotated_key_keeps_everything_but_its_secret(api: Api) -> None:
    old = await _key(api, kind="publishable", allowed_origins=["https://a.example"])
    assert (await _as(api, old, "POST", "/embed-tokens", {})).status_code == 422
    new = await api.post(f"/api-keys/{old['key_id']}/rotate")
    assert new == old | {"secret": new["secret"]}
    assert new["secret"] != old["secret"]
    assert new["secret"].startswith("hatch_pk_")
    assert (await _as(api, old, "POST", "/embed-tokens", {})).status_code == 401
    assert (await _as(api, new, "POST", "/embed-tokens", {})).status_code == 422
    [listed] = [key for key in (await api.get("/api-keys"))["data"] if key["kind"] == "publishable"]
    assert listed["last_four"] == new["secret"][-4:]


async def test_a_key_can_rotate_itself(api: Api) -> None:
    old = await _key(api)
    new = (await _as(api, old, "POST", f"/api-keys/{old['key_id']}/rotate")).json()
    assert (await _as(api, old, "GET", "/gates")).status_code == 401
    assert (await _as(api, new, "GET", "/gates")).status_code == 200


async def test_a_game_servers_secret_is_replaced_under_its_id(api: Api, database: Database) -> None:
    old = await _key(api, kind="game_server")
    new = await api.post(f"/api-keys/{old['key_id']}/rotate")
    [kept] = await rows.fetch(
        database, "SELECT sealed_secret, customer_id FROM api_key WHERE key_id = :id",
        id=old["key_id"],
    )  # fmt: skip
    opened = database.key.open(
        kept.sealed_secret, customer_id=str(kept.customer_id), row=f"api_key/{old['key_id']}"
    )
    assert opened.decode() == new["secret"] != old["secret"]


async def test_a_dead_key_is_not_revived(api: Api, clock: ManualClock) -> None:
    revoked = await _key(api)
    await api.call("DELETE", f"/api-keys/{revoked['key_id']}")
    expired = await _key(api, expires_at=to_text(clock.now() + timedelta(hours=1)))
    clock.advance(hours=2)
    for key, status in ((revoked, "revoked"), (expired, "expired")):
        answer = await api.call("POST", f"/api-keys/{key['key_id']}/rotate")
        assert fault_of(answer, 409, "conflict") is None
        assert answer.json()["error"]["details"] == {"status": status}
    again = await api.call("DELETE", f"/api-keys/{revoked['key_id']}")
    assert fault_of(again, 404, "resource_not_found") is None


async def test_a_revoked_or_rotated_key_is_dead_on_every_replica_within_seconds(
    api: Api, settings: Settings, clock: ManualClock
) -> None:
    """At once where it was done; the others have forgotten it two seconds later."""
    replica = create_app(settings, clock=clock, with_worker=False)
    async with replica.router.lifespan_context(replica):
        transport = httpx.ASGITransport(replica)
        async with httpx.AsyncClient(transport=transport, base_url="http://replica") as client:
            for method, tail in (("DELETE", ""), ("POST", "/rotate")):
                key = await _key(api)
                headers = {"Authorization": f"Bearer {key['secret']}"}
                assert (await _as(api, key, "GET", "/gates")).status_code == 200
                assert (await client.get(f"{PREFIX}/gates", headers=headers)).status_code == 200
                await api.call(method, f"/api-keys/{key['key_id']}{tail}")
                assert (await _as(api, key, "GET", "/gates")).status_code == 401
                clock.advance(seconds=2)
                assert (await client.get(f"{PREFIX}/gates", headers=headers)).status_code == 401
        replica.state.worker.close()
