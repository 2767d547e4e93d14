"""Many matches, workers that die, a wire that drops: each applied or abandoned exactly once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.matches.loop import MatchLoop
from tests.factories import Api, ManualClock
from tests.matches_support import PLANE_URL, POLL_SECONDS, Pitch, Server, pitch

MATCHES = 10
DROPPED = 0.25
LOST = 0.15
ROUNDS_MAX = 60


@pytest.fixture
async def ground(
    api: Api, database: Database, clock: ManualClock, customer: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Pitch]:
    async with pitch(api, database, clock, customer["customer_id"], tmp_path) as ready:
        yield ready


def another_loop(ground: Pitch, seed: int) -> MatchLoop:
    state = ground.api.app.state
    return MatchLoop(
        state.database,
        ground.hosts,
        state.lanes,
        public_url="http://clutch.test",
        lease_seconds=20,
        poll_seconds=POLL_SECONDS,
        chance=random.Random(seed),
    )


async def test_two_workers_open_each_room_once(ground: Pitch) -> None:
    for number in range(6):
        await ground.order(f"m{number}")
    second = another_loop(ground, 8)
    worked = await asyncio.gather(ground.loop.run_due(), second.run_due())
    assert sum(worked) == 6
    assert sum(call.endswith("/create") for call in ground.wire.calls) == 6
    assert {(await ground.match(f"m{n}"))["status"] for n in range(6)} == {"waiting"}


async def test_what_a_worker_had_in_hand_when_it_was_stopped_goes_on_at_once(ground: Pitch) -> None:
    ordered = await ground.order()
    is_created = asyncio.Event()

    async def hang_after_create(request: httpx.Request) -> httpx.Response:
        response = await deliver(request)
        is_created.set()
        await asyncio.Event().wait()
        return response

    deliver = ground.wire.handle_async_request
    ground.wire.handle_async_request = hang_after_create  # type: ignore[method-assign]
    worker = asyncio.create_task(ground.loop.run_due())
    await is_created.wait()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    ground.wire.handle_async_request = deliver  # type: ignore[method-assign]
    await another_loop(ground, 9).run_due()
    assert await ground.statuses() == ["allocating", "waiting"]
    server = await ground.found("m1", ordered["room_id"])
    assert (await ground.report(await ground.token(server))).status_code == 200


async def test_every_match_ends_once_however_the_network_is(
    ground: Pitch, database: Database
) -> None:
    chance = random.Random(20)
    servers = {f"m{n}": await ground.server(f"m{n}") for n in range(MATCHES)}
    crashing = set(chance.sample(sorted(servers), 3))
    ground.wire.before = _dropping(chance)
    ground.wire.after = _losing(chance)
    accepted = dict(await asyncio.gather(*(_play(ground, s, crashing) for s in servers.values())))
    second = another_loop(ground, 10)
    for _ in range(ROUNDS_MAX):
        ground.clock.advance(seconds=30)
        await asyncio.gather(ground.loop.run_due(), second.run_due())
    ground.wire.mend()
    await ground.later(61)
    await ground.later(61)
    ends = {name: Counter(await ground.statuses(name)) for name in servers}
    for name, passed in ends.items():
        assert passed["applied"] + passed["abandoned"] == 1, (name, passed)
        assert passed["applied"] == 1 or not accepted[name], name
    assert sum(passed["applied"] for passed in ends.values()) == sum(accepted.values())
    paid = [await ground.match(name) for name, passed in ends.items() if passed["applied"]]
    coins = sum(match["players"][0]["effects"]["coins"] for match in paid)
    assert (await ground.api.buddy_of("ann"))["coins"] == coins
    for server in servers.values():
        await ground.room_ended(server.room_id)


async def _play(ground: Pitch, server: Server, crashing: set[str]) -> tuple[str, bool]:
    """What a game server does, stubbornly; whether its result was accepted."""
    nonce = f"nonce-of-the-server-of-{server.match_id}"
    claimed = await _until_final(lambda: ground.claim(server, nonce))
    if server.match_id in crashing:
        await ground.crash(server)
        return server.match_id, False
    assert claimed.status_code == 200, claimed.text
    result = ground.result()
    token = claimed.json()["token"]
    reported = await _until_final(lambda: ground.report(token, server.match_id, **result))
    assert reported.status_code in (200, 202), reported.text
    return server.match_id, True


async def _until_final(call: Any) -> httpx.Response:
    for _ in range(200):
        answer: httpx.Response = await call()
        if answer.status_code != 503:
            return answer
    raise AssertionError("no final answer")


def _dropping(chance: random.Random) -> Any:
    def drop(request: httpx.Request) -> None:
        if chance.random() < DROPPED:
            raise httpx.ConnectError(f"{PLANE_URL} is unreachable", request=request)

    return drop


def _losing(chance: random.Random) -> Any:
    def lose(request: httpx.Request) -> None:
        if chance.random() < LOST:
            raise httpx.ReadTimeout("timed out", request=request)

    return lose
