"""Administrators' scripts against the real application: what they say, do, and do only once."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from scripts.admin import (
    erase_user,
    export_customer,
    find_user,
    grant_tokens,
    import_players,
    replay_failed_webhooks,
    reverse_transfer,
)
from scripts.admin.frame import KEY_VARIABLE, World
from tests import rows
from tests.factories import Api
from tests.items_support import SHOP, player, publish

Script = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def run(api: Api, script: Script) -> Script:
    """Runs a script of the shop's customer; its exit code and what it said."""
    await publish(api, SHOP)
    return script


async def test_tokens_are_granted_once_a_row(
    api: Api, database: Database, run: Any, tmp_path: Path
) -> None:
    await player(api, "ann")
    bob_id = await player(api, "bob")
    grants = tmp_path / "grants.csv"
    grants.write_text(
        "user_id,buddy_id,amount,reason,token\n"
        "ann,,50,Sorry,\n"
        f",{bob_id},7,Prize,gems\n"
        "carl,,5,Sorry,\n"
        "ann,,5,Sorry,doubloons\n"
    )
    code, said = await run(grant_tokens.main, str(grants), "--dry-run")
    assert (code, "line 2: would be done: 50 primary tokens to ann" in said) == (1, True)
    assert (await api.buddy_of("ann"))["coins"] == 0
    code, said = await run(grant_tokens.main, str(grants))
    assert "line 2: done: 50 coins to ann, who has 50 now" in said
    assert "line 4: refused: carl has no active buddy" in said
    assert "line 5: refused: " in said
    assert "4 in all: 2 done, 2 refused." in said
    assert code == 1
    code, said = await run(grant_tokens.main, str(grants))
    assert "2 done before, 2 refused" in said
    assert (await api.buddy_of("ann"))["coins"] == 50
    assert (await api.get(f"/buddies/{bob_id}"))["tokens"]["gems"] == 7
    one = ("user_id=ann", "amount=5", "reason=More")
    assert (await run(grant_tokens.main, *one))[0] == 0
    assert (await run(grant_tokens.main, *one))[0] == 0
    assert (await api.buddy_of("ann"))["coins"] == 55
    assert await rows.differences(database) == []


async def test_a_grant_is_taken_back_once(api: Api, run: Any) -> None:
    buddy_id = await player(api, coins=50)
    [entry] = (await api.get(f"/buddies/{buddy_id}/ledger"))["data"]
    row = {"buddy_id": buddy_id, "ledger_id": entry["ledger_id"], "reason": "Twice"}
    given = json.dumps([row])
    code, said = await run(reverse_transfer.main, "-", "--dry-run", stdin=given)
    assert (code, "would be done: earn of 50 coins" in said) == (0, True)
    code, said = await run(reverse_transfer.main, "-", stdin=given)
    assert (code, "the buddy has 0 coins now" in said) == (0, True)
    code, said = await run(reverse_transfer.main, "-", stdin=given)
    assert (code, "done before" in said) == (0, True)
    strange = json.dumps([row | {"ledger_id": buddy_id}])
    code, said = await run(reverse_transfer.main, "-", stdin=strange)
    assert (code, "has no entry" in said) == (1, True)


async def test_players_are_imported_with_what_they_had(api: Api, run: Any) -> None:
    lines = [
        {"user_id": "ann", "display_name": "Ann", "time_zone": "Asia/Tokyo", "tokens": "coins:120"},
        {"user_id": "bob", "buddy_name": "Rex", "tokens": "coins:1 xp:900"},
        {"user_id": "carl", "tokens": "coins:-1"},
    ]
    given = "\n".join(map(json.dumps, lines))
    code, said = await run(import_players.main, "-", "--dry-run", stdin=given)
    assert (code, "2 would be done, 1 refused" in said) == (1, True)
    assert (await api.get("/users"))["data"] == []
    for told in ("2 done, 1 refused", "2 done before, 1 refused"):
        code, said = await run(import_players.main, "-", stdin=given)
        assert (code, told in said) == (1, True), said
    ann, bob = await api.buddy_of("ann"), await api.buddy_of("bob")
    assert (ann["coins"], bob["name"], bob["tokens"]["xp"]) == (120, "Rex", 900)
    known = {"user_id": "ann", "display_name": "Ann", "time_zone": "Asia/Tokyo"}
    assert await api.get("/users/ann") == known


async def test_users_are_found_and_erased(api: Api, run: Any) -> None:
    buddy_id = await player(api, "joanna", coins=5)
    code, said = await run(find_user.main, "ANNA", "--json")
    assert code == 0
    found = json.loads(said)
    assert found["buddies"][0]["tokens"] == {"coins": 5, "gems": 0, "xp": 0}
    assert "joanna" in (await run(find_user.main, "anna"))[1]
    code, said = await run(erase_user.main, "user_id=joanna", "--dry-run")
    assert (code, "would be done: joanna, with 1 buddies" in said) == (0, True)
    code, said = await run(erase_user.main, "user_id=joanna")
    assert (code, "joanna is erased:" in said) == (0, True)
    assert (await run(erase_user.main, "user_id=joanna"))[0] == 0
    assert (await run(find_user.main, "anna"))[0] == 1
    assert (await api.get(f"/buddies/{buddy_id}"))["coins"] == 5


async def test_everything_is_exported(api: Api, run: Any, tmp_path: Path) -> None:
    buddy_id = await player(api, "ann", coins=5)
    await player(api, "bob")
    await api.post("/eggs", {"user_id": "ann"}, status=201)
    folder = tmp_path / "export"
    code, said = await run(export_customer.main, str(folder), "--dry-run")
    assert (code, "users: 2" in said, folder.exists()) == (0, True, False)
    code, said = await run(export_customer.main, str(folder))
    assert code == 0

    def lines(kind: str) -> list[Any]:
        return [json.loads(line) for line in (folder / f"{kind}.jsonl").read_text().splitlines()]

    assert [user["user_id"] for user in lines("users")] == ["ann", "bob"]
    assert len(lines("buddies")) == len(lines("events")) == 2
    assert [entry["buddy_id"] for entry in lines("ledger")] == [buddy_id]
    assert [egg["user_id"] for egg in lines("eggs")] == ["ann"]
    shown = await api.get(f"/buddies/{buddy_id}")
    [buddy] = [each for each in lines("buddies") if each["id"] == buddy_id]
    assert buddy == shown | {"appearance": {"error": None, **shown["appearance"]}}
    assert (await run(export_customer.main, str(folder)))[0] == 2
    one = tmp_path / "ann"
    assert (await run(export_customer.main, str(one), "--user", "ann"))[0] == 0
    assert not (one / "gates.jsonl").exists()


async def test_failed_deliveries_are_sent_again(api: Api, database: Database, run: Any) -> None:
    hook = {"url": "http://127.0.0.1:9999/", "events": ["coins.earned"]}
    await api.post("/webhook-configs", hook, status=201)
    await player(api, coins=5)
    await rows.sql(database, "UPDATE webhook_delivery SET status = 'failed'")
    code, said = await run(replay_failed_webhooks.main, "--dry-run")
    assert (code, "1 in all: 1 would be done." in said) == (0, True)
    assert "nothing to do" in (await run(replay_failed_webhooks.main, "--type", "x"))[1]
    early = ("--until", "2020-01-01T00:00:00Z")
    assert "nothing to do" in (await run(replay_failed_webhooks.main, *early))[1]
    code, said = await run(replay_failed_webhooks.main, "--since", "2020-01-01T00:00:00Z")
    assert (code, "1 done." in said) == (0, True)
    [delivery] = (await api.get("/webhook-deliveries"))["data"]
    assert delivery["status"] == "pending"


async def test_a_bad_key_or_a_server_that_is_away_stops_the_run(api: Api, run: Any) -> None:
    row = ("user_id=ann", "amount=5", "reason=Why")
    wrong = {KEY_VARIABLE: "hatch_live_" + "x" * 43, "CLUTCH_URL": "http://test"}
    code, said = await run(grant_tokens.main, *row, environment=wrong)
    assert (code, "unauthorized" in said) == (3, True)
    code, said = await run(grant_tokens.main, *row, environment={})
    assert (code, KEY_VARIABLE in said) == (2, True)
    code, said = await run(grant_tokens.main, *row, environment={KEY_VARIABLE: "hatch_pk_x"})
    assert (code, "secret key" in said) == (2, True)

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol("nobody there")

    world = World(io.StringIO(), io.StringIO(), wrong, httpx.MockTransport(away))
    assert await asyncio.to_thread(grant_tokens.main, row, world) == 3
