"""Buddies: read, listed, renamed, archived, awarded, evolved."""

from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock
from tests.surface import fault_of


@pytest.fixture
async def buddy(api: Api) -> Any:
    await api.send("e1", "match_won")
    return await api.buddy_of("ann")


async def test_a_renamed_buddy_has_its_new_name_at_once(api: Api, buddy: Any) -> None:
    answer = await api.call("PATCH", f"/buddies/{buddy['id']}", json={"name": "Ä-Rex 🦖"})
    assert answer.json()["name"] == "Ä-Rex 🦖"
    assert (await api.get(f"/buddies/{buddy['id']}"))["name"] == "Ä-Rex 🦖"


async def test_archiving_twice_is_archiving_once(api: Api, buddy: Any, database: Database) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["buddy.archived"]}
    await api.post("/webhook-configs", hook, status=201)
    for _ in range(2):
        archived = await api.post(f"/buddies/{buddy['id']}/archive")
        assert archived["status"] == "archived"
    assert (await rows.counts(database))["webhook_delivery"] == 1


MUTATIONS: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"name": "x"}),
    ("POST", "/coins", {"amount": 1, "reason": "x"}),
    ("POST", "/tokens", {"amount": 1, "reason": "x"}),
    ("POST", "/coins/spend", {"amount": 1, "reason": "x"}),
    ("POST", "/badges", {"badge_key": "fair-play"}),
]


async def test_an_archived_buddy_refuses_every_change_and_keeps_its_ledger(
    api: Api, buddy: Any, database: Database
) -> None:
    path = f"/buddies/{buddy['id']}"
    ledger = await api.get(f"{path}/ledger")
    await api.post(f"{path}/archive")
    before = await rows.counts(database)
    for method, tail, body in MUTATIONS:
        answer = await api.call(method, path + tail, json=body)
        assert fault_of(answer, 409, "conflict") is None, tail
        assert answer.json()["error"]["details"]["status"] == "archived"
    assert await rows.counts(database) == before
    assert await api.get(f"{path}/ledger") == ledger


@pytest.mark.parametrize("sort", ["created_at", "updated_at", "name", "evolution_stage", "coins"])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_lists_are_sorted_and_paged_without_gaps(
    api: Api, clock: ManualClock, sort: str, order: str
) -> None:
    for n in range(5):
        for played in range(n % 3 + 1):
            await api.send(f"e{n}-{played}", "match_completed", f"u{n}")
            clock.advance(seconds=1)
    whole = await api.get("/buddies", params={"sort": sort, "order": order})
    pages = [
        await api.get("/buddies", params={"sort": sort, "order": order, "page": page, "limit": 2})
        for page in (1, 2, 3, 4)
    ]
    assert [page["data"] for page in pages] == [
        whole["data"][:2],
        whole["data"][2:4],
        whole["data"][4:],
        [],
    ]
    assert {page["meta"]["total"] for page in pages} == {5}
    values = [each[sort] for each in whole["data"]]
    assert values == sorted(values, reverse=order == "desc")


async def test_where_nothing_is_published_every_order_of_the_list_is_empty(
    api: Api, database: Database
) -> None:
    await rows.sql(database, "UPDATE customer SET published_config_id = NULL")
    for sort in ("created_at", "coins"):
        assert (await api.get("/buddies", params={"sort": sort}))["data"] == []


async def test_lists_are_filtered(api: Api, buddy: Any) -> None:
    await api.send("e2", "match_won", "bob")
    await api.post(f"/buddies/{buddy['id']}/archive")

    async def users(**params: Any) -> set[str]:
        return {each["user_id"] for each in (await api.get("/buddies", params=params))["data"]}

    assert await users() == {"ann", "bob"}
    assert await users(status="archived") == {"ann"}
    assert await users(status="active") == {"bob"}
    assert await users(user_id="bob") == {"bob"}
    assert await users(evolution_stage=5) == set()


async def test_tokens_are_all_shown_with_what_was_ever_earned(api: Api, buddy: Any) -> None:
    spend = {"amount": 5, "reason": "x"}
    await api.post(f"/buddies/{buddy['id']}/coins/spend", spend, status=201)
    summary = await api.get(f"/buddies/{buddy['id']}/tokens")
    assert summary["primary"]["balance"] == buddy["coins"] - 5
    assert summary["primary"]["lifetime_earned"] == buddy["coins"]
    assert summary["primary"]["lifetime_spent"] == 5
    assert summary["all"] == [summary["primary"], summary["progression"]]


async def test_a_badge_is_given_by_hand_once(api: Api, buddy: Any, database: Database) -> None:
    path = f"/buddies/{buddy['id']}/badges"
    award = await api.post(path, {"badge_key": "fair-play"}, status=201)
    assert (await api.buddy_of("ann"))["coins"] == buddy["coins"] + 100
    assert await api.post(path, {"badge_key": "fair-play"}, status=200) == award
    assert (await api.buddy_of("ann"))["coins"] == buddy["coins"] + 100
    badges = await api.get(path)
    assert {each["badge_key"] for each in badges["earned"]} == {"first-blood", "fair-play"}
    answer = await api.call("POST", path, json={"badge_key": "no-such"})
    assert fault_of(answer, 404, "resource_not_found") is None
    assert await rows.differences(database) == []


async def test_enough_matches_evolve_a_buddy_and_draw_it_anew(
    api: Api, database: Database, clock: ManualClock
) -> None:
    for n in range(60):
        effects = await api.send(f"e{n}", "match_completed", properties={"score": 50})
        if effects["evolution_ready"]:
            break
    else:
        pytest.fail("sixty matches are enough for the second stage")
    before = await api.buddy_of("ann")
    assert before["evolution_stage"] == 1
    await api.work()
    after = await api.buddy_of("ann")
    assert after["evolution_stage"] == 2
    assert after["image_url"] != before["image_url"]
    history = await api.get(f"/buddies/{after['id']}/evolutions")
    [record] = history["data"]
    assert (record["from_stage"], record["to_stage"], record["source"]) == (1, 2, "auto")
    assert record["triggered_by_event_id"] == f"e{n}"
    assert record["image_url"] == after["image_url"]
    assert history["pagination"]["total"] == 1
    assert await rows.differences(database) == []
