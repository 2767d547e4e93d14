"""A page of a list costs what it shows, not what the customer has."""

from typing import Any
from uuid import UUID

import pytest

from app.buddies.models import buddy as buddy_table
from app.buddies.ranking_models import leaderboard_entry
from app.customers.total_models import list_total
from app.customers.usage_models import credit_entry
from app.eggs.models import egg as egg_table
from app.events.models import event as event_table
from app.kit import pages
from app.kit.clock import to_milliseconds
from app.kit.db import Database
from app.ledger.models import balance, transfer
from app.matches.models import match_record
from app.webhooks.models import webhook_delivery
from tests import crowd
from tests.crowd import Readings
from tests.factories import Api

MANY = 3000
FEW = 100  # what a page may look at
READ_MAX = 4 * FEW  # what a statement may read
LIMIT = 5

LISTS = (
    "/buddies?",
    "/buddies?order=asc",
    "/buddies?status=active",
    "/buddies?status=archived",
    "/buddies?evolution_stage=4",
    "/buddies?status=active&evolution_stage=1",
    "/buddies?sort=name",
    "/buddies?sort=name&order=asc&status=archived",
    "/buddies?sort=name&evolution_stage=4",
    "/buddies?sort=evolution_stage",
    "/buddies?sort=evolution_stage&order=asc&status=active",
    "/buddies?user_id=ann",
    "/buddies?user_id=ann&status=active&evolution_stage=1&sort=coins",
    "/buddies?user_id=ann&sort=updated_at",
    "/buddies/{buddy_id}/ledger?",
    "/buddies/{buddy_id}/evolutions?",
    "/eggs?",
    "/eggs?user_id=ann",
    "/eggs?status=ready",
    "/eggs?user_id=ann&status=ready",
    "/events?",
    "/events?order=asc",
    "/events?user_id=ann",
    "/events?type=rare",
    "/events?audience=kids",
    "/events?user_id=ann&type=rare&order=asc",
    "/matches?",
    "/matches?status=applied",
    "/matches?status=live",
    "/webhook-deliveries?",
    "/webhook-deliveries?endpoint_id={endpoint_id}",
    "/webhook-deliveries?status=failed",
    "/webhook-deliveries?endpoint_id={endpoint_id}&status=succeeded",
    "/leaderboards/wins?",
    "/leaderboards/wins/around/{buddy_id}?n=3",
    "/ledger?",
    "/credits/ledger?",
    "/config-versions?",
)
# They have no index, because every event changes what they sort by.
SORTED_WHOLE = ("/buddies?sort=updated_at", "/buddies?sort=coins")


@pytest.fixture
async def crowded(
    api: Api,
    database: Database,
    furnished: dict[str, str],
    customer: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """A customer with thousands of everything; a filtered page looks through a hundred rows."""
    monkeypatch.setattr(pages, "LOOKED_AT_MAX", FEW)
    await api.send("e-ann", "match_won", "ann")
    await _fill(database, customer["customer_id"], await api.buddy_of("ann"))
    await crowd.analyse(database)
    return furnished


async def _fill(database: Database, customer_id: str, ann: Any) -> None:
    buddy_id = ann["id"] if database.is_sqlite else UUID(ann["id"])

    def id_(n: int, old: str) -> str:
        return crowd.id_of(old, n)

    def user(n: int, _: str) -> str:
        return f"u-{n}"

    def another(_: int, __: str) -> str:
        return crowd.id_of(ann["id"], 1)

    own = {"buddy_id": id_, "user_id": user}
    mine = {"buddy_id": buddy_id}
    await crowd.copied(database, buddy_table, MANY, own, **mine)
    entry = {"entry_id": id_, "buddy_id": id_, "uncounted": lambda _, __: False}
    await crowd.copied(database, leaderboard_entry, MANY, entry, **mine)
    await crowd.copied(database, balance, MANY, {"buddy_id": id_}, **mine, token="coins")
    moved = {"ledger_id": id_, "sequence": lambda n, old: old + n}
    await crowd.copied(
        database, transfer, MANY, moved | {"buddy_id": another}, **mine, reason="Victory"
    )
    logged = {"event_id": user, "log_id": id_, "buddy_id": another, "user_id": user}
    await crowd.copied(database, event_table, MANY, logged, event_id="e-ann")
    eggs = {"egg_id": id_, "user_id": user}
    await crowd.copied(database, egg_table, MANY, eggs, status="waiting")
    await crowd.copied(database, webhook_delivery, MANY, {"delivery_id": id_}, **mine)
    ids = (customer_id, crowd.id_of(ann["id"], 1))
    granted = (*ids, "grant", "promo", 1, None, "gift", 0)
    async with database.begin(customer_id) as tx:
        await tx.insert_set(credit_entry, [c.name for c in credit_entry.columns], [granted])
        total = (customer_id, "buddies", "active/1", 0, MANY)
        await tx.add_set(list_total, ("customer_id", "list", "kind", "slot"), "entries", [total])
        await _play(tx)
    await crowd.copied(database, credit_entry, MANY, {"entry_id": id_})
    match = {"match_id": user, "created_at": lambda n, old: old - n}
    await crowd.copied(database, match_record, MANY, match, match_id="m")


async def _play(tx: Any) -> None:
    now = to_milliseconds(tx.now)
    values: dict[str, Any] = {"customer_id": tx.customer_id, "match_id": "m", "provider": "other"}
    values |= {"request": "{}", "status": "applied", "code_hash": "x", "attempts": 0}
    values |= {"entries": 1, "created_at": now, "moved_at": now}
    await tx.insert_set(match_record, tuple(values), [tuple(values.values())])


async def test_a_page_reads_what_it_shows_and_little_more(
    api: Api, database: Database, crowded: dict[str, str]
) -> None:
    readings = Readings(api.app.state.database)
    wrong: dict[str, Any] = {}
    for pattern in LISTS:
        path = pattern.format(**crowded)
        path += f"&limit={LIMIT}" if "around" not in path else ""
        for statement, values in await readings.of(api, path):
            work = await readings.work(statement, values)
            if work > READ_MAX:
                wrong[path] = (work, statement)
            scanned = await readings.scanned(statement, values)
            if "buddy" in scanned or "event" in scanned:
                wrong[path] = (scanned, statement)
    assert wrong == {}


async def test_a_sort_by_what_every_event_changes_reads_all_buddies(
    api: Api, crowded: dict[str, str]
) -> None:
    """So the measure above would have seen it."""
    readings = Readings(api.app.state.database)
    for path in SORTED_WHOLE:
        asked = await readings.of(api, f"{path}&limit={LIMIT}")
        assert max([await readings.work(*each) for each in asked]) > 2 * READ_MAX


async def test_every_list_is_looked_at(api: Api) -> None:
    spec = await api.get("/openapi.json")
    paged = {
        path.removeprefix("/api/v1")
        for path, operations in spec["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", ())
        if parameter["in"] == "query" and parameter["name"] in ("page", "cursor")
    }
    looked_at = {path.split("?")[0] for path in LISTS if "around" not in path}
    assert {path.replace("{board_key}", "wins") for path in paged} == looked_at
