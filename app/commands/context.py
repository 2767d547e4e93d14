"""What every command shares: where the data is, and how to run something on it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.kit.clock import SystemClock
from app.kit.crypto import MasterKeyError
from app.kit.db import Database
from app.kit.driver_errors import is_away
from app.kit.errors import AppError
from app.kit.ids import is_uuid
from app.kit.migrations import SchemaOutdated, ensure_current
from app.settings import Settings

T = TypeVar("T")
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Where SQLite, keys and pictures are kept.")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="postgresql://… ; left out: SQLite in the data directory."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
NAME_MAX = 64
console = Console(stderr=True)


def _known_form(text: str | None) -> str | None:
    if text is not None and not is_uuid(text):
        raise typer.BadParameter("an id is a UUID; `clutch customers list` shows them")
    return text


def _short(text: str) -> str:
    if not 1 <= len(text) <= NAME_MAX:
        raise typer.BadParameter(f"must have 1 to {NAME_MAX} characters")
    return text


CustomerId = Annotated[
    str, typer.Option("--customer", help="The customer's id.", callback=_known_form)
]
AnyCustomerId = Annotated[
    str | None,
    typer.Option("--customer", help="Only this customer; left out: all.", callback=_known_form),
]
CustomerName = Annotated[str, typer.Argument(help="What to call the customer.", callback=_short)]
Label = Annotated[str, typer.Option(help="A name to know it by.", callback=_short)]


def settings_of(data_dir: Path | None, database_url: str | None, **more: Any) -> Settings:
    """The settings of the environment, overruled by what the command line says.

    Raises:
        typer.Exit: a setting is wrong; it was said which.
    """
    given = {"data_dir": data_dir, "database_url": database_url, **more}
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        said = (
            f"CLUTCH_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
        )
        raise fail("\n".join(said)) from None


def fail(message: str) -> typer.Exit:
    """Say what went wrong; the exit to raise."""
    console.print(f"[red]Error:[/red] {message}", highlight=False, soft_wrap=True)
    return typer.Exit(1)


def print_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    typer.echo(orjson.dumps(value).decode())


def run(
    settings: Settings, work: Callable[[Database], Awaitable[T]], *, is_migrating: bool = False
) -> T:
    """Run something on the database; refusals and faults become one readable line."""
    try:
        return uvloop.run(_with_database(settings, work, is_migrating=is_migrating))
    except AppError as refusal:
        details = f"\n{orjson.dumps(refusal.details, option=orjson.OPT_INDENT_2).decode()}"
        raise fail(refusal.message + (details if refusal.details else "")) from None
    except (SchemaOutdated, MasterKeyError, ValueError, OSError, ArgumentError) as error:
        raise fail(str(error)) from None
    except DBAPIError as error:
        if not is_away(error):
            raise
        raise fail(f"The database is away: {error.orig}") from None


async def _with_database(
    settings: Settings, work: Callable[[Database], Awaitable[T]], *, is_migrating: bool
) -> T:
    if settings.url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url, SystemClock(), settings.key, tariff=settings.tariff)
    try:
        if not is_migrating:
            await ensure_current(database)
        return await work(database)
    finally:
        await database.close()
