"""A voided match gives back what is there, writes down what is not, and counts no more."""

import asyncio
from typing import Any

import pytest

from app.kit.clock import to_text
from app.kit.db import Database
from scripts.admin import void_match
from tests import rows
from tests.factories import Api, ManualClock

WHY = {"reason": "The map was broken"}
RULES = {
    "event_types": [{"key": "match_completed"}, {"key": "match_won"}],
    "tokens": [
        {"key": "coins", "kind": "primary", "default": True},
        {"key": "xp", "kind": "progression", "default": True},
    ],
    "token_rules": [
        {
            "key": "win",
            "event_type": "match_won",
            "token": "coins",
            "amount": 10,
            "caps": {"daily": 10},
        },
        {"key": "play", "event_type": "match_completed", "token": "xp", "amount": 5},
    ],
}


@pytest.fixture
async def pitch(api: Api, database: Database) -> Api:
    """An API that takes matches from anywhere, under small rules."""
    await rows.sql(database, "UPDATE customer SET accept_other = true")
    draft = await api.post("/config-versions", {"document": RULES}, status=201)
    await api.post(f"/config-versions/{draft['id']}/publish")
    return api


async def claim(api: Api, match_id: str) -> str:
    """Order a match and claim it; its token."""
    order = {"match_id": match_id, "provider": "other", "roster": ["ann", "bob"]}
    made = await api.post("/matches", order, status=202)
    place = {"room_id": "room", "process_id": "box", "claim_nonce": "n" * 16}
    claimed = await api.post(f"/matches/{match_id}/claim", {"code": made["code"], **place})
    return str(claimed["token"])


async def report(api: Api, clock: ManualClock, match_id: str, token: str) -> Any:
    """Report that ann beat bob."""
    players = [{"user_id": "ann", "result": "win"}, {"user_id": "bob", "result": "loss"}]
    result = {"outcome": "completed", "ended_at": to_text(clock.now()), "players": players}
    headers = {"Authorization": f"Bearer {token}"}
    return await api.call("POST", f"/matches/{match_id}/result", json=result, headers=headers)


async def played(api: Api, clock: ManualClock, match_id: str = "m-1") -> None:
    answer = await report(api, clock, match_id, await claim(api, match_id))
    assert answer.status_code == 200, answer.text


async def test_what_a_match_gave_is_taken_back_and_may_be_given_again(
    pitch: Api, database: Database, clock: ManualClock
) -> None:
    await played(pitch, clock)
    before = await pitch.buddy_of("ann")
    assert before["tokens"] == {"coins": 10, "xp": 5}
    voided = await pitch.post("/matches/m-1/void", WHY)
    assert voided == {"match_id": "m-1", "status": "voided", "uncollected": []}
    for user_id in ("ann", "bob"):
        buddy = await pitch.buddy_of(user_id)
        assert buddy["tokens"] == {"coins": 0, "xp": 0}
        assert set(buddy["progression"]["counters"].values()) == {0}
        tokens = await pitch.get(f"/buddies/{buddy['id']}/tokens")
        assert tokens["progression"]["lifetime_earned"] == 0
    history = (await pitch.get("/matches/m-1"))["history"]
    assert (history[-1]["status"], history[-1]["why"]) == ("voided", WHY["reason"])
    await played(pitch, clock, "m-2")
    assert (await pitch.buddy_of("ann"))["coins"] == 10, "the daily cap was given back"
    assert await rows.differences(database) == []


async def test_what_was_spent_is_uncollected_and_nobody_owes(
    pitch: Api, database: Database, clock: ManualClock
) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["match.voided"]}
    await pitch.post("/webhook-configs", hook, status=201)
    await played(pitch, clock)
    ann = await pitch.buddy_of("ann")
    fee = {"amount": 7, "reason": "fee"}
    await pitch.post(f"/buddies/{ann['id']}/coins/spend", fee, status=201)
    short = [{"user_id": "ann", "token": "coins", "amount": 7}]
    assert (await pitch.post("/matches/m-1/void", WHY))["uncollected"] == short
    assert (await pitch.buddy_of("ann"))["coins"] == 0
    [delivery] = (await pitch.get("/webhook-deliveries"))["data"]
    body = (await pitch.get(f"/webhook-deliveries/{delivery['id']}"))["body"]
    assert '"uncollected":[{"user_id":"ann","token":"coins","amount":7}]' in body
    assert await rows.differences(database) == []


async def test_a_match_is_voided_once_however_often_it_is_asked(
    pitch: Api, clock: ManualClock
) -> None:
    await played(pitch, clock)
    answers = await asyncio.gather(
        *(pitch.call("POST", "/matches/m-1/void", json=WHY) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    again = await pitch.post("/matches/m-1/void", {"reason": "another"})
    assert again["status"] == "voided"
    entries = (await pitch.get(f"/buddies/{(await pitch.buddy_of('ann'))['id']}/ledger"))["data"]
    assert [entry["direction"] for entry in entries].count("unearn") == 2
    statuses = [each["status"] for each in (await pitch.get("/matches/m-1"))["history"]]
    assert statuses.count("voided") == 1


async def test_a_result_after_void_is_refused(
    pitch: Api, database: Database, clock: ManualClock
) -> None:
    token = await claim(pitch, "m-1")
    refused = await pitch.post("/matches/m-1/void", WHY, status=409)
    assert refused["error"]["details"]["status"] == "live"
    await rows.sql(database, "UPDATE match_record SET status = 'abandoned'")
    assert (await pitch.post("/matches/m-1/void", WHY))["uncollected"] == []
    late = await report(pitch, clock, "m-1", token)
    assert late.status_code == 409
    await pitch.post("/matches/nowhere/void", WHY, status=404)
    await pitch.post("/matches/m-1/void", {}, status=422)


async def test_an_entry_that_was_reversed_by_hand_is_not_taken_twice(
    pitch: Api, database: Database, clock: ManualClock
) -> None:
    await played(pitch, clock)
    ann = await pitch.buddy_of("ann")
    entries = (await pitch.get(f"/buddies/{ann['id']}/ledger"))["data"]
    [won] = [entry for entry in entries if entry["token"] == "coins"]
    path = f"/buddies/{ann['id']}/ledger/{won['ledger_id']}/reverse"
    await pitch.post(path, WHY, status=201)
    assert (await pitch.post("/matches/m-1/void", WHY))["uncollected"] == []
    assert (await pitch.buddy_of("ann"))["tokens"] == {"coins": 0, "xp": 0}
    assert await rows.differences(database) == []


async def test_the_script_voids_and_says_what_it_takes(
    pitch: Api, clock: ManualClock, script: Any
) -> None:
    await played(pitch, clock)
    row = ("match_id=m-1", "reason=Broken")
    code, said = await script(void_match.main, *row, "--dry-run")
    assert (code, "would be done: m-1, which was applied: " in said) == (0, True)
    assert "coins:10 from ann" in said
    assert (await pitch.buddy_of("ann"))["coins"] == 10
    code, said = await script(void_match.main, *row)
    assert (code, "uncollected: nothing" in said) == (0, True)
    code, said = await script(void_match.main, *row)
    assert (code, "done before" in said) == (0, True)
    assert (await script(void_match.main, "match_id=m-9", "reason=x"))[0] == 1
