"""Hatching a buddy that has been somewhere already, and eggs of a line of creatures."""

from typing import Any

from app.kit.db import Database
from tests.factories import Api
from tests.items_support import SHOP, Painter, buy, paint, player, publish, wear

LINES = {"creatures": [{"key": "fishes", "line": "ocean"}]}


async def hatch(api: Api, user_id: str = "ann", **more: Any) -> Any:
    egg = await api.post("/eggs", {"user_id": user_id, **more}, status=201)
    ready = {"status": "ready"}
    await api.call("PATCH", f"/eggs/{egg['egg_id']}/status", json=ready)
    return await api.post(f"/eggs/{egg['egg_id']}/hatch", status=202)


async def test_a_dressed_buddy_that_an_event_made_hatches_in_its_clothes_at_its_stage(
    api: Api, database: Database
) -> None:
    await publish(api, SHOP)
    buddy_id = await player(api, xp=100)
    await buy(api, buddy_id, "cap")
    await wear(api, buddy_id, "cap")
    await api.post(f"/buddies/{buddy_id}/evolve", status=202)
    await paint(database)
    before = await api.get(f"/buddies/{buddy_id}")
    started = await hatch(api)
    painter = await paint(database)
    assert [(look.stage, len(look.wearing)) for look in painter.drawn] == [(2, 0), (2, 1)]
    assert (await api.get(f"/operations/{started['operation_id']}"))["status"] == "completed"
    buddy = await api.get(f"/buddies/{buddy_id}")
    assert buddy["rendered_equipped_item_ids"] == buddy["equipped_items"] == ["cap"]
    assert (buddy["evolution_stage"], buddy["appearance"]) == (2, {"status": "ready"})
    assert buddy["name"] != before["name"]
    urls = {each[name] for each in (before, buddy) for name in ("image_url", "base_image_url")}
    assert len(urls) == 4


async def test_a_buddy_that_changes_its_clothes_while_it_hatches_is_drawn_again(
    api: Api, database: Database
) -> None:
    await publish(api, SHOP)
    buddy_id = await player(api)
    await buy(api, buddy_id, "cap")

    class Slow(Painter):
        async def draw(self, look: Any) -> Any:
            if not self.drawn:
                await wear(api, buddy_id, "cap")
            return await super().draw(look)

    await hatch(api)
    await paint(database, Slow())
    buddy = await api.get(f"/buddies/{buddy_id}")
    assert buddy["rendered_equipped_item_ids"] == ["cap"]
    assert buddy["appearance"] == {"status": "ready"}


async def test_an_egg_of_a_line_stays_in_its_line_at_every_stage(
    api: Api, database: Database
) -> None:
    await publish(api, SHOP | LINES)
    await hatch(api, preset_id="fishes")
    painter = await paint(database)
    buddy_id = (await api.buddy_of("ann"))["id"]
    given = {"amount": 100, "reason": "x", "token": "xp"}
    await api.post(f"/buddies/{buddy_id}/coins", given, status=201)
    await buy(api, buddy_id, "cap")
    await wear(api, buddy_id, "cap")
    await api.post(f"/buddies/{buddy_id}/evolve", status=202)
    await paint(database, painter)
    assert {look.stage for look in painter.drawn} == {1, 2}
    assert {look.line for look in painter.drawn} == {"ocean"}


async def test_an_unknown_line_is_refused(api: Api) -> None:
    await publish(api, SHOP | LINES)
    given = {"user_id": "ann", "preset_id": "dragons"}
    refused = await api.post("/eggs", given, status=422)
    assert refused["error"]["details"]["fields"][0]["path"] == "/preset_id"
