"""Idempotency-Key: a repeat gets the same answer, and its effect happens once."""

import asyncio
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock
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


async def test_a_repeat_gives_status_and_bytes_back(
    api: Api, coins: str, clock: ManualClock
) -> None:
    before = await _balance(api)
    first = await api.call("POST", coins, json=EARN, headers=KEY)
    clock.advance(hours=23)
    again = await api.call("POST", coins, json=EARN, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert await _balance(api) == before + 7


async def test_twins_at_once_have_one_effect(api: Api, coins: str, database: Database) -> None:
    before = await _balance(api)
    answers = await asyncio.gather(
        *(api.call("POST", coins, json=EARN, headers=KEY) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
    assert await _balance(api) == before + 7
    assert await rows.differences(database) == []


async def test_many_keys_at_once_all_count(api: Api, coins: str) -> None:
    before = await _balance(api)
    answers = await asyncio.gather(
        *(
            api.call("POST", coins, json=EARN, headers={"Idempotency-Key": f"k{n % 10}"})
            for n in range(30)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await _balance(api) == before + 70


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("POST", "", {"amount": 8, "reason": "by hand"}),
        ("POST", "?x=1", EARN),
        ("POST", "/spend", EARN),
    ],
)
async def test_the_key_of_another_request_is_refused(
    api: Api, coins: str, database: Database, method: str, tail: str, body: Any
) -> None:
    await api.call("POST", coins, json=EARN, headers=KEY)
    before = await rows.counts(database)
    answer = await api.call(method, coins + tail, json=body, headers=KEY)
    assert fault_of(answer, 422, "idempotency_key_conflict") is None
    assert answer.json()["error"]["details"] == {"differs": [""]}
    assert await rows.counts(database) == before


async def test_the_key_belongs_to_the_principal(api: Api, coins: str) -> None:
    before = await _balance(api)
    other = await api.post("/api-keys", {"label": "other"}, status=201)
    await api.call("POST", coins, json=EARN, headers=KEY)
    headers = KEY | {"Authorization": f"Bearer {other['secret']}"}
    answer = await api.call("POST", coins, json=EARN, headers=headers)
    assert "Idempotency-Replayed" not in answer.headers
    assert await _balance(api) == before + 14


async def test_after_a_day_the_key_is_free_again(api: Api, coins: str, clock: ManualClock) -> None:
    before = await _balance(api)
    await api.call("POST", coins, json=EARN, headers=KEY)
    clock.advance(hours=24, seconds=1)
    other = EARN | {"amount": 1}
    answer = await api.call("POST", coins, json=other, headers=KEY)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert await _balance(api) == before + 8


async def test_what_is_kept_is_sealed(api: Api, database: Database) -> None:
    made = await api.call("POST", "/api-keys", json={"label": "k"}, headers=KEY)
    secret = made.json()["secret"]
    again = await api.call("POST", "/api-keys", json={"label": "k"}, headers=KEY)
    assert again.json()["secret"] == secret
    [kept] = await rows.fetch(database, "SELECT * FROM idempotent_answer")
    assert secret not in str(kept)
    assert made.json()["key_id"] not in str(kept)
    assert len(kept.sealed_body) > len(made.content)


async def test_only_a_success_is_kept(api: Api, coins: str, database: Database) -> None:
    too_much = {"amount": 10**9, "reason": "x"}
    for _ in range(2):
        refused = await api.call("POST", f"{coins}/spend", json=too_much, headers=KEY)
        assert fault_of(refused, 400, "insufficient_balance") is None
        assert "Idempotency-Replayed" not in refused.headers
    assert (await rows.counts(database))["idempotent_answer"] == 0
    await api.post(f"{coins}/spend", {"amount": 1, "reason": "x"}, status=201, headers=KEY)
    assert (await rows.counts(database))["idempotent_answer"] == 1


async def test_an_answer_without_a_body_is_repeated_too(api: Api) -> None:
    gate = {"gate_key": "g", "token_key": "coins", "cost": 1}
    await api.post("/gates", gate, status=201)
    for _ in range(2):
        answer = await api.call("DELETE", "/gates/g", headers=KEY)
        assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(api: Api, coins: str, key: str) -> None:
    answer = await api.call("POST", coins, json=EARN, headers={"Idempotency-Key": key})
    assert fault_of(answer, 422, "validation_failed") is None
    [field] = answer.json()["error"]["details"]["fields"]
    assert field["path"] == "header.idempotency-key"


async def test_events_go_by_their_own_ids(api: Api, database: Database) -> None:
    for event_id in ("e1", "e2"):
        event = {"event_id": event_id, "user_id": "ann", "type": "match_won"}
        answer = await api.call("POST", "/events", json=event, headers=KEY)
        assert answer.status_code == 200
        assert "Idempotency-Replayed" not in answer.headers
    assert (await rows.counts(database))["idempotent_answer"] == 0


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_twin_that_is_still_running_is_waited_for_and_then_refused(
    api: Api, coins: str, database: Database, customer: dict[str, Any]
) -> None:
    """On PostgreSQL; on SQLite requests take turns, so a twin is never seen running."""
    await api.call("POST", coins, json=EARN, headers={"Idempotency-Key": "old"})
    async with database.begin(customer["customer_id"]) as tx:
        await tx.connection.exec_driver_sql(
            "INSERT INTO idempotent_answer (customer_id, principal, key, fingerprint, created_at)"
            " SELECT customer_id, principal, 'k-1', 'x', created_at FROM idempotent_answer"
        )
        answer = await api.call("POST", coins, json=EARN, headers=KEY)
        assert fault_of(answer, 409, "idempotency_in_flight") is None
        assert answer.headers["Retry-After"] == "1"
    assert (await api.call("GET", "/gates")).status_code == 200
