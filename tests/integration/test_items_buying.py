"""Buying: what the shop shows to whom, who may buy, and what a purchase leaves behind."""

import asyncio
from copy import deepcopy
from typing import Any

import orjson
import pytest

from app.kit.db import Database
from app.webhooks import catalogue
from app.webhooks.catalogue import EventName
from tests import rows
from tests.factories import Api
from tests.good_bodies import UNKNOWN_UUID
from tests.items_support import SHOP, buy, player, priced, publish


@pytest.fixture
async def shop(api: Api) -> Api:
    await publish(api, SHOP)
    return api


async def purchase(api: Api, buddy_id: str, item_id: str) -> Any:
    return await api.call("POST", f"/buddies/{buddy_id}/purchases", json={"item_id": item_id})


async def stored(database: Database, type_: str) -> list[Any]:
    found = await rows.fetch(
        database, "SELECT body FROM webhook_delivery WHERE type = :type ORDER BY sequence",
        type=type_,
    )  # fmt: skip
    return [orjson.loads(row.body)["data"] for row in found]


async def test_the_shop_shows_every_item_of_the_published_rules_in_order(shop: Api) -> None:
    items = (await shop.get("/items"))["data"]
    assert [item["item_id"] for item in items] == [item["item_id"] for item in SHOP["items"]]
    [throne] = [item for item in items if item["item_id"] == "throne"]
    assert throne["price"] == [
        {"token": "coins", "amount": 20},
        {"token": "gems", "amount": 5},
    ]
    assert throne["layer_order"] == 10
    assert throne["stock"] is None
    assert not {"visible", "affordable", "owned"} & throne.keys()


async def test_a_buddy_is_shown_what_it_sees_can_pay_and_owns(shop: Api) -> None:
    buddy_id = await player(shop, coins=20)
    await buy(shop, buddy_id, "relic", "cap")
    items = (await shop.get("/items", params={"buddy_id": buddy_id}))["data"]
    seen = {item["item_id"]: (item["visible"], item["affordable"], item["owned"]) for item in items}
    assert seen["crown"] == (True, True, 0)
    assert seen["throne"] == (True, False, 0)
    assert seen["robe"] == (False, True, 0)
    assert seen["cap"] == (True, True, 1)
    [relic] = [item for item in items if item["item_id"] == "relic"]
    assert (relic["owned"], relic["stock"], relic["stock_left"]) == (1, 3, 2)
    answer = await shop.call("GET", "/items", params={"buddy_id": UNKNOWN_UUID})
    assert answer.status_code == 404


async def test_a_price_in_two_tokens_is_paid_as_one(shop: Api, database: Database) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["marketplace.purchased"]}
    await shop.post("/webhook-configs", hook, status=201)
    buddy_id = await player(shop, coins=25, gems=4)
    poor = await purchase(shop, buddy_id, "throne")
    assert poor.status_code == 400
    assert poor.json()["error"]["code"] == "insufficient_balance"
    assert poor.json()["error"]["details"] == {"token": "gems", "required": 5, "available": 4}
    tokens = (await shop.get(f"/buddies/{buddy_id}"))["tokens"]
    assert (tokens["coins"], tokens["gems"]) == (25, 4)
    await shop.post(
        f"/buddies/{buddy_id}/coins", {"amount": 1, "reason": "x", "token": "gems"}, status=201
    )
    bought = await purchase(shop, buddy_id, "throne")
    assert bought.status_code == 201
    assert bought.json()["balances"] == {"coins": 5, "gems": 0}
    assert bought.json()["quantity"] == 1
    ledger = (await shop.get(f"/buddies/{buddy_id}/ledger"))["data"][:2]
    assert {(entry["token"], entry["amount"], entry["source"]) for entry in ledger} == {
        ("coins", 20, "item:throne"),
        ("gems", 5, "item:throne"),
    }
    assert {entry["reference_id"] for entry in ledger} == {bought.json()["purchase_id"]}
    [told] = await stored(database, "marketplace.purchased")
    catalogue.check(EventName.MARKETPLACE_PURCHASED, told)
    assert told["balances_after"] == {"coins": 5, "gems": 0}
    assert told["price"] == {"token": "coins", "amount": 20}
    assert await rows.differences(database) == []


async def test_a_free_item_costs_nothing_and_is_told_of_all_the_same(
    shop: Api, database: Database
) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["*"]}
    await shop.post("/webhook-configs", hook, status=201)
    buddy_id = await player(shop)
    bought = await shop.post(f"/buddies/{buddy_id}/purchases", {"item_id": "cap"}, status=201)
    assert (bought["price"], bought["balances"]) == ([], {})
    [told] = await stored(database, "marketplace.purchased")
    catalogue.check(EventName.MARKETPLACE_PURCHASED, told)
    assert told["price"] is None
    assert (await shop.get(f"/buddies/{buddy_id}/ledger"))["data"] == []


async def test_owning_items_gives_the_badge_that_asks_for_them_in_the_same_answer(
    shop: Api,
) -> None:
    buddy_id = await player(shop)
    await buy(shop, buddy_id, "cap", "boots")
    buddy = await shop.get(f"/buddies/{buddy_id}")
    assert buddy["tokens"]["gems"] == 3
    badges = await shop.get(f"/buddies/{buddy_id}/badges")
    assert [badge["badge_key"] for badge in badges["earned"]] == ["collector"]


async def test_what_is_owned_is_listed_once_with_its_number(shop: Api) -> None:
    buddy_id = await player(shop, coins=100)
    await buy(shop, buddy_id, "crown", "cap", "crown")
    await shop.post(f"/buddies/{buddy_id}/equip", {"equip": ["cap"]})
    owned = (await shop.get(f"/buddies/{buddy_id}/items"))["data"]
    assert [(each["item_id"], each["quantity"], each["equipped"]) for each in owned] == [
        ("cap", 1, True),
        ("crown", 2, False),
    ]
    assert owned[0]["name"] == "Cap"
    missing = await shop.call("GET", f"/buddies/{UNKNOWN_UUID}/items")
    assert missing.status_code == 404


# item -> status, code, what the details say
REFUSALS = [
    ("nothing", 404, "resource_not_found", {"resource": "item", "id": "nothing"}),
    ("robe", 409, "conflict", {"item_id": "robe", "reason": "not_visible"}),
    ("cap", 409, "conflict", {"item_id": "cap", "reason": "limit_reached"}),
    ("gone", 409, "conflict", {"item_id": "gone", "reason": "sold_out"}),
    ("crown", 400, "insufficient_balance", {"token": "coins", "required": 10, "available": 9}),
]


async def test_every_refusal_says_why_and_changes_nothing(api: Api, database: Database) -> None:
    document = deepcopy(SHOP)
    document["items"].append(priced("gone", "hand", price=[], stock=1))
    await publish(api, document)
    await buy(api, await player(api, "bob"), "gone")
    buddy_id = await player(api, coins=9)
    await buy(api, buddy_id, "cap")
    before = await rows.counts(database)
    for item_id, status, code, details in REFUSALS:
        answer = await purchase(api, buddy_id, item_id)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code), item_id
        assert error["details"] == details
    assert await rows.counts(database) == before
    await api.post(f"/buddies/{buddy_id}/archive")
    before = await rows.counts(database)
    archived = await purchase(api, buddy_id, "boots")
    assert archived.status_code == 409
    assert archived.json()["error"]["details"]["status"] == "archived"
    assert await rows.counts(database) == before


async def test_more_stock_sells_more(api: Api) -> None:
    document = deepcopy(SHOP)
    document["items"] = [priced("medal", "neck", price=[], stock=1)]
    await publish(api, document)
    ann, bob, cid = [await player(api, user_id) for user_id in ("ann", "bob", "cid")]
    await buy(api, ann, "medal")
    assert (await purchase(api, bob, "medal")).status_code == 409
    document["items"][0]["stock"] = 2
    await publish(api, document)
    await buy(api, bob, "medal")
    assert (await purchase(api, cid, "medal")).status_code == 409


async def test_everybody_is_sold_what_the_published_shop_shows(api: Api) -> None:
    """The buddy follows older rules; the price is the one that it was shown."""
    await publish(api, SHOP)
    buddy_id = await player(api, coins=30)
    document = deepcopy(SHOP)
    document["items"] = [priced("crown", "head", price=[{"token": "coins", "amount": 30}])]
    await publish(api, document)
    bought = await api.post(f"/buddies/{buddy_id}/purchases", {"item_id": "crown"}, status=201)
    assert bought["balances"] == {"coins": 0}
    assert (await purchase(api, buddy_id, "cap")).status_code == 404


async def test_a_purchase_raced_fifty_times_with_money_for_one_succeeds_once(
    shop: Api, database: Database
) -> None:
    buddy_id = await player(shop, coins=19)
    answers = await asyncio.gather(*(purchase(shop, buddy_id, "crown") for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 49
    assert (await shop.get(f"/buddies/{buddy_id}"))["tokens"]["coins"] == 9
    [crown] = (await shop.get(f"/buddies/{buddy_id}/items"))["data"]
    assert crown["quantity"] == 1
    assert (await rows.counts(database))["purchase"] == 1
    assert await rows.differences(database) == []


async def test_three_pieces_raced_by_ten_buddies_are_sold_to_three(
    shop: Api, database: Database
) -> None:
    buddies = [await player(shop, f"user-{n}", coins=10) for n in range(10)]
    answers = await asyncio.gather(*(purchase(shop, each, "relic") for each in buddies))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 7
    reasons = {a.json()["error"]["details"]["reason"] for a in answers if a.status_code == 409}
    assert reasons == {"sold_out"}
    held = [(await shop.get(f"/buddies/{each}"))["tokens"]["coins"] for each in buddies]
    assert sorted(held) == [0] * 3 + [10] * 7
    assert (await rows.counts(database))["owned_item"] == 3


async def test_a_purchase_repeated_with_its_key_is_made_once(shop: Api) -> None:
    buddy_id = await player(shop, coins=100)
    path, headers = f"/buddies/{buddy_id}/purchases", {"Idempotency-Key": "once"}
    given = {"item_id": "crown"}
    first = await shop.post(path, given, status=201, headers=headers)
    assert await shop.post(path, given, status=201, headers=headers) == first
    assert (await shop.get(f"/buddies/{buddy_id}"))["tokens"]["coins"] == 90
