"""Credits in tests: who has them, who draws, what became of it."""

from typing import Any

import pytest

from app.customers import credits
from app.customers import service as customers
from app.customers.credit_pools import Pool
from app.kit.db import Database
from app.operations import service as operations
from app.settings import Settings
from app.webhooks.outbox import Outbox
from tests.factories import Api, ManualClock

Customer = dict[str, Any]
PLANS = {
    "free": {"requests_per_minute": None, "requests_per_day": None, "credits_welcome": 2},
    "monthly": {"credits_monthly": 3},
    "poor": {"credits_monthly": 0},
}


def with_credits(settings: Settings) -> Settings:
    """An installation where a drawing costs one credit."""
    return Settings(
        **{
            **settings.model_dump(),
            "default_plan": "free",
            "plans": PLANS,
            "drawing_cost": 1,
            "upgrade_url": "https://up.example",
            "top_up_url": "https://top.example",
        }
    )


def let_move(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transaction has a millisecond of its own: rows of one have no order among them."""
    still = clock.now

    def moving_now() -> Any:
        clock.advance(milliseconds=1)
        return still()

    monkeypatch.setattr(clock, "now", moving_now)


async def ready(api: Api, user_id: str) -> str:
    """The path of a ready egg."""
    egg = await api.post("/eggs", {"user_id": user_id}, status=201)
    path = f"/eggs/{egg['egg_id']}"
    await api.call("PATCH", f"{path}/status", json={"status": "ready"})
    return path


async def balance(api: Api) -> dict[str, Any]:
    """What the customer can spend."""
    found: dict[str, Any] = await api.get("/credits/balance")
    return found


async def give(database: Database, customer: Customer, pool: Pool, amount: int) -> None:
    """Credits from the operator."""
    async with database.begin(customer["customer_id"]) as tx:
        await credits.give(tx, pool, amount)


async def put_on(database: Database, customer: Customer, plan: str) -> None:
    """Another plan for the customer."""
    async with database.begin(customer["customer_id"]) as tx:
        await customers.set_plan(tx, plan)


async def end(database: Database, customer: Customer, operation_id: str, error: str | None) -> bool:
    """Finish an operation as a worker does."""
    async with database.begin(customer["customer_id"]) as tx:
        work = await operations.read(tx, operation_id)
        outbox = await Outbox.open(tx)
        if error is None:
            return await operations.complete(tx, work, {"buddy_id": work.id}, outbox)
        return await operations.fail(tx, work, error, outbox)


async def kinds(api: Api) -> list[tuple[str, str, int]]:
    """The ledger of credits, oldest first."""
    lines = (await api.get("/credits/ledger"))["data"]
    return [(line["kind"], line["pool"], line["amount"]) for line in reversed(lines)]
