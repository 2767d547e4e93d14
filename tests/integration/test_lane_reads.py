"""What the lane looks up costs what it asks for, however many buddies there are."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.buddies.buddy import COLUMNS
from app.buddies.herd import IS_ACTIVE
from app.buddies.models import buddy
from app.kit.db import Database
from tests import crowd
from tests.crowd import Readings
from tests.factories import Api

MANY = 2000
WORK_MAX = 100  # what a statement may look at
FETCHED = text(
    "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'buddy'"
)


async def _crowded(api: Api, database: Database) -> None:
    await api.send("e1", "match_won", "ann")
    ann = await api.buddy_of("ann")
    buddy_id = ann["id"] if database.is_sqlite else UUID(ann["id"])
    named = {"buddy_id": lambda n, old: crowd.id_of(old, n), "user_id": lambda n, _: f"u{n}"}
    await crowd.copied(database, buddy, MANY, named, buddy_id=buddy_id)


@pytest.mark.parametrize("is_analysed", [False, True])
async def test_a_set_reads_its_own_buddies_alone(
    api: Api, database: Database, is_analysed: bool
) -> None:
    await _crowded(api, database)
    if is_analysed:
        await crowd.analyse(database)
    readings = Readings(api.app.state.database)
    async with readings() as seen:
        await api.send("e2", "match_won", "u7")
    looked_up = [each for each in seen if each[0].lstrip().startswith("SELECT")]
    assert any(" buddy WHERE" in statement for statement, _ in looked_up)
    work = [await readings.work(statement, values) for statement, values in looked_up]
    assert max(work) < WORK_MAX, list(zip(work, looked_up, strict=True))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_so_does_a_plan_that_was_made_when_there_was_nobody(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        await tx.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        sought = (buddy, COLUMNS, "user_id", ["u7"])
        assert len(await tx.lookup(*sought, condition=IS_ACTIVE, is_locking=True)) == 0
        await _crowded(api, database)
        before = await tx.value(FETCHED)
        assert len(await tx.lookup(*sought, condition=IS_ACTIVE, is_locking=True)) == 1
        assert await tx.value(FETCHED) - before < WORK_MAX
