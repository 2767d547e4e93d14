"""What Prometheus is told, after something has happened."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.commands.audit import _record, audit_all
from app.commands.customers import create_with_keys
from app.customers.models import customer as customer_table
from app.guide.contents import files
from app.kit.db import Database
from app.main import create_app
from app.metrics.exposing import on_own_port
from app.metrics.standing import StandingCollector
from app.settings import Settings
from tests.factories import Api, ManualClock
from tests.hathora_support import free_port
from tests.integration.webhook_receivers import endpoint_at, receiver

KEY = "a-metrics-key"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_key": KEY})


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(api: Api) -> str:
    found = await api.client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/plain; version=")
    return found.text


async def test_what_happened_is_counted_once_and_names_no_customer(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    async with receiver() as there:
        await endpoint_at(database, customer["customer_id"], there.url)
        await api.send("e-1", "match_completed", properties={"score": 30})
        await api.send("e-1", "match_completed", properties={"score": 30})
        refused = {"event_id": "e-1", "user_id": "ann", "type": "match_won"}
        await api.post("/events", refused, status=422)
        await api.call("GET", "/nothing")
        await api.work()
        for report in await audit_all(database, None):
            await _record(database, report)
    text = await scraped(api)
    told = samples(text)

    def value(name: str, **labels: str) -> float:
        return told[name, frozenset(labels.items())]

    events = {"method": "POST", "route": "/api/v1/events"}
    assert value("clutch_http_requests_total", **events, status="200") == 2
    assert value("clutch_http_requests_total", **events, status="422") == 1
    assert value("clutch_http_requests_total", method="GET", route="unmatched", status="404") == 1
    assert value("clutch_http_request_duration_seconds_count", **events) == 3
    assert value("clutch_events_total", result="accepted") == 1
    assert value("clutch_events_total", result="replayed") == 1
    assert value("clutch_events_total", result="refused") == 1
    assert value("clutch_events_refused_total", code="event_id_conflict") == 1
    assert value("clutch_lane_set_events_count") == 3
    assert value("clutch_lane_waiting_units") == 0
    done = {"outcome": "succeeded", "error": "none"}
    attempts = value("clutch_webhook_attempt_duration_seconds_count", **done)
    assert attempts == len(there.received) > 0
    assert value("clutch_webhook_deliveries", state="due") == 0
    assert value("clutch_webhook_endpoints", status="active") == 1
    assert value("clutch_customers") == value("clutch_audit_customers") == 1
    assert value("clutch_audit_differences") == 0
    assert value("clutch_database_up") == 1
    assert "ann" not in text
    assert customer["customer_id"] not in text


async def test_the_queue_shows_how_much_waits_and_how_long(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    async with receiver(status=500) as there:
        await endpoint_at(database, customer["customer_id"], there.url)
        await api.send("e-1", "match_completed")
        waiting = samples(await scraped(api))
        due = waiting["clutch_webhook_deliveries", frozenset({("state", "due")})]
        assert due > 0
        clock.advance(seconds=90)
        again = StandingCollector(database)
        await again.refresh()
        found = {metric.name: metric.samples for metric in again.collect()}
        assert found["clutch_webhook_oldest_due_seconds"][0].value == 90
        await api.work()
        again = StandingCollector(database)
        await again.refresh()
        states = {
            sample.labels["state"]: sample.value
            for metric in again.collect()
            for sample in metric.samples
            if metric.name == "clutch_webhook_deliveries"
        }
        assert states == {"due": 0, "later": due, "parked": 0}


async def test_the_database_is_asked_every_ten_seconds_at_most(
    api: Api, database: Database
) -> None:
    passed = [100.0]
    standing = StandingCollector(database, seconds=lambda: passed[0])

    def customers() -> float:
        told = {metric.name: metric.samples for metric in standing.collect()}
        return told["clutch_customers"][0].value

    await standing.refresh()
    assert customers() == 1
    await create_with_keys(database, "Another", None, is_test=False)
    passed[0] += 9
    await standing.refresh()
    assert customers() == 1
    passed[0] += 1
    await standing.refresh()
    assert customers() == 2


async def test_a_wrong_key_is_refused_and_without_one_there_is_no_such_route(
    api: Api, settings: Settings, clock: ManualClock
) -> None:
    for given in ("", f"Bearer {KEY}x", KEY, "Bearer "):
        refused = await api.client.get("/metrics", headers={"Authorization": given})
        assert refused.status_code == 401
        assert "clutch_" not in refused.text
    closed = create_app(
        settings.model_copy(update={"metrics_key": ""}), clock=clock, with_worker=False
    )
    transport = httpx.ASGITransport(closed)
    async with (
        closed.router.lifespan_context(closed),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        assert (await client.get("/metrics")).status_code == 404


async def test_a_port_of_its_own_serves_them_without_a_key(app: Any) -> None:
    port = free_port()
    async with (
        on_own_port(app.state.metrics, "127.0.0.1", port),
        httpx.AsyncClient(trust_env=False) as client,
    ):
        first, second = await asyncio.gather(
            *(client.get(f"http://127.0.0.1:{port}/metrics") for _ in range(2))
        )
        assert first.status_code == second.status_code == 200
        assert "clutch_events_total" in first.text
        assert (await client.get(f"http://127.0.0.1:{port}/api/v1/health")).status_code == 404


async def test_every_metric_of_the_dashboard_is_told(
    api: Api, database: Database, app: Any
) -> None:
    """After somebody has played, a panel that stays empty is a mistake."""
    async with receiver() as there:
        await api.post("/webhook-configs", {"url": there.url, "events": ["*"]}, status=201)
        await api.send("e-1", "match_completed")
        await api.post("/events", {"event_id": "e-1", "user_id": "x", "type": "y"}, status=422)
        egg = await api.post("/eggs", {"user_id": "eve"}, status=201)
        await api.call("PATCH", f"/eggs/{egg['egg_id']}/status", json={"status": "ready"})
        await api.post(f"/eggs/{egg['egg_id']}/hatch", status=202)
        async with database.engine.begin() as connection:
            await connection.execute(customer_table.update().values(accept_other=True))
        match = {"match_id": "m", "provider": "other", "app_id": "a", "region": "r"}
        await api.post("/matches", match | {"roster": ["ann"]}, status=202)
        await api.work()
    told = samples(await scraped(api))
    dashboard = json.loads(files()["grafana-dashboard.json"].read_text())
    queries = [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())
    ]
    assert len(queries) > 20
    for query in queries:
        for name, condition in re.findall(r"\b((?:clutch|process)_\w+)\{([^}]*)\}", query):
            labels = set(re.findall(r"(\w+)[=!]", condition)) - {"job"}
            by = set(re.split(r"[,\s]+", "".join(re.findall(r" by \(([^)]*)\)", query)))) - {""}
            having = [set(dict(of)) for told_name, of in told if told_name == name]
            assert any(labels | by <= found for found in having), f"{name} in {query}"
