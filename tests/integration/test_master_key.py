"""Everything that is sealed opens under a new master key, also when the change broke off."""

from typing import Any

import pytest

from app.commands import master_key
from app.commands.master_key import SEALED, reseal_all
from app.kit.crypto import MasterKey, SealBroken
from app.kit.db import Database
from app.tables import METADATA
from app.webhooks import service as webhooks
from tests import rows
from tests.factories import Api, ManualClock

NEW = MasterKey(bytes(range(32)))


def test_no_sealed_column_is_forgotten() -> None:
    found = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.name.startswith("sealed_")
    }
    assert found == {(each.table.name, each.column) for each in SEALED}


async def test_everything_sealed_opens_with_the_new_key(
    api: Api, database: Database, clock: ManualClock, furnished: dict[str, str]
) -> None:
    body: dict[str, Any] = {"url": "https://example.com/", "events": ["*"]}
    made = await api.post(
        "/webhook-configs", body, 201, headers={"Idempotency-Key": "the same call"}
    )
    await api.post(f"/webhook-configs/{made['id']}/rotate-secret", {}, 200)
    before = {secret async for secret in _secrets(database, clock, database.key)}
    done = await reseal_all(database, NEW)
    assert done >= 5
    assert await reseal_all(database, NEW) == 0
    assert {secret async for secret in _secrets(database, clock, NEW)} == before
    with pytest.raises(SealBroken):
        assert [secret async for secret in _secrets(database, clock, database.key)]


async def test_a_change_that_broke_off_is_finished(
    api: Api,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    furnished: dict[str, str],
) -> None:
    whole = await _count(database)
    monkeypatch.setattr(master_key, "SEALED", SEALED[:2])
    first = await reseal_all(database, NEW)
    monkeypatch.setattr(master_key, "SEALED", SEALED)
    assert 0 < first < whole
    assert first + await reseal_all(database, NEW) == whole


async def test_a_seal_that_opens_with_neither_key_is_named(
    database: Database, customer: dict[str, Any]
) -> None:
    foreign = MasterKey(bytes(range(1, 33))).seal(b"x", customer_id="x", row="x")
    await rows.sql(database, "UPDATE customer SET sealed_draw_secret = :text", text=foreign)
    with pytest.raises(ValueError, match="opens with neither key"):
        await reseal_all(database, NEW)


async def _count(database: Database) -> int:
    total = 0
    for each in SEALED:
        query = f"SELECT count(*) AS n FROM {each.table.name} WHERE {each.column} IS NOT NULL"
        [found] = await rows.fetch(database, query)
        total += found.n
    return total


async def _secrets(database: Database, clock: ManualClock, key: MasterKey) -> Any:
    """The secrets of all endpoints, read under a key."""
    found = await rows.fetch(database, "SELECT customer_id FROM customer")
    for row in found:
        other = Database(str(database.url.render_as_string(hide_password=False)), clock, key)
        async with other.read(str(row.customer_id)) as tx:
            for endpoint in await webhooks.every(tx):
                for secret in endpoint.secrets:
                    yield secret
        await other.close()
