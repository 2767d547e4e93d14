"""Operations: asked after, waited for, and holding nothing while somebody waits."""

import asyncio
import time
from typing import Any

import pytest

from app.kit.db import Database
from tests.factories import Api


@pytest.fixture
async def hatching(api: Api) -> str:
    """The path of an operation that nobody has begun."""
    egg = await api.post("/eggs", {"user_id": "ann"}, status=201)
    await api.call("PATCH", f"/eggs/{egg['egg_id']}/status", json={"status": "ready"})
    started = await api.post(f"/eggs/{egg['egg_id']}/hatch", status=202)
    return f"/operations/{started['operation_id']}"


async def test_a_pending_operation_has_neither_result_nor_error(api: Api, hatching: str) -> None:
    operation = await api.get(hatching)
    assert (operation["type"], operation["status"]) == ("hatch", "pending")
    assert operation["id"] == operation["operation_id"]
    assert not {"result", "error"} & operation.keys()


async def test_who_waits_is_told_at_once_when_the_work_is_done(api: Api, hatching: str) -> None:
    waiting = asyncio.create_task(api.get(hatching, params={"wait_ms": 20_000}))
    began = time.monotonic()
    await api.work()
    operation: Any = await waiting
    assert operation["status"] == "completed"
    assert time.monotonic() - began < 15


async def test_who_waits_in_vain_gets_the_state_of_things(api: Api, hatching: str) -> None:
    began = time.monotonic()
    operation = await api.get(hatching, params={"wait_ms": 300})
    assert operation["status"] == "pending"
    assert time.monotonic() - began >= 0.3


async def test_a_crowd_that_waits_keeps_no_connection_from_others(
    api: Api, hatching: str, database: Database
) -> None:
    """More of them than a pool has connections; the work and the events go on beneath them."""
    waiting = [
        asyncio.create_task(api.get(hatching, params={"wait_ms": 20_000})) for _ in range(40)
    ]
    async with asyncio.timeout(15):
        await api.send("e1", "match_won", "bob")
        await api.work()
        operations: list[Any] = list(await asyncio.gather(*waiting))
    assert {operation["status"] for operation in operations} == {"completed"}
