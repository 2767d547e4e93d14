"""A whole campaign: everything is started, the rounds are played, and the end is judged."""

import asyncio
import contextlib
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from calls import Clutch
from census import Census, settle
from fleet import Fleet, left_behind
from gaming import Gaming
from honest import Honest
from installation import Installation, environment, free_ports, install
from killing import Killing
from narrator import Narrator
from players import hatch_all
from traffic import Traffic
from trouble import Trouble
from verdict import judge

from app.kit.db import sqlite_url

PLAYERS = ("ann", "ben", "cem", "dia", "eli", "fay", "gus", "hal")
REQUEST_SECONDS = 40.0
LEFT_BEHIND_SECONDS = 10.0
# A request may last 2 s; the lease of a dead worker's work ends soon, so the test does too.
SHORT = {
    "CLUTCH_LEASE_SECONDS": "5",
    "CLUTCH_DELIVERY_TIMEOUT_SECONDS": "2",
    "CLUTCH_POLL_SECONDS": "0.25",
    "CLUTCH_MATCH_POLL_SECONDS": "0.5",
    "CLUTCH_FAILED_AUTHENTICATIONS_PER_MINUTE": "100000",
}
Judged = tuple[list[str], dict[str, Any]]


@dataclass(frozen=True)
class Campaign:
    """`url` names a PostgreSQL database, where the worker is a process of its own; None: SQLite."""

    narrator: Narrator
    home: Path
    url: str | None
    seed: int
    rounds: int

    async def run(self) -> Judged:
        """What is wrong, in sentences, and how much there was of everything."""
        ports = free_ports(3, 0)
        settings = {**environment(self.home, ports[0], self.url), **SHORT}
        fleet = Fleet(self.home / "logs", settings, has_worker=self.url is not None)
        wrong: list[str] = []
        counts: dict[str, Any] = {}
        with _cancelled_by_sigterm():
            try:
                where = await install(fleet, self.narrator, self.home, ports)
                wrong, counts = await self._play(fleet, where)
            except* Trouble as troubles:
                wrong += [f"{trouble} (log: {trouble.log})" for trouble in _each(troubles)]
            finally:
                slow = await fleet.stop()
        wrong += [f"the {name} did not end when told to" for name in slow]
        remaining = await left_behind(self.home, LEFT_BEHIND_SECONDS)
        return wrong + [f"still runs: {line}" for line in remaining], counts

    async def _play(self, fleet: Fleet, where: Installation) -> Judged:
        async with _client(where) as http, _client(where) as calm:
            clutch = Clutch(calm)
            killing = await self._prepare(fleet, where, clutch, http)
            with killing.working():
                for number in range(1, self.rounds + 1):
                    await killing.round(number)
                return await self._end(killing, clutch)

    async def _prepare(
        self, fleet: Fleet, where: Installation, clutch: Clutch, http: httpx.AsyncClient
    ) -> Killing:
        """An endpoint for everything, and a buddy for every player."""
        wanted = {"url": f"{where.receiver_url}/hooks", "events": ["*"]}
        endpoint = await clutch.post("/webhook-configs", wanted)
        where.secrets_file.write_text(endpoint["secret"] + "\n")
        if fleet.has_worker:
            fleet.start_worker()
        buddies = await hatch_all(clutch, PLAYERS)
        self.narrator.say(f"{len(buddies)} buddies hatched; the rounds begin")
        honest = Honest(http, random.Random(self.seed))
        return Killing(
            fleet=fleet,
            where=where,
            traffic=Traffic(honest, {user: buddy["id"] for user, buddy in buddies.items()}),
            gaming=Gaming(honest, where, fleet),
            narrator=self.narrator,
            chance=random.Random(self.seed),
        )

    async def _end(self, killing: Killing, clutch: Clutch) -> Judged:
        """Let everything come to its end, and judge it."""
        await killing.all_up()
        outcomes = await asyncio.gather(*killing.tasks, return_exceptions=True)
        wrong = [f"{type(one).__name__}: {one}" for one in outcomes if isinstance(one, Exception)]
        async with Census.of(self.url or sqlite_url(self.home)) as census:
            try:
                alive = killing.fleet.require_all_alive
                seconds = await settle(census, self.home, self.narrator.say, alive)
                self.narrator.say(f"Settled after {seconds:.1f} s")
            except Trouble as trouble:
                wrong.append(str(trouble))
            try:
                verdict = await judge(killing, census, clutch)
            except Trouble as trouble:
                return [*wrong, str(trouble)], {}
        return wrong + verdict.wrong, {**verdict.counts, "killed": dict(killing.killed)}


@contextlib.contextmanager
def _cancelled_by_sigterm() -> Iterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _client(where: Installation) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=where.api_url,
        headers={"Authorization": f"Bearer {where.secret_key}"},
        limits=httpx.Limits(max_connections=None),
        timeout=REQUEST_SECONDS,
        trust_env=False,
    )


def _each(group: BaseExceptionGroup[Trouble]) -> Iterator[Trouble]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _each(one)
        else:
            yield one
