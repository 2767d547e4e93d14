"""Credits: authorised with the operation, committed with its picture, rolled back without it."""

import asyncio
from typing import Any

import pytest

from app.art.service import UpstreamImageError
from app.customers.credit_pools import Pool
from app.kit.db import Database
from app.settings import Settings
from tests import rows
from tests.credits_support import balance, end, give, kinds, let_move, put_on, ready, with_credits
from tests.factories import Api, ManualClock

Customer = dict[str, Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_credits(settings)


@pytest.fixture(autouse=True)
def moving(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    let_move(clock, monkeypatch)


async def test_a_new_customer_has_its_welcome_and_is_told_in_headers(api: Api) -> None:
    assert await balance(api) == {
        "welcome": 2,
        "paid": 0,
        "promo": 0,
        "promo_expires_at": None,
        "total_spendable": 2,
    }
    answer = await api.call("GET", "/buddies")
    told = {name: value for name, value in answer.headers.items() if "credits" in name}
    assert told == {
        "x-credits-remaining": "2",
        "x-credits-welcome-remaining": "2",
        "x-credits-paid-remaining": "0",
        "x-credits-promo-remaining": "0",
    }
    assert await kinds(api) == [("grant", "welcome", 2)]


async def test_a_hatch_is_authorised_with_its_operation_and_committed_with_its_buddy(
    api: Api,
) -> None:
    path = await ready(api, "ann")
    started = await api.call("POST", f"{path}/hatch")
    assert started.status_code == 202
    assert started.headers["X-Credits-Remaining"] == "1"
    again = await api.call("POST", f"{path}/hatch")
    assert again.headers["X-Credits-Remaining"] == "1"
    assert await kinds(api) == [("grant", "welcome", 2), ("authorize", "welcome", 1)]
    await api.work()
    operation = await api.get(f"/operations/{started.json()['operation_id']}")
    assert operation["status"] == "completed"
    assert (await kinds(api))[2:] == [("commit", "welcome", 1)]
    assert (await balance(api))["total_spendable"] == 1
    ledger = await api.get("/credits/ledger", params={"limit": 2})
    assert {line["operation_id"] for line in ledger["data"]} == {operation["id"]}
    rest = await api.get("/credits/ledger", params={"cursor": ledger["next_cursor"]})
    assert [line["source"] for line in rest["data"]] == ["welcome"]


async def test_without_credits_nothing_starts_and_the_facts_are_told(
    api: Api, database: Database, customer: Customer
) -> None:
    for user_id in ("ann", "bob"):
        await api.post(f"{await ready(api, user_id)}/hatch", status=202)
    path = await ready(api, "cid")
    before = await rows.counts(database)
    answer = await api.call("POST", f"{path}/hatch")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (402, "credit_insufficient")
    assert error["details"] == {
        "required": 1,
        "available": 0,
        "welcome": 0,
        "paid": 0,
        "promo": 0,
        "upgrade_url": "https://up.example",
        "top_up_url": "https://top.example",
    }
    assert answer.headers["X-Credits-Remaining"] == "0"
    assert await rows.counts(database) == before
    assert (await api.get(path))["status"] == "ready"
    await give(database, customer, Pool.PAID, 1)
    await api.post(f"{path}/hatch", status=202)


async def test_a_failed_drawing_gives_its_credits_back_once(
    api: Api, database: Database, customer: Customer
) -> None:
    started = await api.post(f"{await ready(api, 'ann')}/hatch", status=202)
    for _ in range(3):
        await end(database, customer, started["operation_id"], "upstream_image_error: away")
    assert not await end(database, customer, started["operation_id"], None)
    assert (await balance(api))["welcome"] == 2
    assert await kinds(api) == [
        ("grant", "welcome", 2),
        ("authorize", "welcome", 1),
        ("rollback", "welcome", 1),
    ]


async def test_an_artist_that_cannot_draw_leaves_egg_and_credits_as_they_were(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise UpstreamImageError("away")

    monkeypatch.setattr(api.app.state.atelier.artist, "draw", away)
    path = await ready(api, "ann")
    started = await api.post(f"{path}/hatch", status=202)
    await api.work()
    operation = await api.get(f"/operations/{started['operation_id']}")
    assert operation["status"] == "failed"
    assert (await api.get(path))["status"] == "ready"
    assert (await balance(api))["total_spendable"] == 2


async def test_pools_are_used_in_their_order(
    api: Api, database: Database, customer: Customer
) -> None:
    for pool in Pool:
        await give(database, customer, pool, 1)
    for index in range(5):
        await api.post(f"{await ready(api, f'u{index}')}/hatch", status=202)
    used = [pool for kind, pool, _ in await kinds(api) if kind == "authorize"]
    assert used == ["promo", "welcome", "welcome", "welcome", "paid"]


async def test_promo_credits_end_after_a_year(
    api: Api, database: Database, customer: Customer, clock: ManualClock
) -> None:
    await give(database, customer, Pool.PROMO, 7)
    found = await balance(api)
    assert found["promo"] == 7
    assert found["promo_expires_at"] is not None
    clock.advance(days=365)
    assert (await balance(api))["promo"] == 0


async def test_the_credits_of_a_month_come_each_month_and_do_not_pile_up(
    api: Api, database: Database, customer: Customer, clock: ManualClock
) -> None:
    await put_on(database, customer, "monthly")
    clock.advance(seconds=3)
    assert (await balance(api))["paid"] == 3
    await api.post(f"{await ready(api, 'ann')}/hatch", status=202)
    await api.post(f"{await ready(api, 'bob')}/hatch", status=202)
    await api.post(f"{await ready(api, 'cid')}/hatch", status=202)
    assert (await balance(api))["paid"] == 2
    clock.advance(days=62)
    assert (await balance(api))["paid"] == 3


async def test_fifty_hatches_at_once_with_credits_for_one_start_one(
    api: Api, database: Database, customer: Customer
) -> None:
    await rows.sql(database, "UPDATE credit_grant SET remaining = 1")
    paths = [await ready(api, f"u{index}") for index in range(50)]
    answers = await asyncio.gather(*(api.call("POST", f"{path}/hatch") for path in paths))
    assert sorted(each.status_code for each in answers) == [202] + [402] * 49
    found = await rows.fetch(database, "SELECT status FROM credit_hold")
    assert [row.status for row in found] == ["authorized"]
    assert (await balance(api))["total_spendable"] == 0


async def test_a_failure_and_a_completion_that_race_settle_the_credits_once(
    api: Api, database: Database, customer: Customer
) -> None:
    started = await api.post(f"{await ready(api, 'ann')}/hatch", status=202)
    outcomes = [None if index % 2 else "gone" for index in range(8)]
    ended = await asyncio.gather(
        *(end(database, customer, started["operation_id"], each) for each in outcomes)
    )
    assert sum(ended) == 1
    settled = [kind for kind, _, _ in await kinds(api)][2:]
    assert settled in (["commit"], ["rollback"])
    assert (await balance(api))["welcome"] == (1 if settled == ["commit"] else 2)
