"""The ledger's laws: transfers make the balance, the chain holds, nothing falls below zero."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from app.buddies import service as buddies
from app.buddies.schemas import EarnTokens, SpendTokens
from app.commands.customers import create_with_keys
from app.events.lane import Lanes
from app.kit.clock import SystemClock
from app.kit.crypto import MasterKey
from app.kit.db import Database
from app.ledger.service import InsufficientBalance
from tests import rows
from tests.factories import Api, ManualClock
from tests.rows import new_event, unit

KEY = MasterKey.from_text("0123456789abcdef" * 4)
USERS = ("ann", "bob", "eve")
AMOUNTS = st.integers(1, 120)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.sampled_from(USERS), st.integers(0, 25)),
        st.tuples(st.just("earn"), st.sampled_from(USERS), AMOUNTS),
        st.tuples(st.just("spend"), st.sampled_from(USERS), AMOUNTS),
    ),
    max_size=30,
)
Step = tuple[str, str, int]


async def _play(database: Database, steps: list[Step]) -> None:
    """Do the steps one after another, keeping beside them what every balance must be."""
    customer = await create_with_keys(database, "Laws", "arena", is_test=True)
    customer_id = customer["customer_id"]
    lanes = Lanes(database, waiting_max=100)
    expected = dict.fromkeys(USERS, 0)
    ids: dict[str, str] = {}
    answers: dict[int, str] = {}
    for kind, user, number in steps:
        if kind == "event" or user not in ids:
            number = number if kind == "event" else 0
            sent = new_event(f"e{number}", "match_won", USERS[number % len(USERS)])
            [[accepted]] = await lanes.submit([unit(customer, sent)])
            ids[sent.user_id] = accepted.buddy_id
            assert answers.setdefault(number, accepted.answer) == accepted.answer
            if not accepted.is_replay:
                expected[sent.user_id] += _coins(accepted.answer)
            continue
        async with database.begin(customer_id) as tx:
            if kind == "earn":
                await buddies.earn(tx, ids[user], EarnTokens(amount=number, reason="law"))
                expected[user] += number
            elif number > expected[user]:
                with pytest.raises(InsufficientBalance) as refused:
                    await buddies.spend(tx, ids[user], SpendTokens(amount=number, reason="law"))
                assert (refused.value.details or {})["available"] == expected[user]
            else:
                await buddies.spend(tx, ids[user], SpendTokens(amount=number, reason="law"))
                expected[user] -= number
    async with database.read(customer_id) as tx:
        shown = {user: (await buddies.read(tx, ids[user])).coins for user in ids}
    assert shown == {user: expected[user] for user in ids}
    assert await rows.differences(database) == []


def _coins(answer: str) -> int:
    coins: int = json.loads(answer)["coins"]
    return coins


@given(steps=STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_ledger_is_sound(
    steps: list[Step], sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / f"{os.urandom(6).hex()}.db"
    shutil.copy(sqlite_template, path)

    async def story() -> None:
        database = Database(f"sqlite:///{path}", ManualClock(SystemClock().now()), KEY)
        try:
            await _play(database, steps)
        finally:
            await database.close()

    asyncio.run(story())
    path.unlink()


async def test_a_long_life_on_either_database_is_sound(database: Database) -> None:
    steps: list[Step] = []
    for n in range(25):
        user = USERS[n % 3]
        steps += [("event", user, n), ("earn", user, n + 1), ("spend", user, 3 * n + 1)]
    await _play(database, steps)


async def test_of_fifty_spends_with_money_for_one_one_succeeds(
    api: Api, database: Database
) -> None:
    await api.send("e1", "match_completed")
    buddy = await api.buddy_of("ann")
    spend = {"amount": buddy["coins"], "reason": "all of it"}
    answers = await asyncio.gather(
        *(api.call("POST", f"/buddies/{buddy['id']}/coins/spend", json=spend) for _ in range(50))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 49
    refused = next(answer.json()["error"] for answer in answers if answer.status_code == 400)
    assert refused["code"] == "insufficient_balance"
    assert refused["details"] == {"token": "coins", "required": buddy["coins"], "available": 0}
    assert (await api.buddy_of("ann"))["coins"] == 0
    assert await rows.differences(database) == []


async def test_events_and_spends_at_once_lose_nothing(api: Api, database: Database) -> None:
    """The lane and the administrator lock the same buddies, each in its own transactions."""
    await api.send("e0", "match_won")
    buddy = await api.buddy_of("ann")
    spend = {"amount": 10, "reason": "a bit"}
    answers = await asyncio.gather(
        *(
            api.call("POST", f"/buddies/{buddy['id']}/coins/spend", json=spend)
            if n % 2
            else api.call(
                "POST", "/events", json={"event_id": f"e{n}", "user_id": "ann", "type": "match_won"}
            )
            for n in range(1, 41)
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 400}
    assert await rows.differences(database) == []


async def test_a_ledger_entry_says_what_moved_and_why(api: Api) -> None:
    await api.send("e1", "match_won")
    buddy = await api.buddy_of("ann")
    path = f"/buddies/{buddy['id']}"
    given_by_hand = {"amount": 7, "reason": "thanks", "reference_id": "ticket-1"}
    entry = await api.post(f"{path}/coins", given_by_hand, status=201)
    assert entry["balance"] == buddy["coins"] + 7
    assert (entry["direction"], entry["source"], entry["event_id"]) == ("earn", "admin", None)
    spent = await api.post(
        f"{path}/coins/spend", {"amount": 2, "reason": "hat", "item_id": "hat-1"}, status=201
    )
    assert (spent["direction"], spent["source"]) == ("spend", "item:hat-1")
    feed = await api.get(f"{path}/ledger", params={"limit": 2})
    assert feed["data"] == [spent, entry]
    older = await api.get(f"{path}/ledger", params={"cursor": feed["next_cursor"], "limit": 200})
    assert {each["event_id"] for each in older["data"]} == {"e1"}
    assert older["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": 1, "reason": "x", "token": "xp"}, "progression_not_spendable"),
        ({"amount": 1, "reason": "x", "token": "gold"}, "validation_failed"),
    ],
)
async def test_a_token_that_cannot_be_spent_is_refused(
    api: Api, database: Database, body: dict[str, Any], code: str
) -> None:
    await api.send("e1", "match_won")
    path = f"/buddies/{(await api.buddy_of('ann'))['id']}/coins/spend"
    before = await rows.counts(database)
    refused = await api.post(path, body, status=422)
    assert refused["error"]["code"] == code
    assert await rows.counts(database) == before


async def test_a_full_account_takes_what_fits_and_then_nothing(
    api: Api, database: Database
) -> None:
    await api.send("e1", "match_completed")
    path = f"/buddies/{(await api.buddy_of('ann'))['id']}/coins"
    clipped = await api.post(path, {"amount": 2**53 - 1, "reason": "x"}, status=201)
    assert (clipped["amount"], clipped["balance"]) == (999_990, 1_000_000)
    refused = await api.post(path, {"amount": 1, "reason": "x"}, status=422)
    assert refused["error"]["details"]["fields"][0]["path"] == "/amount"
    effects = await api.send("e2", "match_completed")
    assert effects["coins"] == 0
    assert await rows.differences(database) == []


async def test_the_database_itself_refuses_a_negative_balance(api: Api, database: Database) -> None:
    await api.send("e1", "match_won")
    with pytest.raises(IntegrityError):
        await rows.sql(database, "UPDATE balance SET balance = -1")
