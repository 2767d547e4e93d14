"""The command line of `scripts/bench`."""

import atexit
import shutil
import signal
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from scripts.benchmark import ingest, leaderboard, reads, report, webhooks
from scripts.benchmark.databases import Kind
from scripts.benchmark.generator import Size
from scripts.benchmark.ingest import Wish
from scripts.benchmark.traffic import Case

main = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
TABLE_COLUMNS = 132
console = Console(stderr=True, highlight=False)
console.width = max(console.width, TABLE_COLUMNS)
ROWS_SECONDS = 1
Pause = Annotated[
    bool, typer.Option("--pause", help="Wait for Enter before measuring: for a quiet machine.")
]


class Only(StrEnum):
    """A part of `ingest`."""

    SINGLE = "single"
    BATCH = "batch"
    HOT = "hot"
    FLOOR = "floor"


class Databases(StrEnum):
    """Which databases to measure."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    BOTH = "both"


@main.callback()
def about() -> None:
    """Measure this installation on this machine. Everything runs in a fresh folder."""


@main.command("ingest")
def measure_ingest(
    database: Annotated[Databases, typer.Option(help="What to measure.")] = Databases.BOTH,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of one measurement.")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; figures are medians.")] = 3,
    only: Annotated[Only | None, typer.Option(help="One case, or the floor alone.")] = None,
    profile: Annotated[
        Path | None,
        typer.Option(help="*.prof: run under cProfile; *.svg, *.json, *.txt: py-spy watches."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where to make the fresh folder: on a real disk.")
    ] = None,
) -> None:
    """Events a second over HTTP, against plain SQL that writes the same rows one by one.

    single: POST /events on 32 connections; batch: /events/batch of 100 on 4; hot: single events of
    one buddy. Each round measures the server, then the floor.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    kinds = list(Kind) if database is Databases.BOTH else [Kind(database.value)]
    runs = []
    for kind in kinds:
        fresh = Path(tempfile.mkdtemp(prefix="clutch-bench-", dir=folder))
        # The embedded server leaves a lock file when this program ends; this runs after that.
        atexit.register(shutil.rmtree, fresh, ignore_errors=True)
        wish = _wish(only, rounds, seconds, _profile_of(profile, kind, len(kinds)))
        try:
            runs.append(ingest.run(kind, fresh, wish, console.print))
        except RuntimeError as failure:
            console.print(f"[red]Error:[/red] {failure}")
            raise typer.Exit(1) from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        report.show(console, runs[-1])
    if as_json:
        typer.echo(orjson.dumps({"ingest": runs}, option=orjson.OPT_NON_STR_KEYS).decode())


@main.command("reads")
def measure_reads(
    buddies: Annotated[
        int, typer.Option(min=10, help="The large size; 1000000 for all.")
    ] = 100_000,
    ledger_rows: Annotated[
        int, typer.Option(min=20, help="Transfers at the large size.")
    ] = 1_000_000,
    requests: Annotated[int, typer.Option(min=100, help="Requests of each kind.")] = 300,
    pause: Pause = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where to make the fresh folder: on a real disk.")
    ] = None,
) -> None:
    """Reads over HTTP with 10^4 buddies and with many more, on PostgreSQL.

    Rows and buffers are those of EXPLAIN (ANALYZE, BUFFERS); they should grow at most 1.2 times.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    fresh = Path(tempfile.mkdtemp(prefix="clutch-bench-", dir=folder))
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    size = Size(buddies, max(2, ledger_rows // buddies))
    found = reads.run(fresh, size, requests, console.print, _ready(is_waiting=pause))
    reads.show(console, found)
    if as_json:
        typer.echo(orjson.dumps({"reads": found}).decode())


@main.command("leaderboard")
def measure_leaderboard(
    buddies: Annotated[int, typer.Option(min=1000, help="1000000 for all.")] = 100_000,
    updates: Annotated[int, typer.Option(min=100, help="Events; 100000 for all.")] = 20_000,
    requests: Annotated[int, typer.Option(min=100, help="Requests of each kind.")] = 1000,
    pause: Pause = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where to make the fresh folder: on a real disk.")
    ] = None,
) -> None:
    """A large leaderboard on PostgreSQL: random events at once, then ranks, pages, neighbours.

    Fails if any of them is not what a full sort says.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    fresh = Path(tempfile.mkdtemp(prefix="clutch-bench-", dir=folder))
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    found = leaderboard.run(
        fresh, (buddies, updates), requests, console.print, _ready(is_waiting=pause)
    )
    leaderboard.show(console, found)
    if as_json:
        typer.echo(orjson.dumps({"leaderboard": found}).decode())
    if found["differences"]:
        raise typer.Exit(1)


def _ready(*, is_waiting: bool) -> Callable[[], None]:
    """What stands before a measurement: nothing, or the key that says that all is quiet."""

    def wait() -> None:
        if is_waiting:
            console.print("Press Enter to measure.")
            input()

    return wait


@main.command("webhooks")
def measure_webhooks(
    database: Annotated[Databases, typer.Option(help="What to measure.")] = Databases.BOTH,
    queue: Annotated[int, typer.Option(min=1_000, help="Deliveries of a throughput run.")] = 5_000,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of a latency run.")] = 5,
    many_endpoints: Annotated[
        int, typer.Option(min=0, help="Endpoints of the isolation run; 0 leaves it out.")
    ] = 1_000,
    hanging: Annotated[int, typer.Option(min=1, help="How many of those never answer.")] = 100,
    backlog: Annotated[
        int, typer.Option(min=0, help="Rows of the drain run, 1000000 for all; 0 leaves it out.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where to make the fresh folder: on a real disk.")
    ] = None,
) -> None:
    """Deliveries by `clutch worker` to a receiver in its own process, against a bare client."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what was started, too
    size = webhooks.Size(queue, 8, seconds, many_endpoints, hanging, backlog)
    runs = []
    for kind in list(Kind) if database is Databases.BOTH else [Kind(database.value)]:
        fresh = Path(tempfile.mkdtemp(prefix="clutch-bench-", dir=folder))
        atexit.register(shutil.rmtree, fresh, ignore_errors=True)
        runs.append(webhooks.run(kind, fresh, size, console.print))
        webhooks.show(console, runs[-1])
    if as_json:
        typer.echo(orjson.dumps({"webhooks": runs}).decode())


def _wish(only: Only | None, rounds: int, seconds: float, profile: Path | None) -> Wish:
    """The floor alone needs a little load too, to learn what an event writes."""
    if only is Only.FLOOR:
        return Wish((Case.SINGLE, Case.HOT), rounds, ROWS_SECONDS, seconds, profile)
    cases = tuple(Case) if only is None else (Case(only.value),)
    return Wish(cases, rounds, seconds, seconds, profile)


def _profile_of(profile: Path | None, kind: Kind, kinds: int) -> Path | None:
    """One file a database."""
    if profile is None or kinds == 1:
        return profile and profile.resolve()
    return profile.resolve().with_stem(f"{profile.stem}-{kind}")


if __name__ == "__main__":
    main()
