"""config …"""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.commands.comparisons import show_changes, show_dry_run
from app.commands.context import (
    AsJson,
    CustomerId,
    DatabaseUrl,
    DataDir,
    console,
    fail,
    print_json,
    run,
    settings_of,
)
from app.configs import service as configs
from app.engine import differences
from app.engine.differences import Change
from app.events import dry_run
from app.events.dry_run_schemas import DAYS_DEFAULT, DAYS_MAX, DryRun
from app.kit.db import Database
from app.kit.ids import is_uuid

app = typer.Typer(
    help="Validate, compare, try out and publish rules.", no_args_is_help=True, add_completion=False
)
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A config document, JSON.")]


@app.command()
def validate(file: File) -> None:
    """Name every fault of a config document at once, with its JSON pointer. Changes nothing."""
    faults = configs.faults(_read(file))
    for fault in faults:
        typer.echo(f"{fault.pointer or '/'}: {fault.message}")
    if faults:
        raise fail(f"{len(faults)} faults in {file}")
    console.print(f"{file} can be published.")


@app.command()
def publish(
    file: File,
    customer: CustomerId,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Publish a config document as the customer's new version."""
    document = _read(file)

    async def work(database: Database) -> str:
        async with database.begin(customer) as tx:
            draft = await configs.create_draft(tx, document)
            return (await configs.publish(tx, draft.id)).id

    version = run(settings_of(data_dir, database_url), work)
    console.print(f"Published as {version}. New buddies follow it; living ones keep theirs.")


@app.command()
def diff(
    file: File,
    customer: CustomerId,
    against: Annotated[
        str | None, typer.Option(help="A version's id; left out: the published one.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show what a config document changes. Entries of lists are told apart by their keys."""
    document = _read(file)
    if against is not None and not is_uuid(against):
        raise fail("--against takes the id of a config version")

    async def work(database: Database) -> list[Change]:
        async with database.read(customer) as tx:
            other = await configs.read(tx, against or await configs.published(tx))
        return differences.diff(other.read(), document)

    changes = run(settings_of(data_dir, database_url), work)
    if as_json:
        print_json(changes)
    else:
        show_changes(changes)


@app.command("dry-run")
def dry_run_document(
    file: File,
    customer: CustomerId,
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How far to go back.")] = (
        DAYS_DEFAULT
    ),
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Replay past events under a config document: what it would pay, next to what was paid.

    Both sides begin with fresh buddies and see the same events. Nothing is written.
    """
    document = _read(file)

    async def work(database: Database) -> DryRun:
        rules = configs.checked(document)
        return await dry_run.over_log(database, customer, rules, days=days)

    found = run(settings_of(data_dir, database_url), work)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        show_dry_run(found)


def _read(file: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise fail(f"{file} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise fail(f"{file} must hold one JSON object")
    return document
