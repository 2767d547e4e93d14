"""The rounds: begin some work, kill somebody at a random moment, start it again, go on."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from fleet import CONTROL_PLANE, WORKER, Fleet, kill_game_server
from gaming import Gaming
from installation import API_SERVER, Installation
from narrator import Narrator
from traffic import Traffic

GAME_SERVER, BOTS = "game server", "bots"
MOMENT_SECONDS_MAX = 1.0
GONE_SECONDS_MAX = 0.2
RASH, PAIR = 0.15, 0.15
JUST_THEN, JUST_SECONDS = 0.5, 0.06
WAITING_MAX, CATCH_UP_SECONDS = 40, 10.0
MATCHES_A_ROUND, MATCHES_AT_ONCE = 2, 4
LOOK_SECONDS, GAME_SECONDS = 0.02, 1.0


@dataclass
class Killing:
    """Everything that a round needs; `tasks` is the work under way, which nobody waits for yet."""

    fleet: Fleet
    where: Installation
    traffic: Traffic
    gaming: Gaming
    narrator: Narrator
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Whatever is still under way when the block ends is dropped."""
        try:
            yield
        finally:
            for task in self.tasks:
                task.cancel()

    async def round(self, number: int) -> None:
        """One round.

        Raises:
            Trouble: a process that was not killed has ended, or one does not come up.
        """
        victims = self._victims()
        moment = self.chance.uniform(0, MOMENT_SECONDS_MAX)
        gone = self.chance.uniform(0, GONE_SECONDS_MAX)
        is_rash = self.chance.random() < RASH
        if not is_rash:
            for name in victims:
                await self.up(name)
            await self._catch_up()
        self._begin(number, moment)
        await asyncio.sleep(moment)
        died = {await self._kill(name) for name in victims}
        self.killed.update(died)
        how = "up or not" if is_rash else "when up"
        told = " and ".join(sorted(died))
        self.narrator.say(f"round {number}: {told} killed after {moment:.2f} s, {how}")
        await asyncio.sleep(gone)
        for name in sorted(died):
            if name not in (GAME_SERVER, BOTS):
                self.fleet.restart(name)

    async def up(self, name: str) -> None:
        """Wait until a process serves; players and game servers are not waited for."""
        urls = {
            API_SERVER: f"{self.where.api_url}/api/v1/health",
            CONTROL_PLANE: f"{self.where.plane_url}/",
            WORKER: "",
        }
        if name in urls:
            await self.fleet.up(name, urls[name])

    async def all_up(self) -> None:
        """Wait until everything serves."""
        for process in tuple(self.fleet.serving):
            await self.up(process.name)

    async def _catch_up(self) -> None:
        """Let a backlog shrink, for a while: who is always killed at once never gets anywhere."""
        deadline = asyncio.get_running_loop().time() + CATCH_UP_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            waiting = [task for task in self.tasks if task.get_name() != BOTS and not task.done()]
            if len(waiting) <= WAITING_MAX:
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _victims(self) -> list[str]:
        weights = {API_SERVER: 5, CONTROL_PLANE: 2, GAME_SERVER: 2, BOTS: 1}
        if self.fleet.has_worker:
            weights |= {API_SERVER: 3, WORKER: 3}
        [first] = self.chance.choices([*weights], [*weights.values()])
        others = [name for name in weights if name != first]
        return [first, self.chance.choice(others)] if self.chance.random() < PAIR else [first]

    def _begin(self, number: int, moment: float) -> None:
        """Begin work before `moment` seconds are over, half of it just then."""
        for work in self.traffic.works(number, self.chance):
            at = self.chance.uniform(0, moment)
            if self.chance.random() < JUST_THEN:
                at = max(0.0, moment - self.chance.uniform(0, JUST_SECONDS))
            self.tasks.append(asyncio.create_task(_later(at, work)))
        for turn in range(MATCHES_A_ROUND):
            size = self.chance.randint(2, 4)
            roster = self.chance.sample([*self.traffic.buddies], size)
            own = random.Random(self.chance.random())
            at = self.chance.uniform(0, moment)
            playing = [task for task in self.tasks if task.get_name() == BOTS and not task.done()]
            if len(playing) < MATCHES_AT_ONCE:
                match = _later(at, self.gaming.play(f"m-{number}-{turn}", roster, own))
                self.tasks.append(asyncio.create_task(match, name=BOTS))

    async def _kill(self, name: str) -> str:
        """Who died: the one that was meant or, where nobody plays in time, the API server."""
        deadline = asyncio.get_running_loop().time() + GAME_SECONDS
        while name in (GAME_SERVER, BOTS):
            if name == BOTS and self.gaming.kill_bots(self.chance):
                return name
            if name == GAME_SERVER and kill_game_server(self.where.home, self.chance):
                return name
            if asyncio.get_running_loop().time() > deadline:
                name = API_SERVER
            await asyncio.sleep(LOOK_SECONDS)
        if any(process.name == name for process in self.fleet.serving):
            self.fleet.kill(name)
        return name


async def _later(seconds: float, work: Coroutine[Any, Any, None]) -> None:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        work.close()
        raise
    await work
