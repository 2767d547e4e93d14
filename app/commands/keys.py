"""keys …"""

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from app.commands.context import (
    AsJson,
    CustomerId,
    DatabaseUrl,
    DataDir,
    Label,
    console,
    print_json,
    run,
    settings_of,
)
from app.commands.master_key import rotate_master
from app.customers import keys
from app.customers import service as customers
from app.customers.key_schemas import CreateKey, NewKey
from app.kit.clock import to_text
from app.kit.db import Database
from app.kit.principal import Credential
from app.main import served_scopes

app = typer.Typer(help="Create, list and revoke keys.", no_args_is_help=True, add_completion=False)


@app.command("create")
def create_key(
    customer: CustomerId,
    kind: Annotated[str, typer.Option(help="secret, publishable or game_server.")] = "secret",
    label: Label = "made by hand",
    expires_days: Annotated[
        int | None, typer.Option(min=1, help="Days until it expires; left out: never.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do, e.g. read:buddies; repeat it. Left out: the default."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="A page that may use a publishable key, e.g. https://app.example.com."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a key. Its secret is shown this once."""

    async def work(database: Database) -> dict[str, Any]:
        async with database.begin(customer) as tx:
            owner = await customers.read(tx)
            ends = None if expires_days is None else tx.now + timedelta(days=expires_days)
            asked = {
                "kind": kind,
                "label": label,
                "scopes": scope or None,
                "allowed_origins": origin or None,
                "expires_at": None if ends is None else to_text(ends),
            }
            given = CreateKey.model_validate(asked)
            given.refuse_nonsense(tx.now, served_scopes())
            made = await keys.create(
                tx,
                kind=Credential(given.kind),
                is_test=owner.is_test,
                label=label,
                scopes=frozenset(scope) if scope else None,
                allowed_origins=frozenset(given.allowed_origins or ()),
                expires_at=given.expires_at,
            )
        return NewKey.model_validate(made, from_attributes=True).model_dump(mode="json")

    made = run(settings_of(data_dir, database_url), work)
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made['key_id']} {made['secret']}")


@app.command("list")
def list_keys(
    customer: CustomerId,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List a customer's keys, without their secrets."""

    async def work(database: Database) -> list[dict[str, Any]]:
        async with database.read(customer) as tx:
            await customers.read(tx)
            return [_shown(each) for each in await keys.list_keys(tx)]

    found = run(settings_of(data_dir, database_url), work)
    if as_json:
        print_json(found)
        return
    names = ("key_id", "kind", "label", "ends in", "scopes", "origins")
    table = Table(*names, "created", "expires", "revoked")
    for each in found:
        cells = ("\n".join(cell) if isinstance(cell, list) else cell for cell in each.values())
        table.add_row(*(cell or "-" for cell in cells))
    Console().print(table)


@app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="The key to make worthless.")],
    customer: CustomerId,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a key worthless, within two seconds, everywhere."""

    async def work(database: Database) -> None:
        async with database.begin(customer) as tx:
            await keys.revoke(tx, key_id)

    run(settings_of(data_dir, database_url), work)
    console.print("Revoked.")


app.command("rotate-master")(rotate_master)


def _shown(key: keys.Key) -> dict[str, Any]:
    times = (key.created_at, key.expires_at, key.revoked_at)
    created, expires, revoked = (None if at is None else to_text(at) for at in times)
    return {
        "key_id": key.key_id,
        "kind": key.kind,
        "label": key.label,
        "last_four": key.last_four,
        "scopes": key.scopes,
        "allowed_origins": key.allowed_origins,
        "created_at": created,
        "expires_at": expires,
        "revoked_at": revoked,
    }
