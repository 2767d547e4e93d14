"""config …"""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.commands.context import CustomerId, DatabaseUrl, DataDir, console, fail, run, settings_of
from app.configs import service as configs
from app.kit.db import Database

app = typer.Typer(help="Validate and publish rules.", no_args_is_help=True)
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


def _read(file: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise fail(f"{file} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise fail(f"{file} must hold one JSON object")
    return document
