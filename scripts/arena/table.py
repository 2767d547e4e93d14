"""Seats the players who connect, and plays the match with them. Runs on Python 3.9."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import game
import wire

NAME = re.compile(r"[A-Za-z0-9._:|@=+~-]{1,128}")
TICK_SECONDS = 0.025
MOVE_SECONDS_MAX = 2.0
HELLO_SECONDS_MAX = 10.0
REPORT_EVERY_TICKS = 15


@dataclass(frozen=True)
class Setup:
    """What is played: an empty roster is open to the first `players_count` who come."""

    roster: tuple[str, ...]
    players_count: int
    seed: int
    speed: float
    join_seconds: float


@dataclass(frozen=True)
class Seat:
    """A connected player."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


def say(text: str) -> None:
    """One readable line for the log, at once."""
    print(text, flush=True)


class Table:
    """The seats of one match. Connections may come before it is known what is played."""

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        self._setup: asyncio.Future[Setup] = asyncio.get_running_loop().create_future()
        self._full = asyncio.Event()
        self._closed = False

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Seat one connection, or tell it why not and close it."""
        try:
            hello = await asyncio.wait_for(wire.receive(reader), HELLO_SECONDS_MAX)
        except (wire.Gone, wire.TIMED_OUT):
            await wire.close(writer)
            return
        setup = await asyncio.shield(self._setup)
        name = hello.get("join")
        refusal = self._refusal(setup, name)
        if refusal is not None or not isinstance(name, str):
            await wire.send(writer, {"refused": refusal})
            await wire.close(writer)
            return
        self.seats[name] = Seat(reader, writer)
        say(f"{name} joined ({len(self.seats)} of {_size(setup)})")
        if len(self.seats) == _size(setup):
            self._full.set()

    async def gather(self, setup: Setup) -> bool:
        """Open the seats; True when all are taken in time, False when the time is up."""
        self._setup.set_result(setup)
        try:
            await asyncio.wait_for(self._full.wait(), setup.join_seconds)
        except wire.TIMED_OUT:
            return False
        finally:
            self._closed = True
        return True

    async def play(self, setup: Setup) -> game.Arena:
        """Play to the end and tell the players how it ended; returns the finished match.

        A tick waits for every player's move, so the pace of the network decides nothing.
        """
        clock = asyncio.get_running_loop().time
        arena, started = game.begin(setup.seed, list(self.seats)), clock()
        hello = {"size": [game.WIDTH, game.HEIGHT], "ticks": game.TICKS, "players": [*self.seats]}
        await self._tell(list(self.seats), {"welcome": hello})
        while not arena.over:
            arena = await self._tick(arena)
            pause = started + arena.tick * TICK_SECONDS / setup.speed - clock()
            await asyncio.sleep(max(0.0, pause))
        final = [[line.user_id, line.placement, line.score] for line in game.standings(arena)]
        await self._tell(arena.present(), {"final": final})
        return arena

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(wire.close(seat.writer) for seat in self.seats.values()))

    def _refusal(self, setup: Setup, name: object) -> str | None:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            return "join with a user id"
        if setup.roster and name not in setup.roster:
            return "not on the roster"
        if name in self.seats:
            return "already seated"
        return "too late" if self._closed or self._full.is_set() else None

    async def _tick(self, arena: game.Arena) -> game.Arena:
        names = arena.present()
        await self._tell(names, view(arena))
        moves = await asyncio.gather(*(self._move(name, arena.tick) for name in names))
        chosen = dict(zip(names, moves))  # noqa: B905
        for name in names:
            if chosen[name] is None:
                say(f"tick {arena.tick}: {name} left")
                arena = game.leave(arena, name)
        arena = game.advance(arena, {name: move or "stay" for name, move in chosen.items()})
        if arena.tick % REPORT_EVERY_TICKS == 0:
            points = ", ".join(f"{name} {one.points}" for name, one in arena.fighters.items())
            say(f"tick {arena.tick}: {points}")
        return arena

    async def _move(self, name: str, tick: int) -> str | None:
        """The player's move for this tick; `stay` when it is too slow, None when it has left."""
        try:
            return await asyncio.wait_for(self._answer(name, tick), MOVE_SECONDS_MAX)
        except wire.TIMED_OUT:
            return "stay"
        except wire.Gone:
            return None

    async def _answer(self, name: str, tick: int) -> str:
        while True:
            message = await wire.receive(self.seats[name].reader)
            if message.get("leave"):
                raise wire.Gone("left")
            if message.get("tick") == tick:
                return str(message.get("move"))

    async def _tell(self, names: list[str], message: Mapping[str, Any]) -> None:
        await asyncio.gather(*(wire.send(self.seats[name].writer, message) for name in names))


def _size(setup: Setup) -> int:
    return len(setup.roster) or setup.players_count


def view(arena: game.Arena) -> dict[str, Any]:
    """What the players see of a tick."""
    players = {}
    for name in arena.present():
        one = arena.fighters[name]
        x, y = one.cell
        players[name] = {"x": x, "y": y, "points": one.points, "stunned": one.stunned}
    gems = [[x, y, value] for (x, y), value in sorted(arena.gems.items())]
    return {"tick": arena.tick, "players": players, "gems": gems}
