"""What costs credits and what does not; plans and credits by command."""

import asyncio
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import main
from app.customers import credits
from app.customers import service as customers
from app.customers.credit_pools import Pool
from app.customers.usage_models import credit_grant
from app.kit.db import Database
from app.operations import service as operations
from app.operations import waiting
from app.operations.service import NewOperation, OperationKind
from app.settings import Settings
from tests import rows
from tests.credits_support import balance, let_move, put_on, ready, with_credits
from tests.factories import Api, ManualClock

Customer = dict[str, Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_credits(settings)


@pytest.fixture(autouse=True)
def moving(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    let_move(clock, monkeypatch)


async def test_a_set_pays_what_it_can_and_lets_wait_what_nobody_asked_for(
    database: Database, customer: Customer
) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        await customers.set_plan(tx, "growth")
        await tx.execute(credit_grant.delete())
        await credits.give(tx, Pool.PAID, 1)
        await customers.set_plan(tx, "poor")
        new = [
            NewOperation(tx.new_id(), OperationKind.EVOLVE, {"n": index}, can_wait=True)
            for index in range(3)
        ]
        migration = NewOperation(tx.new_id(), OperationKind.MIGRATE, {})
        await operations.start_set(tx, [*new, migration])
        ids = [each.id for each in new]
        assert len(await waiting.among(tx, ids)) == 2
    found = await rows.fetch(database, "SELECT kind FROM operation ORDER BY kind")
    assert [row.kind for row in found] == ["evolve"] * 3 + ["migrate"]
    held = await rows.fetch(database, "SELECT operation_id FROM credit_hold")
    assert [str(row.operation_id) for row in held] == ids[:1]


async def test_an_evolution_by_rule_is_left_out_where_the_plan_has_none(
    database: Database, customer: Customer
) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        new = NewOperation(tx.new_id(), OperationKind.EVOLVE, {}, can_wait=True)
        await operations.start_set(tx, [new])
    assert await rows.fetch(database, "SELECT kind FROM operation") == []


async def test_a_drawing_that_costs_nothing_asks_for_no_credits(
    customer: Customer, settings: Settings, clock: ManualClock
) -> None:
    free = Settings(**{**settings.model_dump(), "drawing_cost": 0})
    opened = Database(settings.url, clock, settings.key, tariff=free.tariff)
    async with opened.begin(customer["customer_id"]) as tx:
        for _ in range(5):
            new = NewOperation(tx.new_id(), OperationKind.HATCH, {})
            await operations.start_set(tx, [new])
    assert await rows.fetch(opened, "SELECT status FROM credit_hold") == []
    await opened.close()


async def test_a_plan_without_credits_draws_for_nothing_and_has_no_headers(
    api: Api, database: Database, customer: Customer, clock: ManualClock
) -> None:
    await put_on(database, customer, "unlimited")
    clock.advance(seconds=3)
    for index in range(3):
        answer = await api.call("POST", f"{await ready(api, f'u{index}')}/hatch")
        assert answer.status_code == 202
        assert "X-Credits-Remaining" not in answer.headers


async def test_operators_change_plan_and_credits_by_command(
    settings: Settings, customer: Customer, api: Api, clock: ManualClock
) -> None:
    id_ = customer["customer_id"]
    told = await _clutch(settings, "customers", "credit", id_, "5", "--pool", "paid")
    assert "7 credits" in told
    assert (await balance(api))["paid"] == 5
    assert "monthly" in await _clutch(settings, "customers", "plan", id_, "monthly")
    assert (await balance(api))["paid"] == 8
    assert "no plan with the id 'gold'" in await _clutch(settings, "customers", "plan", id_, "gold")
    assert "evolution" in await _clutch(settings, "customers", "disable", id_, "evolution")


async def _clutch(settings: Settings, *words: str) -> str:
    """Run a command as an operator does; what it says."""
    plans = '{"monthly": {"credits_monthly": 3}, "free": {"credits_welcome": 2}}'
    environment = {
        "COLUMNS": "200",
        "CLUTCH_MASTER_KEY": settings.master_key,
        "CLUTCH_DEFAULT_PLAN": "free",
        "CLUTCH_PLANS": plans,
    }
    said = await asyncio.to_thread(
        CliRunner(env=environment).invoke, main, [*words, "--database-url", settings.url]
    )
    return said.stderr
