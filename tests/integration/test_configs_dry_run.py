"""A dry run says what a version would pay, next to what is paid, and changes nothing."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock

Document = dict[str, Any]


def _document(amount: int = 10, **sections: Any) -> Document:
    return {
        "event_types": [{"key": "play"}, {"key": "win"}],
        "tokens": [{"key": "coins", "kind": "primary"}, {"key": "xp", "kind": "progression"}],
        "token_rules": [
            {
                "key": "pay",
                "event_type": "play",
                "token": "coins",
                "amount": amount,
                "caps": {"daily": 35},
            },
            {
                "key": "luck",
                "event_type": "win",
                "token": "xp",
                "amount": 3,
                "lucky": {"chance": 0.5, "factor": 4},
            },
        ],
        "badges": [
            {
                "key": "keen",
                "when": {"type": "event_count", "event_type": "play", "gte": 3},
                "tokens": {"coins": 50},
            }
        ],
        "streaks": [
            {
                "key": "days",
                "kind": "daily",
                "event_types": ["play"],
                "milestones": [{"at": 2, "tokens": {"xp": 5}}],
            }
        ],
        "evolution": {
            "auto_evolve": True,
            "stages": [
                {"stage": 1},
                {"stage": 2, "conditions": [{"type": "badge", "badge": "keen"}]},
            ],
        },
        **sections,
    }


async def _draft(api: Api, document: Document) -> str:
    return str((await api.post("/config-versions", {"document": document}, status=201))["id"])


async def _publish(api: Api, document: Document) -> str:
    id_ = await _draft(api, document)
    await api.post(f"/config-versions/{id_}/publish")
    return id_


async def _dry_run(api: Api, id_: str, body: Any = None) -> Any:
    return await api.post(f"/config-versions/{id_}/dry-run", body or {})


async def _live(api: Api, clock: ManualClock, count: int = 60) -> None:
    """Some days of some users."""
    chance = random.Random(7)
    for n in range(count):
        clock.advance(hours=chance.uniform(0, 2))
        await api.send(f"e-{n}", chance.choice(["play", "win"]), chance.choice(["ann", "bob"]))


def _of(answer: Any, section: str, **key: Any) -> Any:
    [line] = [each for each in answer[section] if key.items() <= each.items()]
    return {name: value for name, value in line.items() if name not in key}


async def test_the_rules_in_force_would_pay_what_they_paid(api: Api, clock: ManualClock) -> None:
    """Nobody lived before the window, so the replay is what the ledger has, to the unit."""
    version = await _publish(api, _document())
    await _live(api, clock)
    answer = await _dry_run(api, version, {"days": 30})
    assert answer["events"] == 60
    assert answer["buddies"] == 2
    for token in answer["tokens"]:
        assert token["paid"] == token["was"] == token["would_be"] > 0
    paid = [
        await api.get(f"/buddies/{(await api.buddy_of(u))['id']}/tokens") for u in ("ann", "bob")
    ]
    for key in ("coins", "xp"):
        earned = [
            row["lifetime_earned"] for each in paid for row in each["all"] if row["key"] == key
        ]
        assert _of(answer, "tokens", token=key)["was"] == sum(earned)
    sections = ("rules", "badges", "streak_milestones")
    assert {each["difference"] for name in sections for each in answer[name]} == {0}
    assert _of(answer, "badges", badge="keen") == {"was": 2, "would_be": 2, "difference": 0}
    assert answer["top_buddies"] == []


async def test_other_rules_are_told_by_token_rule_badge_milestone_and_buddy(
    api: Api, clock: ManualClock
) -> None:
    await _publish(api, _document())
    for n in range(4):
        await api.send(f"a{n}", "play", "ann")
    await api.send("b0", "play", "bob")
    clock.advance(days=1)
    await api.send("a9", "play", "ann")
    generous = _document(
        amount=20,
        badges=[],
        evolution={},
        skills=[{"key": "aim"}],
        skill_rules=[{"key": "aim", "event_type": "play", "skill": "aim", "amount": 2}],
        streaks=[],
    )
    answer = await _dry_run(api, await _draft(api, generous))
    assert _of(answer, "tokens", token="coins") == {
        "paid": 105,
        "was": 105,
        "would_be": 75,
        "difference": -30,
    }
    assert _of(answer, "tokens", token="xp")["difference"] == -5
    pay = _of(answer, "rules", source="rule:pay", token="coins")
    assert pay == {"was": 55, "would_be": 75, "difference": 20}
    badge = _of(answer, "rules", source="badge:keen", token="coins")
    assert badge == {"was": 50, "would_be": 0, "difference": -50}
    assert _of(answer, "badges", badge="keen") == {"was": 1, "would_be": 0, "difference": -1}
    milestone = _of(answer, "streak_milestones", streak="days", milestone=2)
    assert milestone == {"was": 1, "would_be": 0, "difference": -1}
    assert _of(answer, "skills", skill="aim") == {"was": 0, "would_be": 12, "difference": 12}
    ann, bob = answer["top_buddies"]
    assert (ann["user_id"], bob["user_id"]) == ("ann", "bob")
    assert ann["buddy_id"] == (await api.buddy_of("ann"))["id"]
    assert _of(ann, "tokens", token="coins") == {"was": 95, "would_be": 55, "difference": -40}
    assert _of(bob, "tokens", token="coins") == {"was": 10, "would_be": 20, "difference": 10}


async def test_only_the_window_is_replayed(api: Api, clock: ManualClock) -> None:
    version = await _publish(api, _document())
    await api.send("old", "play")
    clock.advance(days=3)
    await api.send("new", "play")
    assert (await _dry_run(api, version, {"days": 2}))["events"] == 1
    answer = await _dry_run(api, version, {"days": 4})
    assert answer["events"] == 2
    assert answer["since"] < answer["until"]


async def test_each_event_was_decided_by_the_version_that_its_buddy_followed(api: Api) -> None:
    old = await _publish(api, _document(amount=10))
    await api.send("e-1", "play", "ann")
    await _publish(api, _document(amount=12))
    await api.send("e-2", "play", "ann")
    await api.send("e-3", "play", "bob")
    answer = await _dry_run(api, old)
    coins = _of(answer, "tokens", token="coins")
    assert coins == {"paid": 32, "was": 32, "would_be": 30, "difference": -2}


async def test_given_events_are_replayed_as_if_they_were_received_when_they_occurred(
    api: Api, database: Database
) -> None:
    await _publish(api, _document())
    draft = await _draft(api, _document(amount=20))
    events = [
        {
            "event_id": f"g-{day}",
            "user_id": "zoe",
            "type": "play",
            "occurred_at": f"2026-03-0{day}T12:00:00Z",
        }
        for day in (1, 2, 3)
    ]
    before = await rows.counts(database)
    answer = await _dry_run(api, draft, {"events": [*events, events[1]]})
    assert answer["events"] == 3, "an id that comes again counts once"
    assert _of(answer, "tokens", token="coins") == {"was": 80, "would_be": 110, "difference": 30}
    assert _of(answer, "streak_milestones", streak="days", milestone=2)["would_be"] == 1
    [zoe] = answer["top_buddies"]
    assert "buddy_id" not in zoe
    assert await rows.counts(database) == before


async def test_what_a_version_would_not_take_in_is_counted_as_refused(api: Api) -> None:
    await _publish(api, _document())
    await api.send("e-1", "play")
    await api.send("e-2", "sing")
    strict = await _draft(api, _document(unknown_events="reject", match_mapping=[]))
    answer = await _dry_run(api, strict)
    assert answer["refused"] == {"was": 0, "would_be": 1, "difference": 1}
    elsewhere = await _draft(api, _document(audiences=[{"key": "kids"}, {"key": "grown"}]))
    answer = await _dry_run(api, elsewhere)
    assert answer["refused"] == {"was": 0, "would_be": 2, "difference": 2}


@pytest.mark.parametrize(
    "body",
    [
        {"days": 0},
        {"days": 31},
        {"days": "7"},
        {"events": []},
        {"days": 1, "events": [{"event_id": "e", "user_id": "u", "type": "t"}]},
        {"events": [{"event_id": f"e{n}", "user_id": "u", "type": "t"} for n in range(501)]},
        {"since": "yesterday"},
    ],
)
async def test_a_dry_run_of_nothing_sensible_is_refused(api: Api, body: Any) -> None:
    id_ = await _draft(api, _document())
    answer = await api.call("POST", f"/config-versions/{id_}/dry-run", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation_failed")


async def test_more_events_than_can_be_replayed_are_refused_with_a_hint(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.events.dry_run.EVENTS_MAX", 2)
    version = await _publish(api, _document())
    for n in range(3):
        await api.send(f"e-{n}", "play")
    answer = await api.call("POST", f"/config-versions/{version}/dry-run", json={"days": 1})
    [field] = answer.json()["error"]["details"]["fields"]
    assert field["path"] == "/days"
    assert "fewer days" in field["message"]


async def test_however_the_log_is_cut_into_pages_the_answer_is_the_same(
    api: Api, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _publish(api, _document())
    await _live(api, clock, 30)
    draft = await _draft(api, _document(amount=13))
    whole = await _dry_run(api, draft)
    assert whole["events"] == 30
    for size in (1, 10, 29, 30, 31):
        monkeypatch.setattr("app.events.dry_run.PAGE_EVENTS", size)
        assert await _dry_run(api, draft) == whole


async def test_a_customer_has_one_dry_run_at_a_time(api: Api) -> None:
    version = await _publish(api, _document())
    url = f"/config-versions/{version}/dry-run"
    answers = await asyncio.gather(*(api.call("POST", url, json={}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "rate_limited"
    assert refused.headers["Retry-After"] == "5"
    assert (await api.call("POST", url, json={})).status_code == 200


async def test_streaks_of_a_replay_tick_in_the_users_time_zone(
    api: Api, clock: ManualClock
) -> None:
    await api.call("PATCH", "/users/kim", json={"time_zone": "Pacific/Auckland"})
    version = await _publish(api, _document())
    noon = clock.now().replace(hour=0) + timedelta(days=1)
    for index, hour in enumerate((10, 13)):  # one day in UTC, two in Auckland
        clock.advance(seconds=(noon.replace(hour=hour) - clock.now()).total_seconds())
        await api.send(f"e-{index}", "play", "kim")
    answer = await _dry_run(api, version)
    milestone = _of(answer, "streak_milestones", streak="days", milestone=2)
    assert milestone == {"was": 1, "would_be": 1, "difference": 0}
    assert _of(answer, "tokens", token="xp")["paid"] == 5
