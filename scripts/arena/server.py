"""A game server for one match of the arena.

Started by Hathora or by Clutch's control plane it takes its match from the environment, claims it,
plays it with the players of its roster and reports the result; then it exits with 0. Started by
hand with `--players` it plays a match that nobody hears of. Runs on Python 3.9, with nothing
installed. The room config may hold `seed`, `speed`, `players` (how many an open match waits for)
and `join_seconds`; a speed of 1 makes a match last one and a half seconds.

Players are believed to be who they say they are: a real game would check a token here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[2] / "app" / "sdk"))  # in a checkout

import game
import gameserver
import wire
from table import Setup, Table, say

JOIN_SECONDS = 20.0
SPEED_MAX = 1000.0


def main() -> int:
    """Serve one match. 0: reported, or played by hand; 1: not reported; 2: nothing to play."""
    options = _parser().parse_args()
    try:
        return asyncio.run(_serve(options))
    except (gameserver.NotConfigured, ValueError) as problem:
        say(f"nothing to play: {problem}")
        return 2
    except gameserver.ReporterError as problem:
        say(f"not reported: {problem}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default=os.environ.get("ARENA_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "7777")))
    by_hand = parser.add_argument_group("a match by hand, without Clutch")
    by_hand.add_argument("--players", help="comma-separated user ids")
    by_hand.add_argument("--seed", type=int, default=1)
    return parser


async def _serve(options: argparse.Namespace) -> int:
    """Listen at once, so that the process counts as running; claim the match meanwhile."""
    table = Table()
    server = await asyncio.start_server(
        table.welcome, options.host, options.port, limit=wire.LINE_BYTES_MAX
    )
    host, port = server.sockets[0].getsockname()[:2]
    say(f"arena listening on {host}:{port}")
    try:
        if options.players:
            players = tuple(options.players.split(","))
            config = {"seed": options.seed}
            print(json.dumps(await _match(table, _setup(players, config, "by hand")), indent=2))
            return 0
        return await _claimed_match(table)
    finally:
        server.close()
        await table.close()


async def _claimed_match(table: Table) -> int:
    reporter = gameserver.Reporter.from_environment()
    if await asyncio.to_thread(_reported_before, reporter):
        return 0
    claim = await asyncio.to_thread(reporter.claim)
    say(f"claimed match {reporter.match_id} for {', '.join(claim.roster) or 'anyone'}")
    result = await _match(table, _setup(claim.roster, claim.room_config, reporter.match_id))
    await table.close()
    say(reporter.log_line(result))
    patience = float(os.environ.get("ARENA_REPORT_SECONDS", "600"))
    receipt = await asyncio.to_thread(reporter.report, result, deadline_seconds=patience)
    say(f"reported: {'applied' if receipt.status == 200 else 'to be verified'}")
    return 0


def _reported_before(reporter: gameserver.Reporter) -> bool:
    """Deliver what an earlier run left; whether this very match was among it."""
    receipts = reporter.report_spooled()
    for receipt in receipts:
        say(f"reported match {receipt.match_id}, left by an earlier run")
    return any(receipt.match_id == reporter.match_id for receipt in receipts)


def _setup(roster: tuple[str, ...], config: dict[str, Any], match_id: str) -> Setup:
    """What to play. Raises ValueError where the config or the roster does not suit an arena."""
    speed = float(config.get("speed") or os.environ.get("ARENA_SPEED", "1"))
    if not 0 < speed <= SPEED_MAX:
        raise ValueError(f"speed must be above 0 and at most {SPEED_MAX:.0f}")
    count = len(roster) or int(config.get("players", game.PLAYERS_MIN))
    if not game.PLAYERS_MIN <= count <= game.PLAYERS_MAX:
        raise ValueError(f"an arena takes {game.PLAYERS_MIN} to {game.PLAYERS_MAX} players")
    return Setup(
        roster=roster,
        players_count=count,
        seed=int(config.get("seed", game.roll(0, match_id, 2**31))),
        speed=speed,
        join_seconds=float(config.get("join_seconds", JOIN_SECONDS)),
    )


async def _match(table: Table, setup: Setup) -> dict[str, Any]:
    """Play, and say how it went: a MatchResult."""
    if not await table.gather(setup):
        say(f"abandoned: {len(table.seats)} of {setup.players_count} players came")
        return _abandoned(table, setup)
    started_at = _now()
    say(f"playing with seed {setup.seed} at speed {setup.speed:g}")
    arena = await table.play(setup)
    players = [_reported_line(line) for line in game.standings(arena)]
    for line in players:
        outcome = line.get("result", "left")
        say(f"{line['placement']}. {line['user_id']} {line['score']} {outcome}")
    return {
        "started_at": started_at,
        "ended_at": _now(),
        "outcome": "completed" if arena.present() else "abandoned",
        "players": players,
        "metadata": {"seed": setup.seed, "ticks": arena.tick},
    }


def _abandoned(table: Table, setup: Setup) -> dict[str, Any]:
    names = setup.roster or tuple(table.seats)
    if not names:
        raise ValueError("nobody came to an open match")
    players = [{"user_id": name, "left_early": name not in table.seats} for name in names]
    return {"ended_at": _now(), "outcome": "abandoned", "players": players}


def _reported_line(line: game.Line) -> dict[str, Any]:
    reported = {
        "user_id": line.user_id,
        "placement": line.placement,
        "score": line.score,
        "left_early": line.left_early,
        "stats": dict(line.stats),
    }
    return {**reported, "result": line.result} if line.result else reported


def _now() -> str:
    """This moment as RFC 3339 in UTC with milliseconds."""
    moment = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return f"{whole}.{int(moment % 1 * 1000):03d}Z"


if __name__ == "__main__":
    raise SystemExit(main())
