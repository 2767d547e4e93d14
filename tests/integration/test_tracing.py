"""A request's id can be followed: its log line, the answer, the delivery, each attempt."""

from typing import Any

import pytest
import structlog

from app.kit.db import Database
from app.settings import Settings
from tests.factories import Api
from tests.integration.webhook_receivers import endpoint_at, receiver

ID = "order-4711"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"log_requests": True})


async def test_a_request_id_leads_from_the_call_to_the_attempt(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    async with receiver(status=503) as there:
        await endpoint_at(database, customer["customer_id"], there.url)
        event = {"event_id": "e-1", "user_id": "ann", "type": "match_completed"}
        with structlog.testing.capture_logs() as lines:
            sent = await api.call("POST", "/events", json=event, headers={"X-Request-Id": ID})
            await api.work()
    assert sent.headers["X-Request-Id"] == ID
    mine = [line for line in lines if line.get("request_id") == ID]
    [request] = [line for line in mine if line["event"] == "request"]
    assert (request["method"], request["route"], request["status"]) == (
        "POST",
        "/api/v1/events",
        200,
    )
    attempts = [line for line in mine if line["event"] == "webhook_attempt"]
    assert len(attempts) == len(there.received) > 0
    assert {one.headers["X-Request-Id"] for one in there.received} == {ID}
    for attempt in attempts:
        assert attempt["log_level"] == "warning"
        assert (attempt["outcome"], attempt["status"]) == ("retry", 503)
        assert attempt["attempt"] == 1
    assert {one["delivery_id"] for one in attempts} == {
        one.headers["webhook-id"] for one in there.received
    }
