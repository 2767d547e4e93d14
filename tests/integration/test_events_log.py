"""The log of events: in order, without gaps, and each event explained to the last number."""

from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock
from tests.surface import fault_of


async def _send_each_second(api: Api, clock: ManualClock, count: int) -> list[str]:
    names = [f"e{n}" for n in range(count)]
    for n, name in enumerate(names):
        await api.send(name, "match_won" if n % 2 else "match_lost", f"u{n % 3}")
        clock.advance(seconds=1)
    return names


async def _walk(api: Api, **params: Any) -> list[str]:
    """Every event of the log, page by page."""
    found: list[str] = []
    while True:
        page = await api.get("/events", params=params)
        found += [event["event_id"] for event in page["data"]]
        if page["next_cursor"] is None or not page["data"]:
            return found
        params["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
async def test_the_log_is_newest_first_and_complete(
    api: Api, clock: ManualClock, limit: int
) -> None:
    names = await _send_each_second(api, clock, 7)
    assert await _walk(api, limit=limit) == names[::-1]


async def test_the_log_is_filtered(api: Api, clock: ManualClock) -> None:
    await _send_each_second(api, clock, 7)
    assert await _walk(api, user_id="u0", limit=1) == ["e6", "e3", "e0"]
    assert await _walk(api, type="match_won") == ["e5", "e3", "e1"]
    assert await _walk(api, user_id="u0", type="match_won") == ["e3"]
    assert await _walk(api, user_id="nobody") == []


async def test_a_batch_stands_in_the_log_in_its_order(api: Api, clock: ManualClock) -> None:
    events = [{"event_id": f"e{n}", "user_id": "ann", "type": "x"} for n in range(20)]
    await api.post("/events/batch", {"events": events})
    assert await _walk(api, limit=6) == [f"e{n}" for n in reversed(range(20))]


async def test_a_tail_read_forward_misses_nothing_and_stays_behind_the_present(
    api: Api, clock: ManualClock
) -> None:
    """It ends two seconds before now, so that a slow commit is still in front of it."""
    names = await _send_each_second(api, clock, 6)
    first = await api.get("/events", params={"order": "asc"})
    assert [event["event_id"] for event in first["data"]] == names[:4]
    clock.advance(seconds=10)
    second = await api.get("/events", params={"order": "asc", "cursor": first["next_cursor"]})
    assert [event["event_id"] for event in second["data"]] == names[4:]
    third = await api.get("/events", params={"order": "asc", "cursor": second["next_cursor"]})
    assert third["data"] == []
    assert third["next_cursor"] == second["next_cursor"]


async def test_a_logged_event_is_the_one_that_was_sent(api: Api) -> None:
    properties = {"score": 12, "deep": {"list": [1, "ä", None, True]}}
    effects = await api.send(
        "e1", "match_won", properties=properties, occurred_at="2020-01-02T03:04:05.678901+02:00"
    )
    [event] = (await api.get("/events"))["data"]
    assert event["properties"] == properties
    assert event["occurred_at"] == "2020-01-02T01:04:05.678Z"
    assert event["effects"] == effects
    assert (event["audience"], event["user_id"]) == (None, "ann")


async def test_a_log_is_its_customers_own(api: Api, other_customer: dict[str, Any]) -> None:
    await api.send("e1", "match_won")
    headers = {"Authorization": f"Bearer {other_customer['secret_key']}"}
    assert (await api.get("/events", headers=headers))["data"] == []
    answer = await api.call("GET", "/events/e1", headers=headers)
    assert fault_of(answer, 404, "resource_not_found") is None


async def test_every_rule_explains_what_it_made_of_an_event(api: Api) -> None:
    await api.send("e1", "match_completed", properties={"score": 60, "stats": {"deaths": 1}})
    explained = {line["rule"]: line for line in (await api.get("/events/e1"))["explanation"]}
    assert explained["show-up-coins"]["reason"] == "fired"
    assert explained["show-up-coins"]["number"] == 10
    assert explained["score-coins"]["number"] == 30
    assert explained["win-coins"]["reason"] == "no_match"
    podium, flawless = explained["podium-coins"], explained["flawless-coins"]
    assert podium["reason"].startswith("condition:/token_rules/2/when/conditions/0")
    assert flawless["reason"].startswith("condition:/token_rules/3/when/conditions/0")
    assert explained["daily-play"] == {
        "section": "streaks",
        "rule": "daily-play",
        "pointer": "/streaks/0",
        "reason": "fired",
        "text": "It applied.",
        "number": 1,
    }
    assert all(line["text"] for line in explained.values())


async def test_a_cap_says_that_it_clipped(api: Api) -> None:
    for n in range(21):
        effects = await api.send(f"e{n}", "match_completed")
    assert effects["coins"] == 0
    lines = (await api.get("/events/e20"))["explanation"]
    [capped] = [line for line in lines if line["rule"] == "show-up-coins"]
    assert capped["reason"] == "cap:daily"


async def test_an_explanation_lists_the_ledger_and_the_deliveries_that_followed(
    api: Api, database: Database, clock: ManualClock
) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["*"]}
    endpoint = await api.post("/webhook-configs", hook, status=201)
    await api.send("e1", "match_won")
    effects = await api.send("e2", "match_won")
    await api.send("e3", "match_won")
    event = await api.get("/events/e2")
    moved: dict[str, int] = {}
    for line in event["ledger"]:
        moved[line["token"]] = moved.get(line["token"], 0) + line["amount"]
    assert [f"{token}:{amount}" for token, amount in moved.items()] == effects["tokens"]
    assert {line["counter_account"] for line in event["ledger"]} >= {"rule:win-coins"}
    told = {line["type"] for line in event["deliveries"]}
    assert told >= {"coins.earned", "token.earned", "streak.ticked"}
    assert {line["endpoint_id"] for line in event["deliveries"]} == {endpoint["id"]}
    sequences = [line["sequence"] for line in event["deliveries"]]
    assert sequences == sorted(sequences)
    written = await rows.fetch(
        database, "SELECT count(*) AS n FROM webhook_delivery WHERE caused_by = 'e2'"
    )
    assert len(event["deliveries"]) == written[0].n


async def test_an_explanation_stays_with_the_rules_that_decided(api: Api) -> None:
    """New rules change neither old answers nor their explanation."""
    await api.send("e1", "match_completed")
    before = await api.get("/events/e1")
    [version] = (await api.get("/config-versions"))["data"]
    document = version["document"]
    document["token_rules"] = [
        rule | {"amount": 99} if rule["key"] == "show-up-coins" else rule
        for rule in document["token_rules"]
    ]
    draft = await api.post("/config-versions", {"document": document}, status=201)
    await api.post(f"/config-versions/{draft['id']}/publish")
    assert await api.get("/events/e1") == before
    effects = await api.send("e2", "match_completed")
    assert effects["coins"] == 10, "a living buddy keeps the version that it is pinned to"
    assert (await api.send("e3", "match_completed", "newcomer"))["coins"] == 99
