"""Drawings that cost credits: who pays for an outfit or a stage, and who gets it back."""

from typing import Any

import pytest

from app.commands.audit import audit_all
from app.customers import credits
from app.customers.credit_pools import Pool
from app.kit.db import Database
from app.operations import waiting
from app.settings import Settings
from tests import rows
from tests.credits_support import balance, kinds, let_move, put_on, with_credits
from tests.factories import Api, ManualClock
from tests.items_support import SHOP, Painter, buy, paint, player, publish, wear

Customer = dict[str, Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_credits(settings)


@pytest.fixture(autouse=True)
def moving(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    let_move(clock, monkeypatch)


@pytest.fixture
async def ann(api: Api, database: Database, customer: Customer) -> str:
    """A buddy of a customer with three credits, with clothes, ready for the second stage."""
    await put_on(database, customer, "growth")
    await rows.sql(database, "DELETE FROM credit_grant")
    await rows.sql(database, "DELETE FROM credit_entry")
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


async def spend_all(api: Api, buddy_id: str, database: Database) -> None:
    for item_id in ("cap", "boots", "scarf"):
        await wear(api, buddy_id, item_id)
        await paint(database)
    assert await left(api) == 0


async def test_without_credits_no_drawing_that_was_asked_for_is_promised(
    api: Api, ann: str, database: Database
) -> None:
    await spend_all(api, ann, database)
    before = await rows.counts(database)
    for tail in ("rerender", "evolve"):
        answer = await api.call("POST", f"/buddies/{ann}/{tail}")
        assert answer.status_code == 402, tail
        assert answer.json()["error"]["code"] == "credit_insufficient"
    buddy = await api.get(f"/buddies/{ann}")
    assert buddy["equipped_items"] == ["cap", "boots", "scarf"]
    assert buddy["appearance"] == {"status": "ready"}
    assert await rows.counts(database) == before


async def test_missing_credits_are_told_before_the_state_that_does_not_allow_it(
    api: Api, ann: str, database: Database
) -> None:
    egg = await api.post("/eggs", {"user_id": "dan"}, status=201)
    paths = (f"/eggs/{egg['egg_id']}/hatch", f"/buddies/{await player(api, 'eve')}/evolve")
    assert [(await api.call("POST", path)).status_code for path in paths] == [409, 409]
    await spend_all(api, ann, database)
    assert [(await api.call("POST", path)).status_code for path in paths] == [402, 402]


async def test_missing_credits_are_told_before_an_artist_that_rests(
    api: Api, ann: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await spend_all(api, ann, database)
    monkeypatch.setattr(type(api.app.state.atelier.artist), "is_resting", True)
    for tail in ("rerender", "evolve"):
        answer = await api.call("POST", f"/buddies/{ann}/{tail}")
        assert answer.status_code == 402, tail


@pytest.mark.parametrize("comes", ["by hand", "with the month", "back"])
async def test_an_outfit_without_credits_is_worn_and_drawn_when_they_come(
    api: Api, ann: str, database: Database, customer: Customer, clock: ManualClock, comes: str
) -> None:
    bob = await player(api, "bob", coins=10)
    await buy(api, bob, "crown")
    for item_id in ("cap", "boots"):
        await wear(api, ann, item_id)
        await paint(database)
    assert (await wear(api, bob, "crown"))["appearance"] == {"status": "pending"}
    dressed = await wear(api, ann, "scarf")
    assert dressed["appearance"] == {"status": "awaiting_credits"}
    assert dressed["equipped_items"] == ["cap", "boots", "scarf"]
    match comes:
        case "by hand":
            await _waits_in_vain(api, database, clock, dressed)
            async with database.begin(customer["customer_id"]) as tx:
                await credits.give(tx, Pool.PAID, 1)
                await waiting.wake(tx)
        case "with the month":
            await _waits_in_vain(api, database, clock, dressed)
            clock.advance(days=31)
        case "back":
            await api.post(f"/buddies/{bob}/archive")
    await paint(database)
    assert (await api.get(f"/operations/{dressed['operation_id']}"))["status"] == "completed"
    shown = await api.get(f"/buddies/{ann}")
    assert shown["appearance"] == {"status": "ready"}
    assert shown["rendered_equipped_item_ids"] == ["cap", "boots", "scarf"]
    assert await rows.differences(database) == []


async def _waits_in_vain(api: Api, database: Database, clock: ManualClock, dressed: Any) -> None:
    """Time alone brings no credits: the operation stays pending, and nobody gives it up."""
    for _ in range(8):
        clock.advance(hours=1)
        await paint(database)
    operation = await api.get(f"/operations/{dressed['operation_id']}")
    assert operation["status"] == "pending"
    [shown] = (await api.get("/buddies", params={"user_id": "ann"}))["data"]
    assert shown["appearance"] == {"status": "awaiting_credits"}


async def test_an_evolution_by_rule_waits_for_credits(
    api: Api, ann: str, database: Database, clock: ManualClock
) -> None:
    await publish(api, {**SHOP, "evolution": {**SHOP["evolution"], "auto_evolve": True}})
    await spend_all(api, ann, database)
    cid = await player(api, "cid", xp=100)
    await paint(database)
    assert (await api.get(f"/buddies/{cid}"))["evolution_stage"] == 1
    clock.advance(days=31)
    await paint(database)
    assert (await api.get(f"/buddies/{cid}"))["evolution_stage"] == 2


async def test_what_was_drawn_before_costs_nothing_in_the_end(
    api: Api, ann: str, database: Database
) -> None:
    for times_drawn, end in ((1, "commit"), (0, "rollback")):
        before = await left(api)
        await api.post(f"/buddies/{ann}/rerender", status=202)
        assert await left(api) == before - 1
        assert len((await paint(database)).drawn) == times_drawn
        assert await left(api) == before - times_drawn
        assert (await kinds(api))[-1] == (end, "paid", 1)


TAMPERED = [
    ("UPDATE credit_grant SET remaining = remaining - 1 WHERE remaining > 0", "credit grant"),
    ("UPDATE credit_hold SET status = 'rolled_back'", "rolled_back: the ledger differs"),
    ("DELETE FROM credit_entry WHERE kind = 'commit'", "committed: the ledger differs"),
    ("DELETE FROM credit_hold", "nothing was held"),
    ("UPDATE credit_entry SET amount = 7 WHERE kind = 'grant'", "the ledger has"),
]


@pytest.mark.parametrize(("statement", "told"), TAMPERED)
async def test_the_audit_names_credits_that_were_tampered_with(
    api: Api, ann: str, database: Database, statement: str, told: str
) -> None:
    await wear(api, ann, "cap")
    await paint(database)
    [report] = await audit_all(database, None)
    assert report.credits == {"paid": 2}
    assert report.differences == []
    assert await rows.sql(database, statement) > 0
    assert any(told in line for line in await rows.differences(database))


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
