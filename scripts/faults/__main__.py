"""Kill rounds: every process of the main job dies by SIGKILL at random moments, again and again.

Plays real matches, sends events, moves tokens and hatches eggs as an honest customer would, kills
the API server, the worker, the control plane, game servers or players meanwhile, starts them
again, and at the end checks that nothing was lost and nothing counted twice. The same seed
makes the same plan; what the processes make of it depends on the machine as well.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "demonstration"))
sys.path.append(str(ROOT))

from calls import Clutch  # noqa: E402
from census import Census, settle  # noqa: E402
from fleet import Fleet, left_behind  # noqa: E402
from gaming import Gaming  # noqa: E402
from honest import Honest  # noqa: E402
from installation import Installation, environment, free_ports, install  # noqa: E402
from killing import Killing  # noqa: E402
from narrator import Narrator, narrator_for  # noqa: E402
from players import hatch_all  # noqa: E402
from traffic import Traffic  # noqa: E402
from trouble import Trouble  # noqa: E402
from verdict import judge  # noqa: E402

from app.kit.db import sqlite_url  # noqa: E402

PLAYERS = ("ann", "ben", "cem", "dia", "eli", "fay", "gus", "hal")
REQUEST_SECONDS = 40.0
LEFT_BEHIND_SECONDS = 10.0
INTERRUPTED = 130
# A request may last 1.5 s; the lease of a dead worker's work ends soon, so the test does too.
SHORT = {
    "CLUTCH_LEASE_SECONDS": "4",
    "CLUTCH_DELIVERY_TIMEOUT_SECONDS": "1.5",
    "CLUTCH_POLL_SECONDS": "0.25",
    "CLUTCH_MATCH_POLL_SECONDS": "0.5",
    "CLUTCH_FAILED_AUTHENTICATIONS_PER_MINUTE": "100000",
}


def main() -> int:
    """0 when everything held, 1 when it did not, 130 when it was interrupted."""
    asked = _parser().parse_args()
    narrator = narrator_for(sys.stderr)
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    narrator.say(f"seed {seed}, {asked.rounds} rounds, {asked.database}")
    home = (asked.data_dir or Path(tempfile.mkdtemp(prefix="clutch-kill-"))).resolve()
    for part in ("logs", "receiver"):
        (home / part).mkdir(parents=True)
    began = time.monotonic()
    try:
        with _database_url(asked, home) as url:
            wrong, counts = asyncio.run(_campaign(asked, narrator, home, url, seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    for line in wrong:
        narrator.show(f"  [red]✗[/red] {line}")
    counts |= {"seed": seed, "rounds": asked.rounds, "seconds": round(time.monotonic() - began, 1)}
    if asked.json:
        print(json.dumps({**counts, "wrong": wrong}), flush=True)
    narrator.say(", ".join(f"{name} {count}" for name, count in counts.items()))
    if wrong:
        narrator.say(f"[red]{len(wrong)} things are wrong.[/red] Look around in {home}")
        return 1
    narrator.say("[green]All of it held.[/green]")
    if asked.data_dir is None:
        shutil.rmtree(home)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/kill_rounds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument("--seed", type=int, help="default: any, and it is printed")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--database-url", help="an empty PostgreSQL database to use")
    parser.add_argument("--data-dir", type=Path, help="new; default: a temporary one")
    parser.add_argument("--json", action="store_true", help="print a summary as the last line")
    return parser


@contextlib.contextmanager
def _database_url(asked: argparse.Namespace, home: Path) -> Iterator[str | None]:
    """A PostgreSQL server of our own where one is wanted and none is given; None for SQLite."""
    if asked.database == "sqlite" or asked.database_url:
        yield asked.database_url
        return
    from tests.postgres import running_postgres

    with (
        tempfile.TemporaryDirectory(prefix="clutch-postgres-") as folder,
        running_postgres(Path(folder)) as url,
    ):
        yield url


async def _campaign(
    asked: argparse.Namespace, narrator: Narrator, home: Path, url: str | None, seed: int
) -> tuple[list[str], dict[str, Any]]:
    ports = free_ports(3, 0)
    settings = {**environment(home, ports[0], url), **SHORT}
    fleet = Fleet(home / "logs", settings, has_worker=asked.database == "postgres")
    wrong: list[str] = []
    counts: dict[str, Any] = {}
    census = Census.of(url or sqlite_url(home))
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        where = await install(fleet, narrator, home, ports)
        async with _backends(where, seed) as (patient, honest):
            killing = await _prepare(fleet, narrator, where, patient, honest, seed)
            with killing.working():
                for number in range(1, asked.rounds + 1):
                    await killing.round(number)
                wrong, counts = await _end(killing, census, patient)
    except* Trouble as troubles:
        wrong += [f"{trouble} (log: {trouble.log})" for trouble in _each(troubles)]
    finally:
        await census.database.close()
        slow = await fleet.stop()
    wrong += [f"the {name} did not end when told to" for name in slow]
    remaining = await left_behind(home, LEFT_BEHIND_SECONDS)
    return wrong + [f"still runs: {line}" for line in remaining], counts


def _each(group: BaseExceptionGroup[Trouble]) -> Iterator[Trouble]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _each(one)
        else:
            yield one


@contextlib.asynccontextmanager
async def _backends(where: Installation, seed: int) -> AsyncIterator[tuple[Clutch, Honest]]:
    """The customer's backend twice: one that expects an answer, and one that insists on it."""
    async with httpx.AsyncClient(
        base_url=where.api_url,
        headers={"Authorization": f"Bearer {where.secret_key}"},
        timeout=REQUEST_SECONDS,
        trust_env=False,
    ) as http:
        yield Clutch(http), Honest(http, random.Random(seed))


async def _prepare(
    fleet: Fleet,
    narrator: Narrator,
    where: Installation,
    clutch: Clutch,
    honest: Honest,
    seed: int,
) -> Killing:
    """An endpoint for everything, and a buddy for every player."""
    endpoint = await clutch.post(
        "/webhook-configs", {"url": f"{where.receiver_url}/hooks", "events": ["*"]}
    )
    where.secrets_file.write_text(endpoint["secret"] + "\n")
    if fleet.has_worker:
        fleet.start_worker()
    buddies = await hatch_all(clutch, PLAYERS)
    narrator.say(f"{len(buddies)} buddies hatched; the rounds begin")
    traffic = Traffic(honest, {user: buddy["id"] for user, buddy in buddies.items()})
    gaming = Gaming(honest, where, fleet)
    return Killing(fleet, where, traffic, gaming, narrator, random.Random(seed))


async def _end(
    killing: Killing, census: Census, clutch: Clutch
) -> tuple[list[str], dict[str, Any]]:
    """Let everything come to its end, and judge it."""
    await killing.all_up()
    outcomes = await asyncio.gather(*killing.tasks, return_exceptions=True)
    wrong = [f"{type(one).__name__}: {one}" for one in outcomes if isinstance(one, Exception)]
    fleet, where = killing.fleet, killing.where
    try:
        seconds = await settle(census, where.home, killing.narrator.say, fleet.require_all_alive)
        killing.narrator.say(f"Settled after {seconds:.1f} s")
    except Trouble as trouble:
        wrong.append(str(trouble))
    verdict = await judge(clutch, where, fleet, census, killing.traffic, killing.gaming)
    return wrong + verdict.wrong, {**verdict.counts, "killed": dict(killing.killed)}


if __name__ == "__main__":
    os.umask(0o077)
    raise SystemExit(main())
