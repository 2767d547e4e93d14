"""How bots play. Pure: a decision follows from what the bot sees, the seed and its own name.

What a bot sees is the server's message: `{"tick", "players": {name: {"x", "y", "points",
"stunned"}}, "gems": [[x, y, value], …]}`. Runs on Python 3.9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from game import MOVES, TICKS, roll

STYLES = ("nearest", "richest", "hunter", "wanderer")


def style_of(seed: int, name: str) -> str:
    """The bot's style of play in this match."""
    return STYLES[roll(seed, f"style/{name}", len(STYLES))]


def leaves_at(seed: int, players: list[str]) -> dict[str, int]:
    """Who walks out, and at which tick: in about one match of five, one player of three or more."""
    if len(players) < 3 or roll(seed, "leaver", 5):
        return {}
    names = sorted(players)
    name = names[roll(seed, "who leaves", len(names))]
    return {name: TICKS // 4 + roll(seed, "leaves when", TICKS // 2)}


def decide(seed: int, name: str, seen: Mapping[str, Any]) -> str:
    """The bot's move for the tick that it sees, one of `MOVES`."""
    me, tick = seen["players"][name], seen["tick"]
    style = style_of(seed, name)
    if style == "wanderer" and roll(seed, f"wander/{name}/{tick}", 4) == 0:
        return sorted(MOVES)[roll(seed, f"whither/{name}/{tick}", len(MOVES))]
    if style == "hunter" and tick % 8 < 3:
        prey = _leader(name, seen["players"])
        if prey is not None and prey["points"] > me["points"]:
            return _towards(me, prey["x"], prey["y"])
    return _to_gem(seed, name, me, seen, style)


def _to_gem(
    seed: int, name: str, me: Mapping[str, int], seen: Mapping[str, Any], style: str
) -> str:
    def worth(gem: list[int]) -> tuple[float, int]:
        x, y, value = gem
        distance = abs(x - me["x"]) + abs(y - me["y"])
        tie = roll(seed, f"tie/{name}/{x}/{y}", 1000)
        return (value if style == "richest" else 1 + value / 4) / (distance + 1), tie

    if not seen["gems"]:
        return "stay"
    x, y, _ = max(seen["gems"], key=worth)
    return _towards(me, x, y)


def _leader(name: str, players: Mapping[str, Any]) -> Mapping[str, int] | None:
    others = [(one["points"], other) for other, one in players.items() if other != name]
    return players[max(others)[1]] if others else None


def _towards(me: Mapping[str, int], x: int, y: int) -> str:
    dx, dy = x - me["x"], y - me["y"]
    if dx == dy == 0:
        return "stay"
    if abs(dx) >= abs(dy):
        return "east" if dx > 0 else "west"
    return "south" if dy > 0 else "north"
