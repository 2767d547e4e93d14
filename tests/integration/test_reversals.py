"""A movement of tokens is taken back once, by a new one that names it."""

import asyncio
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.good_bodies import UNKNOWN_UUID
from tests.items_support import SHOP, player, publish


@pytest.fixture
async def shop(api: Api) -> Api:
    await publish(api, SHOP)
    return api


async def newest(api: Api, buddy_id: str) -> Any:
    return (await api.get(f"/buddies/{buddy_id}/ledger", params={"limit": 1}))["data"][0]


async def reverse(api: Api, entry: dict[str, Any], status: int = 201) -> Any:
    path = f"/buddies/{entry['buddy_id']}/ledger/{entry['ledger_id']}/reverse"
    return await api.post(path, {"reason": "mistake"}, status=status)


async def test_what_was_earned_is_taken_back_as_if_it_never_was(
    shop: Api, database: Database
) -> None:
    buddy_id = await player(shop, coins=50, xp=30)
    earned = await newest(shop, buddy_id)
    back = await reverse(shop, earned)
    assert (back["direction"], back["amount"], back["balance"]) == ("unearn", 30, 0)
    assert (back["token"], back["source"]) == ("xp", earned["source"])
    assert (back["reference_id"], back["reason"]) == (earned["ledger_id"], "mistake")
    tokens = await shop.get(f"/buddies/{buddy_id}/tokens")
    xp = tokens["progression"]
    assert (xp["balance"], xp["lifetime_earned"], xp["lifetime_spent"]) == (0, 0, 0)
    figures = await shop.get("/analytics/economy-summary")
    assert {each["token"]: each["net"] for each in figures["tokens"]} == {"coins": 50, "xp": 0}
    assert await rows.differences(database) == []


async def test_what_was_spent_comes_back(shop: Api, database: Database) -> None:
    buddy_id = await player(shop, coins=50)
    given = {"amount": 20, "reason": "fee"}
    spent = await shop.post(f"/buddies/{buddy_id}/coins/spend", given, status=201)
    back = await reverse(shop, spent)
    assert (back["direction"], back["balance"]) == ("unspend", 50)
    coins = (await shop.get(f"/buddies/{buddy_id}/tokens"))["primary"]
    assert (coins["lifetime_earned"], coins["lifetime_spent"]) == (50, 0)
    assert await rows.differences(database) == []


async def test_an_entry_is_reversed_once_however_often_it_is_asked(shop: Api) -> None:
    buddy_id = await player(shop, coins=50)
    entry = await newest(shop, buddy_id)
    path = f"/buddies/{buddy_id}/ledger/{entry['ledger_id']}/reverse"
    answers = await asyncio.gather(
        *(shop.call("POST", path, json={"reason": f"try {n}"}) for n in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert len({answer.json()["ledger_id"] for answer in answers}) == 1
    assert (await shop.buddy_of("ann"))["coins"] == 0


async def test_what_is_gone_cannot_be_taken(shop: Api) -> None:
    buddy_id = await player(shop, coins=50)
    earned = await newest(shop, buddy_id)
    given = {"amount": 20, "reason": "fee"}
    await shop.post(f"/buddies/{buddy_id}/coins/spend", given, status=201)
    refused = await reverse(shop, earned, 400)
    assert refused["error"]["code"] == "insufficient_balance"
    assert refused["error"]["details"] == {"token": "coins", "required": 50, "available": 30}
    assert (await shop.buddy_of("ann"))["coins"] == 30


async def test_reversals_stay_and_strangers_entries_are_not_found(shop: Api) -> None:
    buddy_id = await player(shop, coins=50)
    other_id = await player(shop, "bob", coins=50)
    back = await reverse(shop, await newest(shop, buddy_id))
    refused = await reverse(shop, back, 409)
    assert refused["error"]["details"] == {"reverses": back["reference_id"]}
    theirs = await newest(shop, other_id)
    await reverse(shop, {**theirs, "buddy_id": buddy_id}, 404)
    await reverse(shop, {**theirs, "buddy_id": UNKNOWN_UUID}, 404)
    await shop.post(f"/buddies/{other_id}/archive")
    await reverse(shop, theirs, 409)


async def test_receivers_hear_of_a_reversal(shop: Api) -> None:
    buddy_id = await player(shop, coins=50)
    hook = {"url": "http://127.0.0.1:9999/", "events": ["coins.spent"]}
    await shop.post("/webhook-configs", hook, status=201)
    entry = await newest(shop, buddy_id)
    await reverse(shop, entry)
    [delivery] = (await shop.get("/webhook-deliveries"))["data"]
    body = (await shop.get(f"/webhook-deliveries/{delivery['id']}"))["body"]
    assert f'"reference_id":"{entry["ledger_id"]}"' in body
