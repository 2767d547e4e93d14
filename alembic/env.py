"""Runs migrations against the database that `clutch` is told to use."""

import asyncio
from typing import Any, Literal

from sqlalchemy import Connection, Uuid, pool
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import context
from app.kit.db import Instant, normalise_url
from app.settings import Settings
from app.tables import METADATA


def _short_types(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types in migrations without importing the application."""
    if kind == "type" and isinstance(value, Instant):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(value, Uuid):
        return "ID"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        render_item=_short_types,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _connect_and_run(url: str) -> None:
    engine = create_async_engine(normalise_url(url), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    asyncio.run(_connect_and_run(context.config.attributes.get("url") or Settings().url))
