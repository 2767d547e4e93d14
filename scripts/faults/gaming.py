"""Matches: ordered, played by bots in real game servers, whatever becomes of any of them."""

import asyncio
import contextlib
import random
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from honest import Honest
from installation import ARENA, PYTHON, Installation
from processes import Processes

SPEEDS = (10, 50, 200)
JOIN_SECONDS = 4
ROOM_SECONDS = 12.0
BOTS_SECONDS = 60.0
LOOK_SECONDS = 0.05


@dataclass
class Gaming:
    """`ordered` are the matches whose order was acknowledged; `bots` the players' processes."""

    honest: Honest
    where: Installation
    processes: Processes
    ordered: list[str] = field(default_factory=list)
    bots: list[subprocess.Popen[bytes]] = field(default_factory=list)

    async def play(self, match_id: str, roster: list[str], chance: random.Random) -> None:
        """Order a match and let bots play it, as far as they get."""
        seed = chance.randrange(1000)
        config = {"seed": seed, "speed": chance.choice(SPEEDS), "join_seconds": JOIN_SECONDS}
        order = {
            "match_id": match_id,
            "app_id": self.where.app_id,
            "region": "Frankfurt",
            "roster": roster,
            "room_config": config,
        }
        match = await self.honest.done("POST", "/matches", order)
        self.ordered.append(match_id)
        port = await self._port(match["room_id"])
        if port is not None:
            await self._join(match_id, port, roster, seed)

    def kill_bots(self, chance: random.Random) -> str | None:
        """SIGKILL all players of one match; None where nobody plays."""
        playing = [child for child in self.bots if child.poll() is None]
        if not playing:
            return None
        child = chance.choice(playing)
        child.kill()
        return str(child.pid)

    async def _port(self, room_id: str) -> int | None:
        """Where the game server listens; None where that stays unknown."""
        url = f"{self.where.plane_url}/rooms/v2/{self.where.app_id}/connectioninfo/{room_id}"
        deadline = time.monotonic() + ROOM_SECONDS
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            while time.monotonic() < deadline:
                if (port := await _asked(http, url)) is not None:
                    return port
                await asyncio.sleep(LOOK_SECONDS)
        return None

    async def _join(self, match_id: str, port: int, roster: list[str], seed: int) -> None:
        log: Path = self.processes.log_of("bots")
        with log.open("ab") as out:
            child = subprocess.Popen(
                [
                    *(str(PYTHON), str(ARENA / "bots.py"), "--port", str(port)),
                    *("--players", ",".join(roster), "--seed", str(seed)),
                    *("--connect-seconds", "3", "--silence-seconds", "20"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=dict(self.processes.environment),
                start_new_session=True,
            )
        self.bots.append(child)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(child.wait, BOTS_SECONDS)
        finally:
            child.kill()
            child.wait()


async def _asked(http: httpx.AsyncClient, url: str) -> int | None:
    try:
        answer = await http.get(url)
    except httpx.TransportError:
        return None
    told: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    exposed = told.get("exposedPort") if told.get("status") == "active" else None
    return int(exposed["port"]) if exposed else None
