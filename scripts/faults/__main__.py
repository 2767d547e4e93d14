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
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "demonstration"))
sys.path.append(str(ROOT))

from campaign import Campaign  # noqa: E402
from narrator import narrator_for  # noqa: E402
from rich.markup import escape  # noqa: E402

INTERRUPTED = 130


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
        with _database_url(asked) as url:
            campaign = Campaign(narrator, home, url, seed, asked.rounds)
            wrong, counts = asyncio.run(campaign.run())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    for line in wrong:
        narrator.show(f"  [red]✗[/red] {escape(line)}")
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
def _database_url(asked: argparse.Namespace) -> Iterator[str | None]:
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


if __name__ == "__main__":
    os.umask(0o077)
    raise SystemExit(main())
