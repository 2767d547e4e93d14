"""The database's schema: brought up to date by `clutch migrate`, checked before anything starts."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from alembic import command
from app.kit.db import Database

PROJECT = Path(__file__).parents[2]


class SchemaOutdated(Exception):
    """The database's schema is not the one that this program was written for."""


def alembic_config() -> Config:
    """Alembic's settings, from `pyproject.toml`."""
    config = Config(toml_file=str(PROJECT / "pyproject.toml"))
    config.set_main_option("script_location", str(PROJECT / "alembic"))
    return config


async def migrate(database: Database) -> None:
    """Bring the schema to the newest revision; on a current one nothing happens."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()


async def ensure_current(database: Database) -> None:
    """Refuse to work on another schema.

    Raises:
        SchemaOutdated: with what to do about it.
    """
    async with database.unscoped() as connection:
        found = await connection.run_sync(_revision)
    wanted = newest_revision()
    if found != wanted:
        raise SchemaOutdated(
            f"The database's schema is {found or 'empty'}, this program needs {wanted}. "
            "Run: clutch migrate"
        )


@cache
def newest_revision() -> str | None:
    """The revision of the schema that this program was written for."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
