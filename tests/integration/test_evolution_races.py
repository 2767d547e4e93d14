"""Changes of one buddy raced against each other, and drawings that were cut short."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from app.art.drawing import Drawing
from app.art.looks import Look
from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock
from tests.items_support import SHOP, Painter, buy, loop_of, paint, player, publish, wear

PATIENCE_SECONDS = 20.0


class Stopped(Painter):
    """Draws, and is killed before anyone sees the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.has_drawn = asyncio.Event()

    async def draw(self, look: Look) -> Drawing:
        drawing = await super().draw(look)
        self.has_drawn.set()
        await asyncio.Event().wait()
        return drawing


@pytest.fixture
async def ann(api: Api) -> str:
    """A buddy with clothes, ready for the second stage."""
    await publish(api, SHOP)
    buddy_id = await player(api, coins=100, xp=100)
    await buy(api, buddy_id, "crown", "cap", "boots", "scarf", "stars", "chick")
    return buddy_id


@pytest.mark.parametrize("kind", ["compose", "rerender", "evolve"])
async def test_a_drawing_cut_short_before_its_commit_is_made_again_at_once(
    api: Api, ann: str, database: Database, kind: str
) -> None:
    if kind == "compose":
        started = await wear(api, ann, "cap")
    else:
        started = await api.post(f"/buddies/{ann}/{kind}", status=202)
    painter = Stopped()
    working = asyncio.create_task(loop_of(database, painter).run_due())
    await asyncio.wait_for(painter.has_drawn.wait(), PATIENCE_SECONDS)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    before = await api.get(f"/buddies/{ann}")
    assert (before["evolution_stage"], before["image_url"]) == (1, None)
    assert (await rows.counts(database))["media"] == 0
    await paint(database)
    operation = await api.get(f"/operations/{started['operation_id']}")
    assert operation["status"] == "completed"
    buddy = await api.get(f"/buddies/{ann}")
    assert buddy["appearance"] == {"status": "ready"}
    assert buddy["rendered_equipped_item_ids"] == buddy["equipped_items"]
    assert buddy["evolution_stage"] == (2 if kind == "evolve" else 1)
    assert (await rows.counts(database))["evolution"] == (1 if kind == "evolve" else 0)


async def test_two_workers_on_one_evolution_make_it_once(
    api: Api, ann: str, database: Database, clock: ManualClock
) -> None:
    """The first is so slow that its lease ends; both come to the commit."""

    class Late(Painter):
        def __init__(self) -> None:
            super().__init__()
            self.others_are_done = asyncio.Event()
            self.has_begun = asyncio.Event()

        async def draw(self, look: Look) -> Drawing:
            self.has_begun.set()
            await self.others_are_done.wait()
            return await super().draw(look)

    await api.post(f"/buddies/{ann}/evolve", status=202)
    late = Late()
    working = asyncio.create_task(loop_of(database, late).run_due())
    await asyncio.wait_for(late.has_begun.wait(), PATIENCE_SECONDS)
    clock.advance(seconds=21)
    await paint(database)
    late.others_are_done.set()
    await asyncio.wait_for(working, PATIENCE_SECONDS)
    assert (await api.get(f"/buddies/{ann}"))["evolution_stage"] == 2
    assert (await rows.counts(database))["evolution"] == 1


@pytest.mark.parametrize("archives", [False, True])
@pytest.mark.parametrize("turn", range(3))
async def test_equip_evolve_archive_and_migrate_raced_leave_a_state_that_some_order_gives(
    api: Api, ann: str, database: Database, archives: bool, turn: int
) -> None:
    await publish(api, SHOP | {"streaks": []})
    calls: list[tuple[str, Any]] = [
        (f"/buddies/{ann}/equip", {"equip": ["crown"]}),
        (f"/buddies/{ann}/equip", {"equip": ["cap"]}),
        (f"/buddies/{ann}/equip", {"equip": ["boots"], "unequip": ["crown", "cap"]}),
        (f"/buddies/{ann}/equip", {"equip": ["stars", "chick"]}),
        (f"/buddies/{ann}/evolve", None),
        (f"/buddies/{ann}/evolve", None),
        (f"/buddies/{ann}/rerender", None),
        ("/buddies/migrate", await _to_published(api, ann)),
    ]
    if archives:
        calls.insert(turn * 2, (f"/buddies/{ann}/archive", None))
    painter = Painter()
    working = [asyncio.create_task(loop_of(database, painter).run_due()) for _ in range(2)]
    answers = await asyncio.gather(*(api.call("POST", path, json=body) for path, body in calls))
    await asyncio.gather(*working)
    await paint(database, painter)
    seen = Counter(answer.status_code for answer in answers)
    assert set(seen) <= {200, 202, 400, 409}, [answer.text for answer in answers]

    buddy = await api.get(f"/buddies/{ann}")
    outfit = set(buddy["equipped_items"])
    assert len(outfit & {"crown", "cap"}) <= 1
    open_ = await rows.fetch(
        database, "SELECT kind FROM operation WHERE status NOT IN ('completed', 'failed')"
    )
    assert open_ == []
    evolutions = (await rows.counts(database))["evolution"]
    assert buddy["evolution_stage"] == 1 + evolutions
    if not archives:
        assert evolutions == 1
        assert {"boots", "stars", "chick"} <= outfit
    if buddy["appearance"]["status"] == "ready":
        assert set(buddy["rendered_equipped_item_ids"]) == outfit
    else:
        assert buddy["status"] == "archived"
    if buddy["image_url"] is not None:
        await _shows_what_it_is(api, database, buddy, painter)


async def _to_published(api: Api, buddy_id: str) -> dict[str, Any]:
    versions = (await api.get("/config-versions"))["data"]
    [published] = [each["id"] for each in versions if each["status"] == "published"]
    return {"config_version_id": published, "buddy_id": buddy_id}


async def _shows_what_it_is(api: Api, database: Database, buddy: Any, painter: Painter) -> None:
    """The picture's bytes name the look that was drawn: it is of this stage, in these clothes."""
    picture = (await api.client.get(buddy["image_url"])).content
    [look] = [look for look in painter.drawn if picture == (await Painter().draw(look)).png]
    assert look.stage == buddy["evolution_stage"]
    worn = {item.item_id for item in look.wearing}
    assert worn == set(buddy["rendered_equipped_item_ids"])
