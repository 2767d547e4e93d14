"""What one process commits, another one begins to do at once."""

import asyncio

import pytest

from app.kit.db import Database
from app.kit.hints import carried
from app.settings import Settings
from tests.factories import ManualClock

NAME = "webhook_delivery"


@pytest.fixture
def other(settings: Settings, clock: ManualClock) -> Database:
    """The database as another process sees it."""
    return Database(settings.url, clock, settings.key)


async def test_a_commit_elsewhere_wakes_who_waits_here(database: Database, other: Database) -> None:
    async with carried(database), carried(other, (NAME,)):
        with other.nudges.listen(NAME) as listener:
            woken = asyncio.create_task(listener.wait(3600))
            async with asyncio.timeout(20):
                while not woken.done():
                    async with database.begin("01890000-0000-7000-8000-000000000000") as tx:
                        tx.nudge(NAME)
                        if tx.is_sqlite:
                            await tx.connection.exec_driver_sql("UPDATE customer SET name = name")
                            await tx.connection.exec_driver_sql("PRAGMA user_version = 1")
                    await asyncio.wait({woken}, timeout=0.05)
    await other.close()
