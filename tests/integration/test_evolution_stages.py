"""Evolution: how near it is, asking for it, and what comes of it."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from app.kit.db import Database
from app.operations.loop import ATTEMPTS_MAX
from app.webhooks import catalogue
from app.webhooks.catalogue import EventName
from tests import rows
from tests.factories import Api, ManualClock
from tests.good_bodies import UNKNOWN_UUID
from tests.items_support import SHOP, Painter, buy, loop_of, paint, player, publish, wear


@pytest.fixture
async def shop(api: Api) -> Api:
    await publish(api, SHOP)
    return api


async def evolve(api: Api, buddy_id: str, status: int = 202) -> Any:
    return await api.post(f"/buddies/{buddy_id}/evolve", status=status)


async def test_readiness_says_how_near_and_what_is_missing(shop: Api) -> None:
    buddy_id = await player(shop, xp=25)
    far = await shop.get(f"/buddies/{buddy_id}/evolution")
    assert far["current_stage"] == 1
    assert (far["next_stage"], far["next_label"]) == (2, "Stage 2")
    assert (far["is_ready"], far["progress"], far["auto_evolve"]) == (False, 0.25, False)
    assert far["missing"] == ["lifetime_earned xp is 25 of 100."]
    assert [(each["stage"], each["is_reached"]) for each in far["stages"]] == [
        (1, True),
        (2, False),
        (3, False),
    ]
    refused = await evolve(shop, buddy_id, 409)
    assert refused["error"]["code"] == "conflict"
    assert refused["error"]["details"] == {"stage": 1, "next_stage": 2, "missing": far["missing"]}
    given = {"amount": 75, "reason": "x", "token": "xp"}
    await shop.post(f"/buddies/{buddy_id}/coins", given, status=201)
    near = await shop.get(f"/buddies/{buddy_id}/evolution")
    assert (near["is_ready"], near["progress"], near["missing"]) == (True, 1.0, [])
    missing = await shop.call("GET", f"/buddies/{UNKNOWN_UUID}/evolution")
    assert missing.status_code == 404


async def test_a_ready_buddy_evolves_and_is_drawn_anew_in_its_outfit(
    shop: Api, database: Database
) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["buddy.evolved"]}
    await shop.post("/webhook-configs", hook, status=201)
    buddy_id = await player(shop, xp=100)
    await buy(shop, buddy_id, "cap", "boots")
    await wear(shop, buddy_id, "cap", "boots")
    await paint(database)
    before = await shop.get(f"/buddies/{buddy_id}")
    started = await evolve(shop, buddy_id)
    assert (await evolve(shop, buddy_id))["operation_id"] == started["operation_id"]
    painter = await paint(database)
    assert [(look.stage, len(look.wearing)) for look in painter.drawn] == [(2, 0), (2, 2)]

    operation = await shop.get(f"/operations/{started['operation_id']}")
    assert (operation["type"], operation["status"]) == ("evolve", "completed")
    assert operation["result"] == {"buddy_id": buddy_id, "stage": 2}
    buddy = await shop.get(f"/buddies/{buddy_id}")
    assert (buddy["evolution_stage"], buddy["appearance"]) == (2, {"status": "ready"})
    assert buddy["equipped_items"] == buddy["rendered_equipped_item_ids"] == ["cap", "boots"]
    urls = {each[name] for each in (before, buddy) for name in ("image_url", "base_image_url")}
    assert len(urls) == 4
    [record] = (await shop.get(f"/buddies/{buddy_id}/evolutions"))["data"]
    assert (record["from_stage"], record["to_stage"]) == (1, 2)
    assert (record["source"], record["triggered_by_event_id"]) == ("prod", None)
    assert record["image_url"] == buddy["image_url"]
    [row] = await rows.fetch(database, "SELECT body FROM webhook_delivery")
    told = orjson.loads(row.body)
    catalogue.check(EventName.BUDDY_EVOLVED, told["data"])
    assert told["caused_by"] == started["operation_id"]
    assert (await evolve(shop, buddy_id, 409))["error"]["details"]["next_stage"] == 3


async def test_a_test_customers_evolutions_are_demos(
    api: Api, customer: dict[str, Any], database: Database
) -> None:
    await publish(api, SHOP)
    await rows.sql(database, "UPDATE customer SET is_test = true")
    buddy_id = await player(api, xp=100)
    await evolve(api, buddy_id)
    await paint(database)
    [record] = (await api.get(f"/buddies/{buddy_id}/evolutions"))["data"]
    assert record["source"] == "demo"


async def test_with_auto_evolve_a_buddy_goes_as_far_as_it_can_by_itself(
    api: Api, database: Database
) -> None:
    document = deepcopy(SHOP)
    document["evolution"]["auto_evolve"] = True
    await publish(api, document)
    buddy_id = await player(api, xp=300)
    await paint(database)
    buddy = await api.get(f"/buddies/{buddy_id}")
    assert buddy["evolution_stage"] == 3
    records = (await api.get(f"/buddies/{buddy_id}/evolutions"))["data"]
    assert {(each["to_stage"], each["source"]) for each in records} == {(3, "auto"), (2, "auto")}
    last = await api.get(f"/buddies/{buddy_id}/evolution")
    assert (last["next_stage"], last["next_label"], last["is_ready"]) == (None, None, False)
    refused = await evolve(api, buddy_id, 409)
    assert refused["error"]["details"] == {"stage": 3, "next_stage": None, "missing": []}


async def test_asked_for_while_it_goes_by_itself_it_happens_once(
    api: Api, database: Database
) -> None:
    document = deepcopy(SHOP)
    document["evolution"]["auto_evolve"] = True
    await publish(api, document)
    buddy_id = await player(api, xp=100)
    by_hand = await evolve(api, buddy_id)
    await paint(database)
    operation = await api.get(f"/operations/{by_hand['operation_id']}")
    assert operation["result"] == {"buddy_id": buddy_id, "stage": 2}
    assert len((await api.get(f"/buddies/{buddy_id}/evolutions"))["data"]) == 1


async def test_what_was_announced_as_ready_stays_within_reach(api: Api, database: Database) -> None:
    document = deepcopy(SHOP)
    document["evolution"]["stages"][1]["conditions"] = [
        {"type": "token_balance", "token": "coins", "gte": 50}
    ]
    await publish(api, document)
    buddy_id = await player(api, coins=50)
    spent = {"amount": 50, "reason": "x"}
    await api.post(f"/buddies/{buddy_id}/coins/spend", spent, status=201)
    assert (await api.get(f"/buddies/{buddy_id}/evolution"))["is_ready"]
    await evolve(api, buddy_id)
    await paint(database)
    assert (await api.get(f"/buddies/{buddy_id}"))["evolution_stage"] == 2


async def test_an_outfit_that_cannot_be_drawn_does_not_hold_the_stage_back(
    shop: Api, database: Database
) -> None:
    buddy_id = await player(shop, xp=100)
    await buy(shop, buddy_id, "cap")
    await wear(shop, buddy_id, "cap")
    await paint(database)
    started = await evolve(shop, buddy_id)
    await paint(database, Painter(failing=["cap"]))
    assert (await shop.get(f"/operations/{started['operation_id']}"))["status"] == "completed"
    buddy = await shop.get(f"/buddies/{buddy_id}")
    assert buddy["evolution_stage"] == 2
    assert buddy["appearance"] == {"status": "failed", "error": {"code": "needs_rerender"}}
    assert buddy["equipped_items"] == ["cap"]
    assert buddy["rendered_equipped_item_ids"] == []
    assert buddy["image_url"] == buddy["base_image_url"]
    await shop.post(f"/buddies/{buddy_id}/rerender", status=202)
    await paint(database)
    buddy = await shop.get(f"/buddies/{buddy_id}")
    assert buddy["rendered_equipped_item_ids"] == ["cap"]
    assert buddy["appearance"] == {"status": "ready"}


async def test_without_paint_an_evolution_by_hand_fails_and_may_be_asked_for_again(
    shop: Api, database: Database
) -> None:
    buddy_id = await player(shop, xp=100)
    first = await evolve(shop, buddy_id)
    await paint(database, Painter(is_away=True))
    operation = await shop.get(f"/operations/{first['operation_id']}")
    assert operation["status"] == "failed"
    assert operation["error"].startswith("upstream_image_error")
    assert (await shop.get(f"/buddies/{buddy_id}"))["evolution_stage"] == 1
    second = await evolve(shop, buddy_id)
    assert second["operation_id"] != first["operation_id"]
    await paint(database)
    assert (await shop.get(f"/buddies/{buddy_id}"))["evolution_stage"] == 2


async def test_without_paint_an_evolution_by_itself_is_tried_again(
    api: Api, database: Database, clock: ManualClock
) -> None:
    document = deepcopy(SHOP)
    document["evolution"]["auto_evolve"] = True
    await publish(api, document)
    buddy_id = await player(api, xp=100)
    for _ in range(ATTEMPTS_MAX - 1):
        assert await loop_of(database, Painter(is_away=True)).run_due() == 1
        clock.advance(hours=1)
    await paint(database)
    assert (await api.get(f"/buddies/{buddy_id}"))["evolution_stage"] == 2
