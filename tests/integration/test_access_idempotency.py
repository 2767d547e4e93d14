"""Idempotency-Key beyond one process and one day: lost answers, dead clients, old rows."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.customers.idempotency import PRUNED_AT_ONCE
from app.kit.clock import to_milliseconds
from app.kit.crypto import SealBroken
from app.kit.db import Database
from app.main import create_app
from app.settings import Settings
from tests import rows
from tests.factories import PREFIX, Api, ManualClock
from tests.surface import fault_of

KEY = {"Idempotency-Key": "k-1"}
EARN = {"amount": 7, "reason": "by hand"}


@pytest.fixture
async def coins(api: Api) -> str:
    """The path on which coins are credited to a buddy that has some."""
    await api.send("e1", "match_won")
    return f"/buddies/{(await api.buddy_of('ann'))['id']}/coins"


async def _balance(api: Api) -> int:
    balance: int = (await api.buddy_of("ann"))["coins"]
    return balance


class _Cut(Exception):
    """The connection is gone."""


def _deaf(app: Any) -> Any:
    """An application whose answers are all lost on their way, after the commit."""

    async def lose(message: Any) -> None:
        raise _Cut

    async def serve(scope: Any, receive: Any, _send: Any) -> None:
        await app(scope, receive, lose)

    return serve


async def test_an_answer_that_was_lost_is_given_by_another_process(
    api: Api, coins: str, customer: dict[str, Any], settings: Settings, clock: ManualClock
) -> None:
    """Committed, then killed before anything was sent: a fresh process knows the answer."""
    before = await _balance(api)
    headers = KEY | {"Authorization": f"Bearer {customer['secret_key']}"}
    first = create_app(settings, clock=clock, with_worker=False)
    async with first.router.lifespan_context(first):
        transport = httpx.ASGITransport(_deaf(first))
        async with httpx.AsyncClient(transport=transport, base_url="http://first") as client:
            with pytest.raises(_Cut):
                await client.post(PREFIX + coins, json=EARN, headers=headers)
        first.state.worker.close()
    assert await _balance(api) == before + 7
    again = await api.call("POST", coins, json=EARN, headers=KEY)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json()["amount"] == 7
    assert await _balance(api) == before + 7


async def test_twins_in_two_processes_have_one_effect(
    api: Api, coins: str, customer: dict[str, Any], settings: Settings, clock: ManualClock
) -> None:
    before = await _balance(api)
    replica = create_app(settings, clock=clock, with_worker=False)
    async with replica.router.lifespan_context(replica):
        headers = {"Authorization": f"Bearer {customer['secret_key']}"}
        transport = httpx.ASGITransport(replica)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://replica", headers=headers
        ) as client:
            other = Api(client, replica)
            answers = await asyncio.gather(
                *(
                    each.call("POST", coins, json=EARN, headers=KEY)
                    for each in (api, other)
                    for _ in range(8)
                )
            )
        replica.state.worker.close()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await _balance(api) == before + 7


async def test_twins_after_a_day_have_one_more_effect(
    api: Api, coins: str, clock: ManualClock
) -> None:
    """Both find the old answer over, one replaces it, the other is given the new one."""
    await api.call("POST", coins, json=EARN, headers=KEY)
    before = await _balance(api)
    clock.advance(hours=24, seconds=1)
    answers = await asyncio.gather(
        *(api.call("POST", coins, json=EARN, headers=KEY) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await _balance(api) == before + 7


async def test_old_answers_are_forgotten_a_few_at_a_time_as_new_ones_come(
    api: Api,
    coins: str,
    clock: ManualClock,
    database: Database,
    customer: dict[str, Any],
    other_customer: dict[str, Any],
) -> None:
    old = to_milliseconds(clock.now() - timedelta(hours=25))
    strangers = [(other_customer["customer_id"], "p", "k", "f", old)]
    count = 2 * PRUNED_AT_ONCE + 2
    ours = [(customer["customer_id"], "p", f"k{n}", "f", old + n) for n in range(count)]
    columns = ("customer_id", "principal", "key", "fingerprint", "created_at")
    table = "idempotent_answer"
    for row in (*ours, *strangers):
        await rows.sql(
            database,
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES (:a, :b, :c, :d, :e)",
            **dict(zip("abcde", row, strict=True)),
        )
    for asked in range(1, 5):
        headers = {"Idempotency-Key": f"new-{asked}"}
        await api.post(coins, EARN, status=201, headers=headers)
        over = max(count - asked * PRUNED_AT_ONCE, 0)
        assert (await rows.counts(database))[table] == over + asked + 1
    left = await rows.fetch(database, f"SELECT key FROM {table} WHERE principal = 'p'")
    assert [row.key for row in left] == ["k"]


async def test_a_kept_answer_opens_only_for_its_own_key_and_principal(
    api: Api, coins: str, database: Database
) -> None:
    """Moved to another key in the database it is no answer, but a fault."""
    await api.post(coins, EARN, status=201, headers=KEY)
    await rows.sql(database, "UPDATE idempotent_answer SET key = 'k-2'")
    answer = await api.call("POST", coins, json=EARN, headers={"Idempotency-Key": "k-2"})
    assert fault_of(answer, 500, "internal_error") is None
    assert SealBroken.__name__ not in answer.text
