"""A match from its order to its rewards, with bots for players in a process of their own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from calls import Clutch
from installation import ARENA, PYTHON, Installation
from narrator import Narrator
from plan import Planned
from processes import Processes
from rich.markup import escape
from trouble import Trouble

AT_ONCE = 2
SPEED = 3
REGION = "Frankfurt"
ROOM_SECONDS = APPLIED_SECONDS = 40.0


@dataclass(frozen=True)
class Arena:
    """Everything that a match needs."""

    clutch: Clutch
    installation: Installation
    processes: Processes
    narrator: Narrator


async def play_all(arena: Arena, planned: Sequence[Planned]) -> list[dict[str, Any]]:
    """Play every match, two at a time; the matches as the API shows them when all are applied."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def play(match: Planned) -> dict[str, Any]:
        async with slots:
            return await _play(arena, match)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(play(match)) for match in planned]
    return [task.result() for task in tasks]


async def _play(arena: Arena, match: Planned) -> dict[str, Any]:
    board, name = arena.narrator.board, match.match_id
    board[name] = "a room is being opened"
    ordered = await arena.clutch.post("/matches", _order(arena, match))
    names = ", ".join(match.players)
    arena.narrator.say(f"[bold]{name}[/bold] is ordered for {names}: room {ordered['room_id']}")
    host, port = await _room(arena, ordered["room_id"])
    arena.narrator.say(f"[bold]{name}[/bold] has a game server on {host}:{port}; the bots join")
    board[name] = f"playing on port {port}"
    await arena.processes.run(
        f"bots of {name}",
        [
            *(str(PYTHON), str(ARENA / "bots.py"), "--host", host, "--port", str(port)),
            *("--players", ",".join(match.players), "--seed", str(match.seed)),
        ],
    )
    board[name] = "the result is being verified and applied"
    applied = await _applied(arena, name)
    del board[name]
    arena.narrator.say(f"[bold]{name}[/bold] is applied: {_ending(applied, match)}")
    return applied


def _order(arena: Arena, match: Planned) -> dict[str, Any]:
    return {
        "match_id": match.match_id,
        "app_id": arena.installation.app_id,
        "region": REGION,
        "roster": match.players,
        "room_config": {"seed": match.seed, "speed": SPEED},
        "mode": "arena",
        "map": "gem field",
    }


async def _room(arena: Arena, room_id: str) -> tuple[str, int]:
    """Where to connect, as the control plane tells anybody who knows the room's id."""
    where = arena.installation
    url = f"{where.plane_url}/rooms/v2/{where.app_id}/connectioninfo/{room_id}"
    async with httpx.AsyncClient(trust_env=False) as http:

        async def ask() -> tuple[str, int] | None:
            answer = await http.get(url)
            told = answer.json() if answer.status_code == 200 else {}
            exposed = told.get("exposedPort") if told.get("status") == "active" else None
            return (exposed["host"], exposed["port"]) if exposed else None

        what = f"a game server in room {room_id}"
        return await arena.processes.until(ask, what, ROOM_SECONDS, _log_of(arena))


async def _applied(arena: Arena, match_id: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        match: dict[str, Any] = await arena.clutch.get(f"/matches/{match_id}")
        if match["status"] in ("abandoned", "rejected", "voided"):
            last = match["history"][-1]
            raise Trouble(f"{match_id} is {match['status']}: {last['why']}", _log_of(arena))
        return match if match["status"] == "applied" else None

    what = f"the result of {match_id}"
    return await arena.processes.until(ask, what, APPLIED_SECONDS, _log_of(arena))


def _ending(applied: dict[str, Any], match: Planned) -> str:
    """How the match ended and what it brought; whether it ended as its seed said."""
    lines = [(one["user_id"], one["score"]) for one in applied["result"]["players"]]
    foreseen = [(one.user_id, one.score) for one in match.standings]
    told = match.outcome if lines == foreseen else "another end than the seed promised"
    gains = ", ".join(
        f"{player['user_id']} +{player['effects']['coins']}" for player in applied["players"]
    )
    return escape(f"{told}; coins: {gains}")


def _log_of(arena: Arena) -> Path:
    """Where game servers write."""
    return arena.installation.home / "hathora" / "processes"
