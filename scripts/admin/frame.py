"""What administrators' scripts share: their options, their client, progress, summary, exit code.

0: everything was done, now or before. 1: some rows were refused. 2: the input or the options are
wrong, and nothing was sent. 3: the server could not be asked or refused the key; run it again, it
goes on where it stopped.
"""

import argparse
import getpass
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.sdk import AuthError, HatchedClient, HatchedError, NoAnswerError, PlanFeatureLockedError
from app.sdk.exchange import PUBLISHABLE_PREFIX
from scripts.admin.rows import BadInput, Column, Row, read

KEY_VARIABLE = "CLUTCH_API_KEY"
URL_VARIABLE = "CLUTCH_URL"
HERE = "http://127.0.0.1:8080/api/v1"
EXIT_CODES = """
exit codes:
  0  everything was done, now or in an earlier run
  1  some rows were refused; the summary says why
  2  the input or the options are wrong; nothing was sent
  3  the server could not be asked, or refused the key; run it again
"""


class Outcome(StrEnum):
    """What became of a row."""

    DONE = "done"
    BEFORE = "done before"
    WOULD = "would be done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row, in words."""

    outcome: Outcome
    words: str


class CannotBeDone(Exception):
    """A row is refused by the script itself; the message says why."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a script works with."""

    client: HatchedClient
    options: argparse.Namespace
    console: Console

    @property
    def is_dry_run(self) -> bool:
        """Nothing may be written."""
        return bool(self.options.dry_run)


@dataclass(frozen=True, slots=True)
class World:
    """What is outside of a script: tests put their own in its place."""

    stdin: TextIO
    stdout: TextIO
    environment: dict[str, str]
    transport: httpx.BaseTransport | None = None

    @classmethod
    def real(cls) -> "World":
        """This process's."""
        return cls(sys.stdin, sys.stdout, dict(os.environ))


Handle = Callable[[Desk, Row], Result]
Configure = Callable[[argparse.ArgumentParser], None]


class ReadOnly(httpx.BaseTransport):
    """Lets nothing but reading through: what a dry run sees the server by."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a GET on."""
        assert request.method == "GET", f"a dry run would have sent {request.method} {request.url}"
        return self._inner.handle_request(request)


def run_rows(
    script: str,
    text: str,
    columns: Sequence[Column],
    handle: Handle,
    argv: Sequence[str],
    world: World | None = None,
    configure: Configure | None = None,
) -> int:
    """Do something for every row of the input; the exit code. `text` is what `--help` teaches."""
    parser = _parser(script, text, columns)
    parser.add_argument("rows", nargs="+", help="a CSV or JSON file, - , or column=value words")
    if configure:
        configure(parser)
    world = world or World.real()
    options = parser.parse_args(argv)
    console = Console(file=world.stdout)
    try:
        rows = read(script, options.rows, columns, world.stdin)
    except BadInput as fault:
        console.print(str(fault), style="red", markup=False)
        return 2

    def work(desk: Desk) -> int:
        return tell(desk, ((row.place, _one(desk, row, handle)) for row in rows), len(rows))

    return _with_desk(options, world, console, work)


def run_once(
    script: str,
    text: str,
    work: Callable[[Desk], int],
    argv: Sequence[str],
    world: World | None = None,
    configure: Configure | None = None,
) -> int:
    """Do one thing that takes no rows; the exit code."""
    parser = _parser(script, text, ())
    if configure:
        configure(parser)
    world = world or World.real()
    options = parser.parse_args(argv)
    return _with_desk(options, world, Console(file=world.stdout), work)


def _parser(script: str, text: str, columns: Sequence[Column]) -> argparse.ArgumentParser:
    table = "".join(
        f"\n  {each.name:<14}{'' if each.is_required else '(optional) '}{each.help}"
        for each in columns
    )
    parser = argparse.ArgumentParser(
        prog=f"scripts/{script}",
        description=text,
        epilog=(f"columns:{table}\n" if columns else "") + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dry-run", action="store_true", help="look, say what would be done")
    parser.add_argument("--url", help=f"the API; or {URL_VARIABLE}; else {HERE}")
    return parser


def _with_desk(
    options: argparse.Namespace, world: World, console: Console, work: Callable[[Desk], int]
) -> int:
    transport = world.transport or httpx.HTTPTransport()
    try:
        key = world.environment.get(KEY_VARIABLE) or _asked(world)
        if key.startswith(PUBLISHABLE_PREFIX):
            raise ValueError("this needs a secret key, not a publishable one")
        client = HatchedClient(
            api_key=key,
            base_url=options.url or world.environment.get(URL_VARIABLE) or HERE,
            transport=ReadOnly(transport) if options.dry_run else transport,
        )
    except ValueError as fault:
        console.print(str(fault), style="red", markup=False)
        return 2
    with client:
        try:
            return work(Desk(client, options, console))
        except HatchedError as fault:
            console.print(f"Stopped: {fault}", style="red", markup=False)
            return 3 if _is_hopeless(fault) else 1


def _asked(world: World) -> str:
    if not world.stdin.isatty():
        raise ValueError(f"put a secret key into {KEY_VARIABLE}; it is never an argument")
    return getpass.getpass("Secret key: ")


def tell(desk: Desk, results: Iterable[tuple[str, Result]], total: int | None = None) -> int:
    """Do what the results do, say each with its place, and sum up; the exit code."""
    counted: Counter[Outcome] = Counter()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=desk.console,
        transient=True,
        disable=not desk.console.is_terminal,
    )
    with progress:
        for place, result in progress.track(results, total=total, description="Working"):
            counted[result.outcome] += 1
            style = "red" if result.outcome is Outcome.REFUSED else None
            line = f"{place}: {result.outcome}: {result.words}"
            desk.console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    told = ", ".join(f"{counted[each]} {each}" for each in Outcome if counted[each])
    desk.console.print(f"{counted.total()} in all: {told or 'nothing to do'}.", highlight=False)
    return 1 if counted[Outcome.REFUSED] else 0


def _one(desk: Desk, row: Row, handle: Handle) -> Result:
    try:
        return handle(desk, row)
    except CannotBeDone as fault:
        return Result(Outcome.REFUSED, str(fault))
    except HatchedError as fault:
        if _is_hopeless(fault):
            raise
        return Result(Outcome.REFUSED, str(fault))


def _is_hopeless(fault: HatchedError) -> bool:
    """Whether the next row would fare no better."""
    is_about_the_key = isinstance(fault, AuthError) and not isinstance(
        fault, PlanFeatureLockedError
    )
    return is_about_the_key or isinstance(fault, NoAnswerError) or fault.status in (429, 503)
