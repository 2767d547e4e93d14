"""Webhook endpoints and deliveries over HTTP."""

from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.webhooks.catalogue import EVENT_NAMES
from tests.factories import Api
from tests.integration.webhook_receivers import tell

URL = "https://example.com/hooks"


async def create(api: Api, url: str = URL, events: tuple[str, ...] = ("*",), **more: Any) -> Any:
    return await api.post("/webhook-configs", {"url": url, "events": list(events), **more}, 201)


async def test_the_secret_is_whole_once_and_masked_ever_after(api: Api) -> None:
    created = await create(api, description="mine")
    assert created["secret"].startswith("whsec_")
    assert len(created["secret"]) == len("whsec_") + 44
    masked = {**created, "secret": f"whsec_…{created['secret'][-4:]}"}
    assert await api.get(f"/webhook-configs/{created['id']}") == masked
    assert await api.get("/webhook-configs") == [masked]
    assert created["events"] == ["*"]
    assert (created["status"], created["payload_format"]) == ("active", "envelope")


async def test_members_without_a_value_are_absent(api: Api) -> None:
    created = await create(api)
    assert created.keys() == {
        "id",
        "url",
        "events",
        "payload_format",
        "signature",
        "ordered",
        "status",
        "secret",
        "created_at",
        "updated_at",
    }


async def test_a_deleted_endpoint_is_gone_and_what_it_missed_fails(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    created = await create(api)
    await tell(database, customer["customer_id"])
    answer = await api.call("DELETE", f"/webhook-configs/{created['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await api.get("/webhook-configs") == []
    again = await api.call("DELETE", f"/webhook-configs/{created['id']}")
    assert again.status_code == 404
    [delivery] = (await deliveries_of(api, created["id"]))["data"]
    assert (delivery["status"], delivery["error"]) == ("failed", "endpoint_deleted")
    replay = await api.call("POST", f"/webhook-deliveries/{delivery['id']}/replay")
    assert replay.status_code == 409


async def test_what_is_named_changes_and_the_rest_stays(api: Api) -> None:
    created = await create(api, description="before")
    path = f"/webhook-configs/{created['id']}"
    changes = {"url": "https://example.com/other", "events": ["coins.earned"]}
    changed = (await api.call("PATCH", path, json=changes)).json()
    assert changed["url"] == changes["url"]
    assert changed["events"] == changes["events"]
    assert changed["description"] == "before"
    paused = (await api.call("PATCH", path, json={"status": "paused"})).json()
    assert (paused["status"], paused["paused_reason"]) == ("paused", "owner")
    resumed = (await api.call("PATCH", path, json={"status": "active"})).json()
    assert resumed["status"] == "active"
    assert "paused_reason" not in resumed
    bare = (await api.call("PATCH", path, json={"description": None})).json()
    assert "description" not in bare


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"url": URL, "events": []}, "/events"),
        ({"url": URL, "events": ["coins.earned", "coins.stolen"]}, "/events/1"),
        ({"url": URL, "events": ["*", "*"]}, "/events"),
        ({"url": URL, "events": "*"}, "/events"),
        ({"url": URL}, "/events"),
        ({"url": URL, "events": ["*"], "colour": "red"}, "/colour"),
        ({"url": URL, "events": ["*"], "payload_format": "xml"}, "/payload_format"),
        ({"url": URL, "events": ["*"], "description": "x" * 257}, "/description"),
        ({"url": "ftp://example.com/", "events": ["*"]}, "/url"),
        ({"url": "http://10.0.0.1/", "events": ["*"]}, "/url"),
        ({"url": "http://[::ffff:169.254.169.254]/", "events": ["*"]}, "/url"),
        ({"url": "https://user:secret@example.com/", "events": ["*"]}, "/url"),
        ({"url": "x" * 2049, "events": ["*"]}, "/url"),
    ],
)
async def test_a_wrong_endpoint_is_refused_by_field(
    api: Api, body: dict[str, Any], path: str
) -> None:
    answer = await api.call("POST", "/webhook-configs", json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "validation_failed"
    assert [field["path"] for field in error["details"]["fields"]] == [path]
    assert await api.get("/webhook-configs") == []


@pytest.mark.parametrize("field", ["url", "events", "status"])
async def test_null_is_no_way_to_leave_a_field_out(api: Api, field: str) -> None:
    created = await create(api)
    answer = await api.call("PATCH", f"/webhook-configs/{created['id']}", json={field: None})
    assert answer.status_code == 422


async def test_a_changed_url_is_checked_too(api: Api) -> None:
    created = await create(api)
    path = f"/webhook-configs/{created['id']}"
    answer = await api.call("PATCH", path, json={"url": "http://192.168.0.1/"})
    assert answer.status_code == 422
    assert (await api.get(path))["url"] == URL


async def test_there_are_at_most_a_hundred_endpoints(api: Api) -> None:
    for _ in range(100):
        created = await create(api)
    full = await api.call("POST", "/webhook-configs", json={"url": URL, "events": ["*"]})
    assert (full.status_code, full.json()["error"]["details"]) == (409, {"max": 100})
    await api.call("DELETE", f"/webhook-configs/{created['id']}")
    await create(api)


async def test_every_event_is_described_with_schema_and_sample(api: Api) -> None:
    described = await api.get("/webhook-configs/events")
    assert {event["name"] for event in described} == EVENT_NAMES
    for event in described:
        assert event["schema"]["properties"].keys() == event["sample"].keys()


async def test_deliveries_come_newest_first_in_pages(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    endpoint = await create(api)
    other = await create(api)
    for _ in range(3):
        await tell(database, customer["customer_id"], 2)
    whole = await deliveries_of(api, endpoint["id"])
    ids = [delivery["id"] for delivery in whole["data"]]
    assert (len(ids), whole["next_cursor"]) == (6, None)
    assert ids == sorted(ids, reverse=True)
    paged: list[str] = []
    cursor: str | None = None
    while len(paged) < 6:
        page = await deliveries_of(api, endpoint["id"], cursor=cursor, limit=4)
        paged += [delivery["id"] for delivery in page["data"]]
        cursor = page["next_cursor"]
    assert (paged, cursor) == (ids, None)
    assert len((await deliveries_of(api, None))["data"]) == 12
    assert len((await deliveries_of(api, other["id"], status="failed"))["data"]) == 0


async def test_a_delivery_that_waits_says_when_it_is_due(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    endpoint = await create(api)
    await tell(database, customer["customer_id"])
    [delivery] = (await deliveries_of(api, endpoint["id"]))["data"]
    assert delivery == {
        "id": delivery["id"],
        "endpoint_id": endpoint["id"],
        "event": "coins.earned",
        "status": "pending",
        "attempts": 0,
        "created_at": delivery["created_at"],
        "next_attempt_at": delivery["created_at"],
    }
    logged = await api.get(f"/webhook-deliveries/{delivery['id']}")
    assert logged["attempt_log"] == []
    assert logged["caused_by"] == "event-0"


async def test_a_replay_is_promised_at_once_and_survives_its_own_repetition(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    endpoint = await create(api)
    await tell(database, customer["customer_id"])
    [delivery] = (await deliveries_of(api, endpoint["id"]))["data"]
    path = f"/webhook-deliveries/{delivery['id']}/replay"
    headers = {"Idempotency-Key": "again"}
    first = await api.call("POST", path, headers=headers)
    second = await api.call("POST", path, headers=headers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json() == delivery
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("cursor", ["%%%", "e30", "Im5vdC1hLXV1aWQi"])
async def test_a_cursor_of_somebody_else_is_refused(api: Api, cursor: str) -> None:
    answer = await api.call("GET", "/webhook-deliveries", params={"cursor": cursor})
    assert answer.status_code == 422


async def test_nothing_of_another_customer_is_there(
    api: Api, app: Any, database: Database, customer: dict[str, Any], other_customer: dict[str, Any]
) -> None:
    endpoint = await create(api)
    await tell(database, customer["customer_id"])
    [delivery] = (await deliveries_of(api, endpoint["id"]))["data"]
    headers = {"Authorization": f"Bearer {other_customer['secret_key']}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        stranger = Api(client, app)
        assert await stranger.get("/webhook-configs") == []
        assert (await deliveries_of(stranger, None))["data"] == []
        for method, path in [
            ("GET", f"/webhook-configs/{endpoint['id']}"),
            ("PATCH", f"/webhook-configs/{endpoint['id']}"),
            ("DELETE", f"/webhook-configs/{endpoint['id']}"),
            ("GET", f"/webhook-deliveries?endpoint_id={endpoint['id']}"),
            ("GET", f"/webhook-deliveries/{delivery['id']}"),
            ("POST", f"/webhook-deliveries/{delivery['id']}/replay"),
        ]:
            body = {"status": "paused"} if method == "PATCH" else None
            answer = await stranger.call(method, path, json=body)
            assert answer.status_code == 404, (method, path)
    assert (await api.get(f"/webhook-configs/{endpoint['id']}"))["status"] == "active"


async def deliveries_of(api: Api, endpoint_id: str | None, **more: Any) -> Any:
    params = {"endpoint_id": endpoint_id, **more}
    given = {key: value for key, value in params.items() if value is not None}
    return await api.get("/webhook-deliveries", params=given)
