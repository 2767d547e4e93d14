"""What stands in the database behind the API: counted, audited, tampered with."""

from typing import Any

from sqlalchemy import func, select, text

from app.commands.audit import audit_all
from app.events.unit import NewEvent, Unit
from app.kit.db import Database
from app.tables import METADATA


async def counts(database: Database) -> dict[str, int]:
    """How many rows every table has."""
    async with database.unscoped() as connection:
        return {
            name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for name, table in METADATA.tables.items()
        }


async def sql(database: Database, statement: str, **values: Any) -> int:
    """Run one writing statement past every rule; how many rows it touched."""
    async with database.engine.begin() as connection:
        return (await connection.execute(text(statement), values)).rowcount


async def fetch(database: Database, statement: str, **values: Any) -> list[Any]:
    """The rows of one reading statement."""
    async with database.unscoped() as connection:
        return list((await connection.execute(text(statement), values)).all())


async def differences(database: Database) -> list[str]:
    """Everything that `clutch audit` would name."""
    return [line for report in await audit_all(database, None) for line in report.differences]


def new_event(event_id: str, type_: str = "match_completed", user: str = "ann", **more: Any) -> Any:
    """An event as the lane takes it."""
    return NewEvent.of(
        event_id=event_id, user_id=user, type=type_, properties=more.pop("properties", {}), **more
    )


def unit(customer: dict[str, Any], *events: NewEvent, **more: Any) -> Unit:
    """Events that stand or fall together."""
    return Unit(customer["customer_id"], events, **more)
