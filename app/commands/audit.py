"""audit"""

from dataclasses import asdict, dataclass, field
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from app.buddies.audit import audit_owners
from app.buddies.census import audit_census
from app.commands.context import (
    AnyCustomerId,
    AsJson,
    DatabaseUrl,
    DataDir,
    console,
    print_json,
    run,
    settings_of,
)
from app.customers.audit import audit_credits
from app.customers.audit_models import audit_outcome
from app.customers.models import customer as customer_table
from app.events.audit import audit_events
from app.items.audit import audit_items
from app.kit.clock import to_milliseconds
from app.kit.db import Database
from app.kit.errors import NotFound
from app.ledger.audit import audit_ledger
from app.matches.counting import audit_totals
from app.matches.voiding import uncollected_of

app = typer.Typer(add_completion=False)
SHOWN_MAX = 50
OUTCOME = ("at", "differences")


@dataclass(slots=True)
class Report:
    """One customer's audit."""

    customer_id: str
    transfers: int
    accounts: int
    events: int
    balances: dict[str, int]
    counter_accounts: dict[str, int] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)
    uncollected: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


@app.command()
def audit(
    customer: AnyCustomerId = None,
    as_json: AsJson = False,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the outcome, for /metrics to tell.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Recompute every number: balances, counter-accounts, hash chains, answers, credits.

    Exits with 1 and names the rows if anything differs. Safe beside a running server; reads only,
    unless the outcome is to be kept.
    """

    async def work(database: Database) -> list[Report]:
        reports = await audit_all(database, customer)
        for report in reports if record else ():
            await _record(database, report)
        return reports

    reports = run(settings_of(data_dir, database_url), work)
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        for report in reports:
            _show(report)
    if any(report.differences for report in reports):
        raise typer.Exit(1)


async def audit_all(database: Database, customer: str | None) -> list[Report]:
    """Audit one customer, or all of them, each in one read transaction.

    Raises:
        NotFound: there is no such customer.
    """
    async with database.unscoped() as connection:
        c = customer_table.c.customer_id
        found = [row[0] for row in await connection.execute(select(c).order_by(c))]
    if customer is not None and customer not in found:
        raise NotFound("customer", customer)
    return [await _audit(database, each) for each in found if customer in (None, each)]


async def _audit(database: Database, customer_id: str) -> Report:
    async with database.read(customer_id) as tx:
        ledger = await audit_ledger(tx)
        orphans = await audit_owners(tx)
        events = await audit_events(tx)
        items = await audit_items(tx)
        credits = await audit_credits(tx)
        totals = await audit_census(tx) + await audit_totals(tx)
        uncollected = await uncollected_of(tx)
    return Report(
        customer_id,
        ledger.transfers,
        ledger.accounts,
        events.events,
        dict(ledger.balances),
        {f"{token} {name}": amount for (token, name), amount in ledger.counter_accounts.items()},
        credits.left,
        uncollected,
        ledger.differences + orphans + events.differences + items + credits.differences + totals,
    )


async def _record(database: Database, report: Report) -> None:
    async with database.begin(report.customer_id) as tx:
        row = (tx.customer_id, to_milliseconds(tx.now), len(report.differences))
        await tx.upsert_set(audit_outcome, ("customer_id",), OUTCOME, [row])


def _show(report: Report) -> None:
    table = Table(title=f"Customer {report.customer_id}")
    table.add_column("account")
    table.add_column("sum", justify="right")
    for token, amount in sorted(report.balances.items()):
        table.add_row(f"[bold]all buddies, {token}[/bold]", f"{amount:,}")
    for name, amount in sorted(report.counter_accounts.items()):
        table.add_row(name, f"{amount:,}")
    for pool, amount in sorted(report.credits.items()):
        table.add_row(f"credits, {pool}", f"{amount:,}")
    for name, amount in sorted(report.uncollected.items()):
        table.add_row(f"uncollected, {name}", f"{amount:,}")
    Console().print(table)
    counted = (
        f"{report.transfers:,} transfers, {report.accounts:,} accounts, {report.events:,} events"
    )
    if not report.differences:
        console.print(f"[green]Audit ok:[/green] {counted}, nothing differs.")
        return
    console.print(f"[red]{len(report.differences)} differences[/red] in {counted}:")
    for line in report.differences[:SHOWN_MAX]:
        console.print(f"  {line}", highlight=False)
