"""Events: taken in once, answered again byte for byte, refused whole."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.kit.clock import to_text
from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock

PLAYED = {"event_id": "e1", "user_id": "ann", "type": "match_completed"}


async def test_an_event_makes_a_buddy_and_pays_what_the_rules_say(api: Api) -> None:
    effects = await api.send("e1", "match_completed", properties={"score": 20})
    buddy = await api.buddy_of("ann")
    assert effects["coins"] == 10 + 20 // 2
    assert effects["tokens"] == ["coins:20", "xp:24"]
    assert (buddy["coins"], buddy["tokens"]) == (20, {"coins": 20, "xp": 24})
    assert buddy["progression"]["counters"] == {"match_completed": 1}
    assert effects["streak_updates"] == [
        {"key": "daily-play", "count": 1},
        {"key": "weekly-play", "count": 1},
    ]


async def test_a_repeat_is_answered_byte_for_byte_and_changes_nothing(
    api: Api, database: Database, clock: ManualClock
) -> None:
    event = PLAYED | {"properties": {"b": [1, {"x": None}], "a": "ä€"}}
    first = await api.call("POST", "/events", json=event)
    await api.send("e2", "match_won")
    clock.advance(days=40)
    before = await rows.counts(database), await api.buddy_of("ann")
    shuffled = {"properties": {"a": "ä€", "b": [1, {"x": None}]}, **PLAYED}
    again = await api.call("POST", "/events", json=shuffled)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (await rows.counts(database), await api.buddy_of("ann")) == before


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"type": "match_won"}, ["/type"]),
        ({"user_id": "bob"}, ["/user_id"]),
        ({"audience": "default"}, ["/audience"]),
        ({"occurred_at": "2026-01-01T00:00:00Z"}, ["/occurred_at"]),
        ({"properties": {"score": 2}}, ["/properties/score"]),
        ({"properties": {"score": True}}, ["/properties/score"]),
        ({"properties": {"score": 1.0}}, ["/properties/score"]),
        ({"properties": {"score": 1, "a/b": 1}}, ["/properties/a~1b"]),
        ({"type": "x", "properties": {}}, ["/type", "/properties/score"]),
    ],
)
async def test_an_id_with_another_meaning_is_refused_and_says_where(
    api: Api, database: Database, change: dict[str, Any], differs: list[str]
) -> None:
    event = PLAYED | {"properties": {"score": 1}}
    await api.post("/events", event)
    before = await rows.counts(database)
    refused = await api.post("/events", event | change, status=422)
    assert refused["error"]["code"] == "event_id_conflict"
    assert refused["error"]["details"] == {"differs": differs}
    assert await rows.counts(database) == before


async def test_fifty_identical_sends_at_once_have_one_effect(api: Api, database: Database) -> None:
    answers = await asyncio.gather(*(api.call("POST", "/events", json=PLAYED) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    replayed = [answer for answer in answers if "Idempotency-Replayed" in answer.headers]
    assert len(replayed) == 49
    counted = await rows.counts(database)
    assert (counted["event"], counted["buddy"]) == (1, 1)
    assert (await api.buddy_of("ann"))["coins"] == 10
    assert await rows.differences(database) == []


async def test_fifty_events_of_one_user_at_once_all_count(api: Api, database: Database) -> None:
    await asyncio.gather(*(api.send(f"e{n}", "match_won") for n in range(50)))
    buddy = await api.buddy_of("ann")
    assert buddy["progression"]["counters"] == {"match_won": 50}
    assert await rows.differences(database) == []


async def test_a_batch_answers_each_event_in_its_place(api: Api, database: Database) -> None:
    await api.send("known", "match_won", "bob")
    later = to_text(database.clock.now() + timedelta(minutes=6))
    events = [
        PLAYED,
        PLAYED | {"event_id": "known"},
        PLAYED | {"event_id": "match:1"},
        PLAYED | {"event_id": "e2", "user_id": "never-seen", "occurred_at": later},
        PLAYED | {"event_id": "e3", "audience": "elsewhere"},
        PLAYED,
        PLAYED | {"event_id": "e4", "type": "match_won"},
        PLAYED | {"type": "match_won"},
    ]
    results = (await api.post("/events/batch", {"events": events}))["results"]
    codes = [result.get("error", {}).get("code") for result in results]
    assert codes == [
        None,
        "event_id_conflict",
        "validation_failed",
        "validation_failed",
        "unknown_audience",
        None,
        None,
        "event_id_conflict",
    ]
    assert results[0] == results[5]
    assert results[2]["error"]["details"]["fields"][0]["path"] == "/events/2/event_id"
    assert results[3]["error"]["details"]["fields"][0]["path"] == "/occurred_at"
    assert results[6]["badges_awarded"] == ["first-blood"]
    assert (await rows.counts(database))["event"] == 3
    assert (await api.get("/buddies", params={"user_id": "never-seen"}))["data"] == []


async def test_a_batch_of_five_hundred_is_taken_in_whole(api: Api, database: Database) -> None:
    events = [
        PLAYED | {"event_id": f"e{n}", "user_id": f"u{n % 40}", "type": "match_lost"}
        for n in range(500)
    ]
    results = (await api.post("/events/batch", {"events": events}))["results"]
    assert len(results) == 500
    assert not any("error" in result for result in results)
    assert (await rows.counts(database))["buddy"] == 40
    assert await rows.differences(database) == []
    again = (await api.post("/events/batch", {"events": events}))["results"]
    assert again == results


@pytest.mark.parametrize(
    ("minutes", "status"), [(0, 200), (5, 200), (5 + 1 / 60, 422), (60 * 24 * 365, 422)]
)
async def test_an_event_may_come_from_at_most_five_minutes_ahead(
    api: Api, database: Database, clock: ManualClock, minutes: float, status: int
) -> None:
    at = to_text(clock.now() + timedelta(minutes=minutes))
    answer = await api.call("POST", "/events", json=PLAYED | {"occurred_at": at})
    assert answer.status_code == status
    if status == 422:
        [field] = answer.json()["error"]["details"]["fields"]
        assert field["path"] == "/occurred_at"
        assert (await rows.counts(database))["buddy"] == 0


@pytest.mark.parametrize(("days", "ticks"), [(0, True), (6.9, True), (7.1, False), (400, False)])
async def test_an_event_that_is_too_late_counts_and_ticks_nothing(
    api: Api, clock: ManualClock, days: float, ticks: bool
) -> None:
    at = to_text(clock.now() - timedelta(days=days))
    effects = await api.send("e1", "match_completed", occurred_at=at)
    assert effects["coins"] == 10
    assert bool(effects["streak_updates"]) is ticks
    buddy = await api.buddy_of("ann")
    assert buddy["progression"]["counters"] == {"match_completed": 1}


async def test_days_that_arrive_out_of_order_make_one_streak(api: Api, clock: ManualClock) -> None:
    start = clock.now()
    for day in (2, 0, 1):
        at = to_text(start - timedelta(days=day))
        effects = await api.send(f"e{day}", "match_completed", occurred_at=at)
    assert effects["streak_milestones"] == [3]
    streaks = {
        each["key"]: each["count"] for each in (await api.buddy_of("ann"))["progression"]["streaks"]
    }
    assert streaks["daily-play"] == 3


async def test_a_refused_event_makes_no_buddy(api: Api, database: Database) -> None:
    before = await rows.counts(database)
    await api.post("/events", PLAYED | {"audience": "elsewhere"}, status=400)
    assert await rows.counts(database) == before


async def test_an_archived_buddy_is_followed_by_a_new_one(api: Api) -> None:
    await api.send("e1", "match_won")
    first = await api.buddy_of("ann")
    await api.post(f"/buddies/{first['id']}/archive")
    await api.send("e2", "match_won")
    second = await api.buddy_of("ann")
    assert second["id"] != first["id"]
    assert second["progression"]["counters"] == {"match_won": 1}
    kept = await api.get(f"/buddies/{first['id']}")
    assert (kept["status"], kept["coins"]) == ("archived", first["coins"])


async def test_without_published_rules_an_event_is_refused(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    await rows.sql(database, "UPDATE customer SET published_config_id = NULL")
    refused = await api.post("/events", PLAYED, status=409)
    assert refused["error"]["code"] == "no_published_config"
    assert refused["error"]["details"]["publish_url"].endswith("/config-versions")
    assert (await rows.counts(database))["event"] == 0


async def test_an_event_type_that_no_rule_names_is_counted(api: Api) -> None:
    effects = await api.send("e1", "Something:new-2.0")
    assert effects["tokens"] == []
    counters = (await api.buddy_of("ann"))["progression"]["counters"]
    assert counters == {"Something:new-2.0": 1}


async def test_where_the_rules_refuse_unknown_types_they_are_refused(api: Api) -> None:
    [published] = (await api.get("/config-versions"))["data"]
    document = published["document"] | {"unknown_events": "reject"}
    draft = await api.post("/config-versions", {"document": document}, status=201)
    await api.post(f"/config-versions/{draft['id']}/publish")
    refused = await api.post("/events", PLAYED | {"type": "never_named"}, status=422)
    assert refused["error"]["code"] == "event_type_not_registered"
    await api.send("e1", "match_won")


async def test_where_there_are_two_audiences_each_has_its_buddy(api: Api) -> None:
    [published] = (await api.get("/config-versions"))["data"]
    audiences = [{"key": "players"}, {"key": "team-coaches"}]
    document = published["document"] | {"audiences": audiences}
    draft = await api.post("/config-versions", {"document": document}, status=201)
    await api.post(f"/config-versions/{draft['id']}/publish")
    refused = await api.post("/events", PLAYED, status=400)
    assert refused["error"]["code"] == "missing_audience"
    assert refused["error"]["details"] == {"audiences": ["players", "team-coaches"]}
    for audience in ("players", "team-coaches"):
        await api.send(f"e-{audience}", "match_won", audience=audience)
    found = (await api.get("/buddies", params={"user_id": "ann"}))["data"]
    assert {buddy["audience"] for buddy in found} == {"players", "team-coaches"}
