"""Drawings that cost credits: who pays for an outfit or a stage, and who gets it back."""

from typing import Any

import pytest

from app.kit.db import Database
from app.settings import Settings
from tests import rows
from tests.credits_support import balance, put_on, with_credits
from tests.factories import Api, ManualClock
from tests.items_support import SHOP, Painter, buy, paint, player, publish, wear

Customer = dict[str, Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_credits(settings)


@pytest.fixture
async def ann(api: Api, database: Database, customer: Customer) -> str:
    """A buddy of a customer with three credits, with clothes, ready for the second stage."""
    await put_on(database, customer, "growth")
    await rows.sql(database, "DELETE FROM credit_grant")
    await put_on(database, customer, "monthly")
    await publish(api, SHOP)
    buddy_id = await player(api, coins=100, xp=100)
    await buy(api, buddy_id, "cap", "boots", "scarf")
    return buddy_id


async def left(api: Api) -> int:
    total: int = (await balance(api))["total_spendable"]
    return total


async def test_an_outfit_is_paid_for_once_and_never_where_it_was_drawn_before(
    api: Api, ann: str, database: Database
) -> None:
    assert await left(api) == 3
    await wear(api, ann, "cap")
    await wear(api, ann, "boots")
    await paint(database)
    assert await left(api) == 2
    await wear(api, ann, unequip=["boots", "cap"])
    await wear(api, ann, "cap", "boots")
    assert await left(api) == 2


async def test_without_credits_nothing_is_worn_or_promised(
    api: Api, ann: str, database: Database
) -> None:
    for item_id in ("cap", "boots", "scarf"):
        await wear(api, ann, item_id)
        await paint(database)
    assert await left(api) == 0
    before = await rows.counts(database)
    for tail, body in (
        ("equip", {"unequip": ["boots"]}),
        ("rerender", None),
        ("evolve", None),
    ):
        answer = await api.call("POST", f"/buddies/{ann}/{tail}", json=body)
        assert answer.status_code == 402, tail
        assert answer.json()["error"]["code"] == "credit_insufficient"
    buddy = await api.get(f"/buddies/{ann}")
    assert buddy["equipped_items"] == ["cap", "boots", "scarf"]
    assert buddy["appearance"] == {"status": "ready"}
    assert await rows.counts(database) == before


@pytest.mark.parametrize("kind", ["equip", "rerender", "evolve"])
async def test_what_could_not_be_drawn_is_paid_back(
    api: Api, ann: str, database: Database, kind: str
) -> None:
    if kind == "equip":
        await wear(api, ann, "cap")
    else:
        await api.post(f"/buddies/{ann}/{kind}", status=202)
    assert await left(api) == 2
    await paint(database, Painter(is_away=True))
    assert await left(api) == 3


async def test_an_archived_buddy_is_not_drawn_and_not_paid_for(
    api: Api, ann: str, database: Database
) -> None:
    await wear(api, ann, "cap")
    await api.post(f"/buddies/{ann}/evolve", status=202)
    assert await left(api) == 1
    await api.post(f"/buddies/{ann}/archive")
    await paint(database)
    assert await left(api) == 3


async def test_a_plan_without_a_marketplace_or_evolution_locks_them(
    api: Api, ann: str, database: Database, customer: Customer, clock: ManualClock
) -> None:
    await put_on(database, customer, "free")
    clock.advance(seconds=3)
    for method, path, feature in (
        ("GET", "/items", "marketplace"),
        ("GET", f"/buddies/{ann}/items", "marketplace"),
        ("POST", f"/buddies/{ann}/purchases", "marketplace"),
        ("POST", f"/buddies/{ann}/equip", "marketplace"),
        ("POST", f"/buddies/{ann}/evolve", "evolution"),
    ):
        answer = await api.call(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 403, path
        error = answer.json()["error"]
        assert (error["code"], error["details"]["feature"]) == ("plan_feature_locked", feature)
