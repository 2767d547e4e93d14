"""All the players of one arena match, as bots in one process.

    python3 bots.py --port 7777 --players ann,ben,cem --seed 4

The same seed and players make the same decisions; some walk out early. Exits with 0 when the match
was played to its end, with 1 when the server could not be reached, refused a bot or vanished. Runs
on Python 3.9, with nothing installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import dataclass
from typing import Any

import strategies
import wire

CONNECT_AGAIN_SECONDS = 0.05


class Trouble(Exception):
    """Why a bot could not play to the end."""


@dataclass(frozen=True)
class Plan:
    """Where and how the bots play; `silence_seconds` is how long a server may say nothing."""

    host: str
    port: int
    seed: int
    connect_seconds: float
    silence_seconds: float


def main() -> int:
    """Play one match with all bots; prints the final table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--players", required=True, help="comma-separated user ids")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--connect-seconds", type=float, default=10.0)
    parser.add_argument("--silence-seconds", type=float, default=60.0)
    asked = parser.parse_args()
    plan = Plan(asked.host, asked.port, asked.seed, asked.connect_seconds, asked.silence_seconds)
    try:
        final = asyncio.run(play(plan, asked.players.split(",")))
    except Trouble as trouble:
        print(f"bots: {trouble}", flush=True)
        return 1
    print(json.dumps({"final": final}), flush=True)
    return 0


async def play(plan: Plan, players: list[str]) -> list[list[Any]]:
    """The final table `[[user_id, placement, score], …]`; the first bot in trouble ends it for all.

    Raises:
        Trouble: the match was not played to its end.
    """
    leavers = strategies.leaves_at(plan.seed, players)
    bots = [asyncio.ensure_future(_bot(plan, name, leavers.get(name))) for name in players]
    try:
        finals = await asyncio.gather(*bots)
    finally:
        for bot in bots:
            bot.cancel()
    return next((final for final in finals if final), [])


async def _bot(plan: Plan, name: str, leaves_at: int | None) -> list[list[Any]]:
    """One bot's match; an empty table for one that walks out."""
    reader, writer = await _connected(plan)
    try:
        await wire.send(writer, {"join": name})
        while True:
            message = await asyncio.wait_for(wire.receive(reader), plan.silence_seconds)
            if "refused" in message:
                raise Trouble(f"{name} was refused: {message['refused']}")
            if "final" in message:
                return list(message["final"])
            if "tick" not in message:
                continue
            if message["tick"] == leaves_at:
                await wire.send(writer, {"leave": True})
                return []
            move = strategies.decide(plan.seed, name, message)
            await wire.send(writer, {"tick": message["tick"], "move": move})
    except wire.Gone as gone:
        raise Trouble(f"the server vanished while {name} was playing ({gone})") from gone
    except wire.TIMED_OUT:
        raise Trouble(f"the server said nothing for {plan.silence_seconds:g} s") from None
    finally:
        await wire.close(writer)


async def _connected(plan: Plan) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    clock = asyncio.get_running_loop().time
    deadline = clock() + plan.connect_seconds
    while True:
        try:
            return await asyncio.open_connection(plan.host, plan.port, limit=wire.LINE_BYTES_MAX)
        except OSError as fault:
            if clock() >= deadline:
                raise Trouble(f"no server on {plan.host}:{plan.port}") from fault
        await asyncio.sleep(CONNECT_AGAIN_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
