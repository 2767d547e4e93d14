"""Owners send samples, rotate secrets and send again what went wrong."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from app.kit.clock import to_text
from app.kit.db import Database
from app.kit.egress import Egress
from app.webhooks import deliveries, recovery
from app.webhooks.catalogue import EventName, check
from app.webhooks.delivery import DeliveryLoop
from tests import rows
from tests.factories import Api, ManualClock
from tests.integration.webhook_receivers import Receiver, endpoint_at, receiver, tell

DAY = 86_400


async def hook(api: Api, there: Receiver, **more: Any) -> Any:
    return await api.post("/webhook-configs", {"url": there.url, "events": ["*"], **more}, 201)


async def test_any_event_can_be_sent_as_a_sample(api: Api) -> None:
    async with receiver() as there:
        made = await hook(api, there, events=["badge.awarded"])
        path = f"/webhook-configs/{made['id']}"
        told = await api.post(f"{path}/test", {"type": "match.recorded"}, 202)
        assert (told["event"], told["status"]) == ("match.recorded", "pending")
        await api.work()
        [payload] = there.verified(made["secret"])
        check(EventName.MATCH_RECORDED, payload["data"])
        assert (payload["caused_by"], payload["delivery_id"]) == ("test", told["id"])
        await api.client.patch(f"/api/v1{path}", json={"status": "paused"})
        refused = await api.call("POST", f"{path}/test", json={"type": "match.recorded"})
        assert refused.status_code == 409


async def test_a_rotated_secret_signs_beside_the_old_one_until_the_overlap_ends(
    api: Api, clock: ManualClock
) -> None:
    async with receiver() as there:
        old = await hook(api, there)
        path = f"/webhook-configs/{old['id']}"
        new = await api.post(f"{path}/rotate-secret", {}, 200)
        assert new["secret"] not in (old["secret"], None)
        assert new["rotating_until"] == to_text(clock.now() + timedelta(days=1))
        assert (await api.get(path))["secret"].endswith(new["secret"][-4:])
        await api.post(f"{path}/test", {"type": "coins.earned"}, 202)
        await api.work()
        assert there.verified(old["secret"]) == there.verified(new["secret"])
        hatched = there.received[0].headers["Hatched-Signature"]
        assert hatched.count("v1=") == 2
        clock.advance(seconds=DAY)
        assert "rotating_until" not in await api.get(path)
        there.received.clear()
        await api.post(f"{path}/test", {"type": "coins.earned"}, 202)
        await api.work()
        [got] = there.received
        assert got.headers["webhook-signature"].count("v1,") == 1
        with pytest.raises(WebhookVerificationError):
            Webhook(old["secret"]).verify(got.body, dict(got.headers))


async def test_an_ed25519_endpoint_is_verified_with_its_public_key(api: Api) -> None:
    async with receiver() as there:
        made = await hook(api, there, signature="ed25519")
        path = f"/webhook-configs/{made['id']}"
        assert made["secret"].startswith("whpk_")
        assert (await api.get(path))["secret"] == made["secret"]
        await api.post(f"{path}/rotate-secret", {"overlap_seconds": 60}, 200)
        await api.post(f"{path}/test", {"type": "coins.earned"}, 202)
        await api.work()
        [got] = there.received
        _newest, older = got.headers["webhook-signature"].split(" ")
        names = ("webhook-id", "webhook-timestamp")
        signed = ".".join(got.headers[name] for name in names).encode() + b"." + got.body
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(made["secret"][5:]))
        public.verify(base64.b64decode(older.removeprefix("v1a,")), signed)
        assert not [name for name in got.headers if "hatched" in name.lower()]


async def test_all_that_failed_since_is_sent_again_and_nothing_else(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    async with receiver(status=500) as there:
        made = await hook(api, there)
        path = f"/webhook-configs/{made['id']}/replay"
        await tell(database, customer["customer_id"], 1)
        for _ in range(10):
            await api.work()
            clock.advance(hours=11)
        since = clock.now()
        there.status = 200
        await tell(database, customer["customer_id"], 3)
        await api.work()
        there.received.clear()
        answer = await api.post(path, {"since": to_text(since), "status": "failed"}, 202)
        assert answer == {"replayed": 0, "next_cursor": None}
        before = to_text(since - timedelta(days=9))
        again = await api.post(path, {"since": before, "status": "failed"}, 202)
        assert again["replayed"] == 1
        await api.work()
        assert len(there.received) == 1
        span = {"since": before, "until": to_text(since)}
        assert (await api.post(path, span, 202))["replayed"] == 1
        assert (await api.post(path, {"since": before}, 202))["replayed"] == 3
        await api.work()
        assert len(there.received) == 5


async def test_a_long_range_is_replayed_in_parts(
    api: Api, database: Database, customer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "REPLAYED_AT_ONCE", 4)
    async with receiver() as there:
        made = await hook(api, there)
        await tell(database, customer["customer_id"], 6)
        await api.work()
        path, body = f"/webhook-configs/{made['id']}/replay", {"since": "1960-01-01T00:00:00Z"}
        first = await api.post(path, body, 202)
        assert first["replayed"] == 4
        rest = await api.post(f"{path}?cursor={first['next_cursor']}", body, 202)
        assert rest == {"replayed": 2, "next_cursor": None}
        await api.work()
        assert len(there.received) == 12


@pytest.mark.parametrize(
    ("action", "body", "path"),
    [
        ("rotate-secret", {"overlap_seconds": -1}, "/overlap_seconds"),
        ("test", {"type": "coins.stolen"}, "/type"),
        ("test", {"type": "*"}, "/type"),
        ("replay", {}, "/since"),
        ("replay", {"since": "2026-01-01T00:00:00Z", "status": "pending"}, "/status"),
        ("replay?cursor=MQ", {"since": "2026-01-01T00:00:00Z"}, "query.cursor"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    api: Api, action: str, body: dict[str, Any], path: str
) -> None:
    made = await api.post("/webhook-configs", {"url": "https://example.com/", "events": ["*"]}, 201)
    answer = await api.call("POST", f"/webhook-configs/{made['id']}/{action}", json=body)
    assert answer.status_code == 422
    assert [field["path"] for field in answer.json()["error"]["details"]["fields"]] == [path]


@pytest.mark.parametrize(
    "url",
    ["http://inside.example:{port}/", "http://127.0.0.1:{port}/", "http://2130706433:{port}/"],
)
async def test_samples_and_replays_reach_no_forbidden_address_either(
    database: Database, customer: dict[str, Any], url: str
) -> None:
    """The endpoint is older than the rule: it was made while the loopback was open."""
    customer_id = customer["customer_id"]
    async with receiver() as there, Egress(resolver=Inside()) as egress:
        endpoint = await endpoint_at(database, customer_id, there.url)
        port = there.url.split(":")[2].split("/")[0]
        await rows.sql(
            database, "UPDATE webhook_endpoint SET url = :url", url=url.format(port=port)
        )
        loop = DeliveryLoop(
            database,
            egress,
            chance=lambda: 0.5,
            lease_seconds=20,
            concurrency=8,
            poll_seconds=1,
        )
        async with database.begin(customer_id) as tx:
            told = await recovery.send_sample(tx, endpoint.id, EventName.COINS_EARNED)
        await loop.run_due()
        async with database.begin(customer_id) as tx:
            await deliveries.replay(tx, told.id)
        await loop.run_due()
        async with database.read(customer_id) as tx:
            log = await deliveries.log(tx, told.id)
        assert len(log) == 2
        assert {attempt.error for attempt in log} <= {"forbidden_address", "forbidden_url"}
        assert there.received == []


class Inside:
    """A resolver by which every name leads to the loopback."""

    async def resolve(self, host: str) -> list[str]:
        return ["127.0.0.1"]
