"""Outfits: what may be worn, when it is drawn, and what happens when it can't be."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from app.kit.db import Database
from app.webhooks import catalogue
from app.webhooks.catalogue import EventName
from tests import rows
from tests.factories import Api
from tests.items_support import SHOP, Painter, buy, paint, player, publish, wear


@pytest.fixture
async def ann(api: Api) -> str:
    """A buddy that owns something of everything, and was never drawn."""
    await publish(api, SHOP)
    buddy_id = await player(api, coins=100)
    await buy(api, buddy_id, "crown", "cap", "boots", "scarf", "stars", "chick", "luck")
    return buddy_id


@pytest.fixture
async def drawn(api: Api, ann: str, database: Database) -> str:
    """The same buddy with its picture."""
    await api.post(f"/buddies/{ann}/rerender", status=202)
    await paint(database)
    return ann


async def equip(api: Api, buddy_id: str, **given: Any) -> Any:
    return await api.call("POST", f"/buddies/{buddy_id}/equip", json=given)


async def test_an_outfit_is_drawn_once_and_shown_at_once_ever_after(
    api: Api, drawn: str, database: Database
) -> None:
    base = (await api.get(f"/buddies/{drawn}"))["image_url"]
    first = await wear(api, drawn, "crown", "boots")
    assert first["equipped_items"] == ["crown", "boots"]
    assert first["rendered_equipped_item_ids"] == []
    assert first["appearance"] == {"status": "pending"}
    assert first["image_url"] == base
    operation = await api.get(f"/operations/{first['operation_id']}")
    assert (operation["type"], operation["status"]) == ("compose", "pending")

    painter = await paint(database)
    assert [{item.item_id for item in look.wearing} for look in painter.drawn] == [
        {"crown", "boots"}
    ]
    dressed = await api.get(f"/buddies/{drawn}")
    assert dressed["appearance"] == {"status": "ready"}
    assert dressed["rendered_equipped_item_ids"] == ["crown", "boots"]
    assert dressed["base_image_url"] == base != dressed["image_url"]
    operation = await api.get(f"/operations/{first['operation_id']}")
    assert operation["result"] == {"buddy_id": drawn, "image_url": dressed["image_url"]}

    bare = await wear(api, drawn, unequip=["boots", "crown"])
    assert (bare["image_url"], bare["appearance"]) == (base, {"status": "ready"})
    again = await wear(api, drawn, "boots", "crown")
    assert again["image_url"] == dressed["image_url"]
    assert again["rendered_equipped_item_ids"] == ["boots", "crown"]
    assert "operation_id" not in again
    assert (await paint(database)).drawn == []


async def test_the_real_studio_draws_an_outfit_that_is_served(api: Api, ann: str) -> None:
    await wear(api, ann, "crown", "stars")
    await api.work()
    buddy = await api.get(f"/buddies/{ann}")
    assert buddy["appearance"] == {"status": "ready"}
    pictures = [
        await api.client.get(buddy[name]) for name in ("image_url", "base_image_url", "thumb_url")
    ]
    assert [picture.status_code for picture in pictures] == [200] * 3
    assert len({picture.content for picture in pictures}) == 3


async def test_who_wants_another_outfit_while_one_is_drawn_waits_for_the_same_operation(
    api: Api, drawn: str, database: Database
) -> None:
    first = await wear(api, drawn, "crown")
    second = await wear(api, drawn, "scarf")
    assert second["operation_id"] == first["operation_id"]
    painter = await paint(database)
    assert len(painter.drawn) == 1
    buddy = await api.get(f"/buddies/{drawn}")
    assert buddy["rendered_equipped_item_ids"] == ["crown", "scarf"]


async def test_an_outfit_that_changes_under_the_brush_is_drawn_again(
    api: Api, drawn: str, database: Database
) -> None:
    class Slow(Painter):
        async def draw(self, look: Any) -> Any:
            if not self.drawn:
                await wear(api, drawn, "scarf", unequip=["crown"])
            return await super().draw(look)

    started = await wear(api, drawn, "crown")
    painter = await paint(database, Slow())
    assert [[item.item_id for item in look.wearing] for look in painter.drawn] == [
        ["crown"],
        ["scarf"],
    ]
    buddy = await api.get(f"/buddies/{drawn}")
    assert buddy["rendered_equipped_item_ids"] == ["scarf"]
    assert buddy["appearance"] == {"status": "ready"}
    assert (await api.get(f"/operations/{started['operation_id']}"))["status"] == "completed"


async def test_an_outfit_that_cannot_be_drawn_is_worn_and_needs_a_rerender(
    api: Api, drawn: str, database: Database
) -> None:
    base = (await api.get(f"/buddies/{drawn}"))["image_url"]
    started = await wear(api, drawn, "crown")
    await paint(database, Painter(failing=["crown"]))
    operation = await api.get(f"/operations/{started['operation_id']}")
    assert operation["status"] == "failed"
    assert operation["error"].startswith("upstream_image_error")
    buddy = await api.get(f"/buddies/{drawn}")
    assert buddy["appearance"] == {"status": "failed", "error": {"code": "needs_rerender"}}
    assert buddy["equipped_items"] == ["crown"]
    assert (buddy["rendered_equipped_item_ids"], buddy["image_url"]) == ([], base)

    started = await api.post(f"/buddies/{drawn}/rerender", status=202)
    assert (await api.get(f"/buddies/{drawn}"))["appearance"] == {"status": "pending"}
    again = await api.post(f"/buddies/{drawn}/rerender", status=202)
    assert again["operation_id"] == started["operation_id"]
    await paint(database)
    buddy = await api.get(f"/buddies/{drawn}")
    assert buddy["appearance"] == {"status": "ready"}
    assert buddy["rendered_equipped_item_ids"] == ["crown"]
    assert (await api.get(f"/operations/{started['operation_id']}"))["type"] == "rerender"


async def test_putting_the_same_on_again_draws_what_had_failed(
    api: Api, drawn: str, database: Database
) -> None:
    await wear(api, drawn, "crown")
    await paint(database, Painter(failing=["crown"]))
    assert "operation_id" in await wear(api, drawn, "crown")
    await paint(database)
    assert (await api.get(f"/buddies/{drawn}"))["appearance"] == {"status": "ready"}


async def test_a_booster_is_worn_but_not_drawn(api: Api, drawn: str) -> None:
    buddy = await wear(api, drawn, "luck")
    assert buddy["appearance"] == {"status": "ready"}
    assert buddy["equipped_items"] == buddy["rendered_equipped_item_ids"] == ["luck"]
    assert buddy["image_url"] == buddy["base_image_url"]


# what is worn, the change -> status, code, details
NOT_OWNED = {"item_id": "relic", "owned": False}
HEADS = {"category": "head", "conflicting_item_ids": ["crown", "cap"]}
REFUSALS: list[tuple[list[str], dict[str, Any], int, str, dict[str, Any]]] = [
    ([], {"equip": ["relic"]}, 409, "conflict", NOT_OWNED),
    (
        [],
        {"equip": ["nothing"]},
        404,
        "resource_not_found",
        {"resource": "item", "id": "nothing"},
    ),
    ([], {"equip": ["cap", "relic", "crown"]}, 409, "conflict", NOT_OWNED),
    (
        ["cap", "boots", "scarf", "stars"],
        {"equip": ["chick", "crown"]},
        400,
        "too_many_items",
        {"max": 4, "attempted": 6},
    ),
    (["crown"], {"equip": ["cap"]}, 400, "category_conflict", HEADS),
    ([], {"equip": ["crown", "cap"]}, 400, "category_conflict", HEADS),
]


async def test_every_refusal_of_an_outfit_changes_nothing(
    api: Api, ann: str, database: Database
) -> None:
    for worn, given, status, code, details in REFUSALS:
        before = (await api.get(f"/buddies/{ann}"))["equipped_items"]
        await wear(api, ann, *worn, unequip=[each for each in before if each not in worn])
        counted = await rows.counts(database)
        answer = await equip(api, ann, **given)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["details"]) == (status, code, details)
        assert (await api.get(f"/buddies/{ann}"))["equipped_items"] == worn
        assert await rows.counts(database) == counted


async def test_four_items_fit_and_accessories_stack(api: Api, ann: str) -> None:
    buddy = await wear(api, ann, "stars", "chick", "cap", "boots")
    assert buddy["equipped_items"] == ["stars", "chick", "cap", "boots"]
    swapped = await wear(api, ann, "crown", unequip=["cap"])
    assert swapped["equipped_items"] == ["stars", "chick", "boots", "crown"]


async def test_an_item_can_not_be_put_on_and_taken_off_at_once(api: Api, ann: str) -> None:
    answer = await equip(api, ann, equip=["cap"], unequip=["cap"])
    assert answer.status_code == 422
    [field] = answer.json()["error"]["details"]["fields"]
    assert field["path"] == "/unequip"


async def test_what_is_worn_already_or_not_worn_changes_nothing(
    api: Api, drawn: str, database: Database
) -> None:
    await wear(api, drawn, "cap")
    await paint(database)
    hook = {"url": "http://127.0.0.1:9999/", "events": ["marketplace.equipped"]}
    await api.post("/webhook-configs", hook, status=201)
    before = await rows.counts(database)
    buddy = await wear(api, drawn, "cap", "cap", unequip=["boots", "unheard-of"])
    assert buddy["equipped_items"] == ["cap"]
    assert "operation_id" not in buddy
    assert await wear(api, drawn) == buddy
    assert await rows.counts(database) == before


async def test_a_change_is_told_of_with_the_whole_outfit(
    api: Api, ann: str, database: Database
) -> None:
    await wear(api, ann, "cap", "boots")
    hook = {"url": "http://127.0.0.1:9999/", "events": ["marketplace.equipped"]}
    await api.post("/webhook-configs", hook, status=201)
    await wear(api, ann, "crown", unequip=["cap"])
    [row] = await rows.fetch(database, "SELECT body FROM webhook_delivery")
    told = orjson.loads(row.body)["data"]
    catalogue.check(EventName.MARKETPLACE_EQUIPPED, told)
    assert told["equipped"] == ["crown"]
    assert told["unequipped"] == ["cap"]
    assert told["equipped_item_ids"] == ["boots", "crown"]


async def test_what_the_shop_no_longer_has_is_still_worn(
    api: Api, ann: str, database: Database
) -> None:
    document = deepcopy(SHOP)
    document["items"] = [each for each in document["items"] if each["item_id"] != "crown"]
    await publish(api, document)
    await wear(api, ann, "crown")
    conflict = await equip(api, ann, equip=["cap"])
    assert conflict.json()["error"]["code"] == "category_conflict"
    painter = await paint(database)
    assert [item.look for item in painter.drawn[-1].wearing] == ["crown Crown"]


async def test_an_archived_buddy_keeps_its_clothes_and_takes_no_others(
    api: Api, drawn: str, database: Database
) -> None:
    started = await wear(api, drawn, "cap")
    await api.post(f"/buddies/{drawn}/archive")
    painter = await paint(database)
    operation = await api.get(f"/operations/{started['operation_id']}")
    assert (operation["status"], operation["error"]) == ("failed", "the buddy is archived")
    buddy = await api.get(f"/buddies/{drawn}")
    assert buddy["equipped_items"] == ["cap"]
    assert buddy["appearance"]["status"] == "failed"
    assert len(painter.drawn) == 1
    for tail, body in (("equip", {"equip": ["boots"]}), ("rerender", None), ("evolve", None)):
        answer = await api.call("POST", f"/buddies/{drawn}/{tail}", json=body)
        assert answer.status_code == 409, tail
        assert answer.json()["error"]["details"]["status"] == "archived"
