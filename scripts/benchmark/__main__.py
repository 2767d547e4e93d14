"""The command line of `scripts/bench`."""

import shutil
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from scripts.benchmark import ingest, report
from scripts.benchmark.databases import Kind
from scripts.benchmark.ingest import Wish
from scripts.benchmark.traffic import Case

main = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
console = Console(stderr=True, highlight=False)


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
    only: Annotated[list[Case] | None, typer.Option(help="A case; may be repeated.")] = None,
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
    kinds = list(Kind) if database is Databases.BOTH else [Kind(database.value)]
    wish = Wish(tuple(only or Case), rounds, seconds, profile)
    runs = []
    for kind in kinds:
        fresh = Path(tempfile.mkdtemp(prefix="clutch-bench-", dir=folder))
        try:
            runs.append(ingest.run(kind, fresh, wish, console.print))
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        report.show(console, runs[-1])
    if as_json:
        typer.echo(orjson.dumps({"ingest": runs}).decode())


if __name__ == "__main__":
    main()
