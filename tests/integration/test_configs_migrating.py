"""Buddies move to other rules as an operation: nothing of theirs changes, and no crash matters."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.buddies import migrating
from app.buddies.migrating import migrate
from app.kit.db import Database
from app.kit.tx import Tx
from app.operations.loop import OperationLoop
from app.operations.service import Operation, OperationKind
from tests import rows
from tests.factories import Api, ManualClock
from tests.good_bodies import UNKNOWN_UUID

LEASE_SECONDS = 30.0


class Killed(BaseException):
    """The worker's process is gone."""


class Mortal(Database):
    """A database whose user dies now and then, before a commit or right after it."""

    def __init__(self, like: Database, clock: ManualClock, chance: random.Random) -> None:
        super().__init__(like.url.render_as_string(hide_password=False), clock, like.key)
        self._chance = chance

    @asynccontextmanager
    async def begin(self, customer_id: str) -> AsyncIterator[Tx]:
        async with super().begin(customer_id) as tx:
            yield tx
            self._live_or_die()
        self._live_or_die()

    def _live_or_die(self) -> None:
        if self._chance.random() < 0.15:
            raise Killed


def _document(*audiences: str, amount: int = 7) -> dict[str, Any]:
    return {
        "event_types": [{"key": "play"}],
        "audiences": [{"key": key} for key in audiences],
        "tokens": [{"key": "coins", "kind": "primary"}],
        "token_rules": [{"key": "pay", "event_type": "play", "token": "coins", "amount": amount}],
    }


async def _publish(api: Api, document: dict[str, Any]) -> str:
    draft = await api.post("/config-versions", {"document": document}, status=201)
    version: str = (await api.post(f"/config-versions/{draft['id']}/publish"))["id"]
    return version


async def _herd(api: Api, count: int, audience: str | None = None) -> None:
    more = {} if audience is None else {"audience": audience}
    events = [
        {"event_id": f"{audience}-{n}", "user_id": f"u{n:04}", "type": "play", **more}
        for n in range(count)
    ]
    for first in range(0, count, 500):
        answer = await api.post("/events/batch", {"events": events[first : first + 500]})
        assert not [each for each in answer["results"] if "error" in each]


async def _pins(database: Database) -> dict[str, int]:
    found = await rows.fetch(
        database, "SELECT config_version_id, count(*) AS n FROM buddy GROUP BY config_version_id"
    )
    return {str(row.config_version_id): row.n for row in found}


async def _states(database: Database) -> list[Any]:
    """Everything of every buddy but its rules."""
    return await rows.fetch(
        database,
        "SELECT buddy_id, user_id, audience, name, stage, variant, status, sequence, state,"
        " created_at FROM buddy ORDER BY buddy_id",
    )


async def _migrated(api: Api, body: dict[str, Any]) -> Any:
    started = await api.post("/buddies/migrate", body, status=202)
    assert started["status"] == "pending"
    await api.work()
    done = await api.get(f"/operations/{started['operation_id']}")
    assert (done["type"], done["status"]) == ("migrate", "completed")
    return done["result"]


async def test_all_buddies_move_and_only_their_rules_change(api: Api, database: Database) -> None:
    old = await _publish(api, _document())
    await _herd(api, 5)
    new = await _publish(api, _document(amount=9))
    before = await _states(database)
    assert await _migrated(api, {"config_version_id": new, "all": True}) == {
        "moved": 5,
        "skipped": 0,
    }
    assert await _states(database) == before
    assert await _pins(database) == {new: 5}
    assert (await api.send("next", "play", "u0000"))["coins"] == 9
    back = await _migrated(api, {"config_version_id": old, "all": True})
    assert back == {"moved": 5, "skipped": 0}, "an archived version can be gone back to"
    assert (await api.send("last", "play", "u0000"))["coins"] == 7
    assert await rows.differences(database) == []


async def test_buddies_that_are_there_and_archived_ones_are_skipped(
    api: Api, database: Database
) -> None:
    old = await _publish(api, _document())
    await _herd(api, 4)
    new = await _publish(api, _document(amount=9))
    await api.send("born", "play", "zoe")
    archived, one = await api.buddy_of("u0000"), await api.buddy_of("u0001")
    await api.post(f"/buddies/{archived['id']}/archive")
    alone = await _migrated(api, {"config_version_id": new, "buddy_id": one["id"]})
    assert alone == {"moved": 1, "skipped": 0}
    again = await _migrated(api, {"config_version_id": new, "buddy_id": one["id"]})
    assert again == {"moved": 0, "skipped": 1}
    rest = await _migrated(api, {"config_version_id": new, "all": True})
    assert rest == {"moved": 2, "skipped": 3}
    assert await _pins(database) == {new: 4, old: 1}


async def test_an_audience_moves_and_the_others_stay(api: Api, database: Database) -> None:
    old = await _publish(api, _document("kids", "grown"))
    await _herd(api, 3, "kids")
    await _herd(api, 2, "grown")
    new = await _publish(api, _document("kids", "grown", amount=9))
    moved = await _migrated(api, {"config_version_id": new, "audience": "kids"})
    assert moved == {"moved": 3, "skipped": 0}
    assert await _pins(database) == {old: 2, new: 3}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"config_version_id": UNKNOWN_UUID, "all": True}, 404, "resource_not_found"),
        ({"config_version_id": "draft", "all": True}, 409, "conflict"),
        ({"config_version_id": "foreign", "all": True}, 404, "resource_not_found"),
        ({"buddy_id": UNKNOWN_UUID}, 404, "resource_not_found"),
        ({"buddy_id": "archived"}, 409, "conflict"),
        ({"audience": "nobody"}, 400, "unknown_audience"),
        ({}, 422, "validation_failed"),
        ({"all": False}, 422, "validation_failed"),
        ({"all": True, "audience": "default"}, 422, "validation_failed"),
    ],
)
async def test_a_migration_that_makes_no_sense_is_refused(
    api: Api,
    database: Database,
    other_customer: dict[str, Any],
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    await api.send("e-1", "match_won")
    buddy = await api.buddy_of("ann")
    await api.post(f"/buddies/{buddy['id']}/archive")
    draft = await api.post("/config-versions", {}, status=201)
    [foreign] = await rows.fetch(
        database,
        "SELECT config_version_id AS id FROM config_version WHERE customer_id = :c",
        c=other_customer["customer_id"],
    )
    ids = {"draft": draft["id"], "archived": buddy["id"], "foreign": str(foreign.id)}
    given = {"config_version_id": buddy["config_version_id"], **body}
    sent = {name: ids.get(str(value), value) for name, value in given.items()}
    answer = await api.call("POST", "/buddies/migrate", json=sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert await rows.fetch(database, "SELECT * FROM operation") == []


async def test_one_buddy_that_follows_other_rules_than_expected_is_not_moved(api: Api) -> None:
    await api.send("e-1", "match_won")
    buddy = await api.buddy_of("ann")
    body = {"config_version_id": buddy["config_version_id"], "buddy_id": buddy["id"]}
    expecting = {"X-Expected-Config-Version": UNKNOWN_UUID}
    answer = await api.call("POST", "/buddies/migrate", json=body, headers=expecting)
    assert answer.json()["error"]["code"] == "config_version_mismatch"


async def test_more_buddies_than_a_batch_are_counted_exactly(api: Api, database: Database) -> None:
    count = migrating.BATCH_BUDDIES * 2
    await _publish(api, _document())
    await _herd(api, count)
    new = await _publish(api, _document(amount=9))
    moved = await _migrated(api, {"config_version_id": new, "all": True})
    assert moved == {"moved": count, "skipped": 0}
    assert await _pins(database) == {new: count}


def _loop(database: Database, batch: int) -> OperationLoop:
    async def small(where: Database, customer_id: str, work: Operation) -> None:
        await migrate(where, customer_id, work, batch=batch)

    return OperationLoop(database, {OperationKind.MIGRATE: small}, lease_seconds=LEASE_SECONDS)


@pytest.mark.parametrize("seed", range(3))
async def test_a_migration_that_is_killed_again_and_again_ends_with_exact_counts(
    api: Api, database: Database, clock: ManualClock, seed: int
) -> None:
    chance = random.Random(seed)
    await _publish(api, _document())
    await _herd(api, 40)
    archived = await api.buddy_of("u0007")
    await api.post(f"/buddies/{archived['id']}/archive")
    new = await _publish(api, _document(amount=9))
    started = await api.post(
        "/buddies/migrate", {"config_version_id": new, "all": True}, status=202
    )
    path, kills = f"/operations/{started['operation_id']}", 0
    mortal = Mortal(database, clock, chance)
    while (await api.get(path))["status"] != "completed":
        try:
            await _loop(mortal, 3).run_due()
        except Killed:
            kills += 1
        clock.advance(seconds=LEASE_SECONDS + 1)
    await mortal.close()
    assert kills > 3
    assert (await api.get(path))["result"] == {"moved": 39, "skipped": 1}
    assert (await _pins(database))[new] == 39


async def test_workers_that_share_a_migration_count_every_buddy_once(
    api: Api, database: Database, clock: ManualClock
) -> None:
    await _publish(api, _document())
    await _herd(api, 60)
    new = await _publish(api, _document(amount=9))
    bodies = [{"config_version_id": new, "all": True} for _ in range(3)]
    started = [await api.post("/buddies/migrate", body, status=202) for body in bodies]
    await asyncio.gather(*(_loop(database, 7).run_due() for _ in range(4)))
    ended = [await api.get(f"/operations/{each['operation_id']}") for each in started]
    assert [each["status"] for each in ended] == ["completed"] * 3
    results = [each["result"] for each in ended]
    assert sum(each["moved"] for each in results) == 60
    assert [each["moved"] + each["skipped"] for each in results] == [60] * 3


async def test_events_and_a_migration_run_into_each_other_and_nothing_is_lost(
    api: Api, database: Database
) -> None:
    await _publish(api, _document())
    await _herd(api, 30)
    new = await _publish(api, _document(amount=9))
    await api.post("/buddies/migrate", {"config_version_id": new, "all": True}, status=202)
    sent = [api.send(f"again-{n}", "play", f"u{n % 30:04}") for n in range(120)]
    answers = await asyncio.gather(_loop(database, 4).run_due(), *sent)
    assert {answer["coins"] for answer in answers[1:]} <= {7, 9}
    assert await _pins(database) == {new: 30}
    assert await rows.differences(database) == []
