"""A game server with our reporter in it, over real sockets, under a loop that runs by itself."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

from app.kit.db import Database
from app.sdk import gameserver
from tests.factories import Api, ManualClock
from tests.hathora_support import free_port, until, write_build
from tests.matches_support import Pitch, pitch

PLAYS_AND_EXITS = """
import datetime, socket, sys
from gameserver import Reporter
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
reporter = Reporter.from_environment()
roster = reporter.claim().roster
ended_at = datetime.datetime.now(datetime.timezone.utc).isoformat()
lines = [{"user_id": user, "result": "loss" if n else "win"} for n, user in enumerate(roster)]
result = {"ended_at": ended_at, "outcome": "completed", "players": lines}
print(reporter.log_line(result), flush=True)
receipt = reporter.report(result)
print("reported", receipt.status, flush=True)
"""


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The application on a socket; its URL."""
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def is_up() -> bool:
        return server.started

    await until(is_up)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def test_a_game_server_reports_and_ends_and_nothing_is_abandoned(
    api: Api, database: Database, clock: ManualClock, customer: dict[str, Any], tmp_path: Path
) -> None:
    build = write_build(tmp_path / "build", PLAYS_AND_EXITS)
    shutil.copy(str(gameserver.__file__), build / "gameserver.py")
    customer_id = customer["customer_id"]
    async with (
        listening(api.app) as url,
        pitch(api, database, clock, customer_id, tmp_path, build=build, public_url=url) as ground,
    ):
        stop = asyncio.Event()
        working = asyncio.create_task(ground.loop.run(stop))
        ordered = [await ground.order(f"m{number}") for number in range(3)]

        async def are_applied() -> bool:
            applied = await ground.api.get("/matches", params={"status": "applied"})
            return len(applied["data"]) == 3

        await until(are_applied)
        for match in ordered:
            await ground.room_ended(match["room_id"])
        await _watched_long_after(ground)
        stop.set()
        await asyncio.wait_for(working, 5)
        for match in ordered:
            statuses = await ground.statuses(match["match_id"])
            assert statuses == ["allocating", "waiting", "live", "reported", "applied"]
        assert (await ground.api.buddy_of("ann"))["progression"]["counters"]["match_won"] == 3


async def _watched_long_after(ground: Pitch) -> None:
    """Let the loop pass the time at which it frees the rooms, and see that it did."""
    ground.clock.advance(seconds=120)

    async def are_freed() -> bool:
        destroyed = [call for call in ground.wire.calls if "/destroy/" in call]
        return len(set(destroyed)) == 3

    await until(are_freed)
