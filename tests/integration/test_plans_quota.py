"""The month's events: counted once a set, refused when used up, told of at 80 %."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import event as sqlalchemy_event

from app.buddies.herd import Herd
from app.customers.quota import EventQuotaExceeded
from app.events.lane import Lanes
from app.events.unit import Accepted
from app.kit.db import Database
from app.kit.errors import Conflict
from app.settings import Settings
from tests import rows
from tests.factories import Api, ManualClock
from tests.rows import new_event, unit

Customer = dict[str, Any]
LIMIT = 10


@pytest.fixture
def settings(settings: Settings) -> Settings:
    plans = {"free": {"events_per_month": LIMIT, "requests_per_minute": None}}
    return Settings(
        **{
            **settings.model_dump(),
            "default_plan": "free",
            "plans": plans,
            "upgrade_url": "https://up.example",
        }
    )


@pytest.fixture
async def processes(
    database: Database, settings: Settings, clock: ManualClock
) -> AsyncIterator[list[Lanes]]:
    """The lanes of four processes on one database."""
    others = [Database(settings.url, clock, settings.key, tariff=settings.tariff) for _ in range(4)]
    yield [Lanes(each, waiting_max=4096) for each in others]
    for each in others:
        await each.close()


async def send(api: Api, event_id: str) -> Any:
    event = {"event_id": event_id, "user_id": "ann", "type": "match_won"}
    return await api.call("POST", "/events", json=event)


def told(answer: Any) -> tuple[int, int, int]:
    names = ("Limit", "Used", "Remaining")
    return tuple(int(answer.headers[f"X-Event-Quota-{name}"]) for name in names)  # type: ignore[return-value]


async def test_every_event_says_what_is_left_of_the_month(api: Api, clock: ManualClock) -> None:
    assert told(await send(api, "e1")) == (10, 1, 9)
    answer = await send(api, "e2")
    assert told(answer) == (10, 2, 8)
    now = clock.now()
    reset = int(answer.headers["X-Event-Quota-Reset"])
    assert 0 < reset - now.timestamp() <= 31 * 86_400


async def test_a_repeat_costs_nothing_even_when_the_month_is_used_up(api: Api) -> None:
    first = await send(api, "e0")
    repeat = await send(api, "e0")
    assert repeat.headers["Idempotency-Replayed"] == "true"
    assert told(repeat) == (10, 1, 9)
    for index in range(1, LIMIT):
        await send(api, f"e{index}")
    assert (await send(api, "one-more")).status_code == 402
    repeat = await send(api, "e0")
    assert (repeat.status_code, repeat.content) == (200, first.content)
    assert told(repeat) == (10, 10, 0)


async def test_the_event_that_would_exceed_is_refused_with_the_facts(
    api: Api, database: Database
) -> None:
    for index in range(LIMIT):
        assert (await send(api, f"e{index}")).status_code == 200
    before = await rows.counts(database)
    answer = await send(api, "one-more")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (402, "event_quota_exceeded")
    details = error["details"]
    assert (details["used"], details["limit"]) == (10, 10)
    assert details["upgrade_url"] == "https://up.example"
    assert details["reset_at"].endswith("-01T00:00:00.000Z")
    assert told(answer) == (10, 10, 0)
    assert await rows.counts(database) == before


async def test_a_batch_is_taken_as_far_as_the_month_reaches(api: Api) -> None:
    events = [
        {"event_id": f"b{index}", "user_id": f"u{index % 3}", "type": "match_won"}
        for index in range(13)
    ]
    answer = await api.call("POST", "/events/batch", json={"events": events})
    results = answer.json()["results"]
    refused = [each["error"]["code"] for each in results if "error" in each]
    assert refused == ["event_quota_exceeded"] * 3
    assert ["error" in each for each in results[:10]] == [False] * 10
    assert told(answer) == (10, 10, 0)


async def test_an_event_that_the_rules_refuse_is_not_counted(api: Api) -> None:
    event = {"event_id": "a", "user_id": "ann", "type": "match_won", "audience": "nobody"}
    assert (await api.call("POST", "/events", json=event)).status_code == 400
    assert told(await send(api, "b")) == (10, 1, 9)


async def test_a_mistake_is_told_before_the_quota_that_is_used_up(api: Api) -> None:
    for index in range(LIMIT):
        await send(api, f"e{index}")
    event = {"event_id": "a", "user_id": "ann", "type": "match_won"}
    wrong = ({"audience": "nobody"}, {"occurred_at": "2999-01-01T00:00:00Z"}, {})
    answers = [await api.call("POST", "/events", json=event | each) for each in wrong]
    assert [answer.status_code for answer in answers] == [400, 422, 402]


async def test_the_next_month_begins_anew(api: Api, clock: ManualClock) -> None:
    for index in range(LIMIT):
        await send(api, f"e{index}")
    assert (await send(api, "late")).status_code == 402
    clock.advance(days=31)
    assert told(await send(api, "late")) == (10, 1, 9)


async def test_eighty_percent_is_told_once_a_month(api: Api, clock: ManualClock) -> None:
    endpoint = {"url": "http://127.0.0.1:9999/", "events": ["usage.threshold_reached"]}
    made = await api.post("/webhook-configs", endpoint, status=201)
    wanted = {"endpoint_id": made["id"]}

    async def deliveries() -> list[Any]:
        found: list[Any] = (await api.get("/webhook-deliveries", params=wanted))["data"]
        return found

    for index in range(7):
        await send(api, f"e{index}")
    assert await deliveries() == []
    for index in range(7, 12):
        await send(api, f"e{index}")
    assert len(await deliveries()) == 1
    clock.advance(days=31)
    for index in range(8):
        await send(api, f"next-{index}")
    assert len(await deliveries()) == 2


async def test_what_is_told_at_the_threshold(api: Api, database: Database) -> None:
    endpoint = {"url": "http://127.0.0.1:9999/", "events": ["*"], "payload_format": "raw"}
    await api.post("/webhook-configs", endpoint, status=201)
    for index in range(8):
        await send(api, f"e{index}")
    query = "SELECT body FROM webhook_delivery WHERE type = 'usage.threshold_reached'"
    [row] = await rows.fetch(database, query)
    body = orjson.loads(row.body)
    assert body.pop("resets_at").endswith("-01T00:00:00.000Z")
    assert body == {"metric": "events", "threshold_percent": 80, "used": 8, "limit": 10}


async def test_a_played_match_counts_and_is_never_refused(
    processes: list[Lanes], database: Database, customer: Customer
) -> None:
    async def own(herd: Herd, accepted: Sequence[Accepted]) -> None: ...

    ids = [f"m:{index}" for index in range(LIMIT + 3)]
    match = unit(customer, *(new_event(each, "match_won", "ann") for each in ids), owner=own)
    [taken] = await processes[0].submit([match])
    assert isinstance(taken, list)
    assert taken[0].quota is not None
    assert taken[0].quota.used == LIMIT + 3
    [refused] = await processes[0].submit([unit(customer, new_event("e", "match_won", "ann"))])
    assert isinstance(refused, EventQuotaExceeded)


async def test_a_unit_whose_owner_refuses_is_not_counted(
    processes: list[Lanes], customer: Customer
) -> None:
    async def refuse(herd: Herd, accepted: Sequence[Accepted]) -> None:
        raise Conflict("not this one")

    outcomes = await processes[0].submit(
        [
            unit(customer, new_event("m:a", "match_won", "ann"), owner=refuse),
            unit(customer, new_event("e", "match_won", "bob")),
        ]
    )
    assert isinstance(outcomes[0], Conflict)
    assert isinstance(outcomes[1], list)
    assert outcomes[1][0].quota is not None
    assert outcomes[1][0].quota.used == 1


async def test_processes_together_let_no_event_too_many_pass(
    processes: list[Lanes], database: Database, customer: Customer
) -> None:
    async def one(lanes: Lanes, index: int) -> bool:
        event = new_event(f"e{index}", "match_won", f"u{index}")
        [outcome] = await lanes.submit([unit(customer, event)])
        return isinstance(outcome, list)

    sent = [one(lanes, index * 4 + n) for index in range(10) for n, lanes in enumerate(processes)]
    assert sum(await asyncio.gather(*sent)) == LIMIT
    [row] = await rows.fetch(database, "SELECT sum(events) AS used FROM event_usage")
    assert int(row.used) == LIMIT


async def test_a_plan_without_a_quota_asks_the_database_nothing(
    customer: Customer, settings: Settings, clock: ManualClock
) -> None:
    statements: list[str] = []
    for name in ("free", "unlimited"):
        plans = Settings(**{**settings.model_dump(), "default_plan": name})
        opened = Database(settings.url, clock, settings.key, tariff=plans.tariff)

        def seen(_c: Any, _r: Any, statement: str, *_: Any, plan: str = name) -> None:
            if "usage" in statement:
                statements.append(plan)

        sqlalchemy_event.listen(opened.engine.sync_engine, "before_cursor_execute", seen)
        event = new_event(f"from-{name}", "match_won", "ann")
        await Lanes(opened, waiting_max=9).submit([unit(customer, event)])
        await opened.close()
    assert "free" in statements
    assert "unlimited" not in statements


async def test_far_from_the_limit_counting_is_spread_over_slots(
    customer: Customer, settings: Settings, clock: ManualClock
) -> None:
    plans = {"free": {"events_per_month": 1_000_000}}
    large = Settings(**{**settings.model_dump(), "plans": plans})
    opened = Database(settings.url, clock, settings.key, tariff=large.tariff)
    lanes = Lanes(opened, waiting_max=99)
    for index in range(40):
        await lanes.submit([unit(customer, new_event(f"e{index}", "match_won", "ann"))])
    found = await rows.fetch(opened, "SELECT slot, events FROM event_usage ORDER BY slot")
    await opened.close()
    assert sum(row.events for row in found) == 40
    assert len(found) >= 3
    assert 0 not in [row.slot for row in found]
