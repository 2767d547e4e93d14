"""The demonstration: real matches on real game servers become rewards and signed webhooks.

Starts the API with its worker, a control plane and a webhook receiver, all on this machine; plays
matches, tells what happens, checks all of it, and stays up until Ctrl-C.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "arena"))  # the game's own rules foresee the matches

from calls import Clutch  # noqa: E402
from home import fresh_home  # noqa: E402
from installation import Installation, environment, free_ports, install  # noqa: E402
from narrator import Narrator, narrator_for  # noqa: E402
from plan import plan  # noqa: E402
from playing import Arena  # noqa: E402
from processes import Processes  # noqa: E402
from rich.markup import escape  # noqa: E402
from story import Outcome, tell  # noqa: E402
from trouble import Trouble  # noqa: E402

MATCHES_MAX = 1000
REQUEST_SECONDS = 40.0
INTERRUPTED = 130


def main() -> int:
    """0 when everything held, 1 when a step failed, 130 when it was interrupted before the end."""
    asked = _parser().parse_args()
    narrator = narrator_for(sys.stderr if asked.json else sys.stdout)
    try:
        with fresh_home(asked.data_dir.resolve()) as home:
            return asyncio.run(_demonstrate(asked, narrator, home))
    except Trouble as trouble:
        narrator.say(f"[red]Failed:[/red] {escape(str(trouble))}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", action="store_true", help="end; exit with 0 only if all held")
    parser.add_argument("--json", action="store_true", help="print a summary as the last line")
    parser.add_argument("--matches", type=_count, default=5, metavar="N", help="default: 5")
    parser.add_argument("--port", type=int, default=0, help="of the API; default: any free one")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=ROOT / ".data" / "demo",
        help="made anew at each run; default: .data/demo beside the scripts",
    )
    parser.add_argument("--database-url", help="postgresql://… ; default: SQLite")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MATCHES_MAX:
        raise argparse.ArgumentTypeError(f"from 1 to {MATCHES_MAX}")
    return count


async def _demonstrate(asked: argparse.Namespace, narrator: Narrator, home: Path) -> int:
    ports = free_ports(3, asked.port)
    settings = environment(home, ports[0], asked.database_url)
    processes = Processes(home / "logs", settings)
    code = 1
    with _one_interrupt():
        try:
            code = await _run(asked, narrator, processes, home, ports)
        except* Trouble as failures:
            _confess(narrator, failures, home)
        except* asyncio.CancelledError:
            narrator.say("Interrupted.")
            code = INTERRUPTED
        finally:
            killed = await processes.stop()
        for name in killed:
            narrator.say(f"[yellow]The {name} did not end in time and was killed.[/yellow]")
        narrator.say("Everything is stopped.")
    return code


@contextlib.contextmanager
def _one_interrupt() -> Iterator[None]:
    """The first Ctrl-C or SIGTERM cancels this task; what follows it is not disturbed again."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            task.cancel()

    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _run(
    asked: argparse.Namespace,
    narrator: Narrator,
    processes: Processes,
    home: Path,
    ports: list[int],
) -> int:
    planned = plan(asked.matches)
    with narrator.live():
        narrator.chapter("Everything is started")
        where = await install(processes, narrator, home, ports)
        async with httpx.AsyncClient(
            base_url=where.api_url,
            headers={"Authorization": f"Bearer {where.secret_key}"},
            timeout=REQUEST_SECONDS,
            trust_env=False,
        ) as http:
            outcome = await tell(Arena(Clutch(http), where, processes, narrator), planned)
    if asked.json:
        print(json.dumps(outcome.summary()), flush=True)
    if not asked.once:
        await _stay(narrator, processes, where)
    return _verdict(narrator, outcome)


async def _stay(narrator: Narrator, processes: Processes, where: Installation) -> None:
    """Until Ctrl-C; raises Trouble when a process ends by itself."""
    narrator.chapter("Look around; Ctrl-C ends it")
    bearer = f'-H "Authorization: Bearer {where.secret_key}"'
    for text in (
        f"API documentation  {where.api_url}/docs",
        f"secret key         {where.secret_key}",
        f"try                curl {bearer} {where.api_url}/api/v1/matches",
        f"control plane      {where.plane_url}",
        f"deliveries         {where.receiver_log}",
        f"pictures           {where.home / 'pictures'}",
        f"logs               {where.home / 'logs'}",
    ):
        narrator.note(text)
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            processes.require_all_alive()
            await asyncio.sleep(0.5)


def _verdict(narrator: Narrator, outcome: Outcome) -> int:
    if outcome.held:
        narrator.say("[green]All of it held.[/green]")
        return 0
    narrator.say("[red]Not all of it held.[/red]")
    return 1


def _confess(narrator: Narrator, failures: BaseExceptionGroup[Trouble], home: Path) -> None:
    for failure in failures.exceptions:
        narrator.say(f"[red]Failed:[/red] {escape(str(failure))}")
        log = failure.log if isinstance(failure, Trouble) and failure.log else home / "logs"
        narrator.say(f"Read {escape(str(log))}")


if __name__ == "__main__":
    raise SystemExit(main())
