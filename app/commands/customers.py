"""customers …"""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from app.commands.context import (
    AsJson,
    CustomerName,
    DatabaseUrl,
    DataDir,
    console,
    print_json,
    run,
    settings_of,
)
from app.customers import credits
from app.customers import keys as key_service
from app.customers import service as customers
from app.customers.credit_pools import Pool
from app.customers.models import customer as customer_table
from app.customers.plans import Feature
from app.gates.presets import apply_preset
from app.kit.clock import to_text
from app.kit.db import Database
from app.kit.ids import new_id
from app.kit.principal import Credential
from app.operations import waiting

app = typer.Typer(help="Create and list customers.", no_args_is_help=True, add_completion=False)


@app.command("create")
def create_customer(
    name: CustomerName,
    test: Annotated[bool, typer.Option("--test", help="A customer for trying things out.")] = False,
    preset: Annotated[
        str | None, typer.Option(help="Publish these ready-made rules, e.g. arena.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a customer with a secret key and a game-server key. Both are shown this once."""
    settings = settings_of(data_dir, database_url)
    made = run(settings, lambda database: create_with_keys(database, name, preset, is_test=test))
    if as_json:
        print_json(made)
        return
    console.print(f"Customer [bold]{name}[/bold] is {made['customer_id']}.")
    console.print("Keep these keys; they are not shown again:")
    typer.echo(f"CLUTCH_SECRET_KEY={made['secret_key']}")
    typer.echo(f"CLUTCH_GAME_SERVER_KEY_ID={made['game_server_key']['key_id']}")
    typer.echo(f"CLUTCH_GAME_SERVER_SECRET={made['game_server_key']['secret']}")
    if preset is None:
        console.print("Next: publish rules with `clutch config publish FILE --customer ID`.")


@app.command("list")
def list_customers(
    as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """List every customer of this installation."""
    found = run(settings_of(data_dir, database_url), _list_customers)
    if as_json:
        print_json(found)
        return
    table = Table("customer_id", "name", "test", "created")
    for each in found:
        table.add_row(*(str(value) for value in each.values()))
    Console().print(table)


@app.command("plan")
def set_plan(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    plan: Annotated[str, typer.Argument(help="free, growth, …; `default` for the default plan.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a customer another plan. Known everywhere within two seconds."""

    async def work(database: Database) -> None:
        async with database.begin(customer) as tx:
            await customers.set_plan(tx, None if plan == "default" else plan)
            await credits.give_due(tx, await customers.plan_of(tx))
            await waiting.wake(tx)

    run(settings_of(data_dir, database_url), work)
    console.print(f"The plan is {plan} now.")


@app.command("credit")
def give_credits(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    amount: Annotated[int, typer.Argument(min=1, help="How many credits.")],
    pool: Annotated[Pool, typer.Option(help="promo credits end after 365 days.")] = Pool.PAID,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give a customer credits."""

    async def work(database: Database) -> int:
        async with database.begin(customer) as tx:
            plan = (await customers.read(tx)).plan
            await credits.give(tx, pool, amount)
            await waiting.wake(tx)
            return (await credits.read_balance(tx, plan)).total

    total = run(settings_of(data_dir, database_url), work)
    console.print(f"There are {total} credits now.")


@app.command("disable")
def disable_capabilities(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    features: Annotated[
        list[Feature] | None, typer.Argument(help="What to turn off; nothing: all are on.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Turn features off for a customer, and every other feature on."""

    async def work(database: Database) -> None:
        async with database.begin(customer) as tx:
            await customers.set_disabled_capabilities(tx, features or [])

    run(settings_of(data_dir, database_url), work)
    console.print(f"Turned off: {', '.join(features or []) or 'nothing'}.")


async def create_with_keys(
    database: Database, name: str, preset: str | None, *, is_test: bool
) -> dict[str, Any]:
    """A customer with its first keys, all in one transaction: `--json` prints what it returns."""
    customer_id = new_id(datetime.now(UTC))
    async with database.begin(customer_id) as tx:
        await customers.create(tx, name=name, is_test=is_test)
        await credits.give_due(tx, tx.tariff.plan(None))
        secret = await key_service.create(
            tx, kind=Credential.SECRET, is_test=is_test, label="first key"
        )
        game = await key_service.create(
            tx, kind=Credential.GAME_SERVER, is_test=is_test, label="first game-server key"
        )
        version = None if preset is None else await apply_preset(tx, preset)
    return {
        "customer_id": customer_id,
        "secret_key": secret.secret,
        "game_server_key": {"key_id": game.key_id, "secret": game.secret},
        "config_version_id": None if version is None else version.id,
    }


async def _list_customers(database: Database) -> list[dict[str, Any]]:
    c = customer_table.c
    async with database.unscoped() as connection:
        rows = await connection.execute(
            select(c.customer_id, c.name, c.is_test, c.created_at).order_by(c.customer_id)
        )
        return [
            {
                "customer_id": row.customer_id,
                "name": row.name,
                "test": row.is_test,
                "created_at": to_text(row.created_at),
            }
            for row in rows
        ]
