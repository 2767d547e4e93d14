"""What an operator keeps for a time only goes in small portions, and nothing else goes with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.customers.pruning import PruningLoop
from app.events.retention import prune
from app.kit.clock import to_text
from app.kit.db import Database
from app.kit.tx import Tx
from app.settings import Settings
from tests import rows
from tests.factories import Api, ManualClock
from tests.items_support import publish
from tests.surface import fault_at, fault_of

DAYS = 30
WINDOWS = ("all_time", "daily", "weekly", "monthly")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Events are kept for thirty days."""
    return settings.model_copy(update={"event_retention_days": DAYS})


@pytest.fixture
def clock() -> ManualClock:
    """A Thursday at noon."""
    return ManualClock(datetime(2026, 3, 26, 12, tzinfo=UTC))


@pytest.fixture
async def played(api: Api, clock: ManualClock) -> list[str]:
    """Instants of events `e-0` …, one a day."""
    instants = []
    for day in range(6):
        instants.append(to_text(clock.now()))
        await api.send(f"e-{day}", "match_won", occurred_at=instants[-1])
        clock.advance(days=1)
    return instants


async def _logged(api: Api) -> list[str]:
    return [event["event_id"] for event in (await api.get("/events?order=asc"))["data"]]


async def test_old_events_go_and_what_they_did_stays(
    api: Api, clock: ManualClock, played: list[str], database: Database
) -> None:
    await api.work()
    buddy = await api.buddy_of("ann")
    ledger = await api.get(f"/buddies/{buddy['id']}/ledger?limit=200")
    clock.advance(days=DAYS - 3)
    await api.work()
    assert await _logged(api) == ["e-3", "e-4", "e-5"]
    assert await api.get(f"/buddies/{buddy['id']}/ledger?limit=200") == ledger
    assert (await api.buddy_of("ann"))["tokens"] == buddy["tokens"]
    assert await rows.differences(database) == []
    gone = await api.call("GET", "/events/e-0")
    assert fault_of(gone, 404, "resource_not_found") is None


async def test_an_id_that_is_forgotten_cannot_count_twice(
    api: Api, clock: ManualClock, played: list[str], database: Database
) -> None:
    clock.advance(days=DAYS - 3)
    event = {"user_id": "ann", "type": "match_won"}
    old = event | {"event_id": "e-0", "occurred_at": played[0]}
    first = await api.post("/events", old)
    await api.work()
    before = await rows.counts(database)
    for body in (old, old | {"event_id": "never-seen"}):
        refused = await api.call("POST", "/events", json=body)
        assert fault_at(refused, "/occurred_at") is None
    assert await rows.counts(database) == before
    kept = event | {"event_id": "e-5", "occurred_at": played[5]}
    answer = await api.call("POST", "/events", json=kept)
    assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (200, "true")
    assert first["coins"] > 0


async def test_what_was_pruned_stays_refused_when_the_setting_goes(
    api: Api, clock: ManualClock, played: list[str], database: Database, settings: Settings
) -> None:
    clock.advance(days=DAYS)
    await api.work()
    api.app.state.database.tariff = settings.model_copy(
        update={"event_retention_days": None}
    ).tariff
    body = {"event_id": "e-0", "user_id": "ann", "type": "match_won", "occurred_at": played[0]}
    refused = await api.call("POST", "/events", json=body)
    assert fault_at(refused, "/occurred_at") is None


async def test_events_go_in_portions_and_a_dead_worker_loses_nothing(
    api: Api, clock: ManualClock, played: list[str], database: Database
) -> None:
    portions: list[int] = []

    async def two_at_most(tx: Tx, limit: int) -> int:
        portions.append(await prune(tx, limit))
        if len(portions) == 2:
            raise ConnectionError("the worker dies in its second portion")
        return portions[-1]

    clock.advance(days=DAYS + 10)
    loop = PruningLoop(database, [two_at_most], lease_seconds=20, portion=2)
    assert await loop.run_due() == 0
    assert await _logged(api) == ["e-2", "e-3", "e-4", "e-5"]
    assert await loop.run_due() == 0  # the dead one holds its lease
    clock.advance(seconds=21)
    assert await loop.run_due() == 1
    assert portions == [2, 2, 2, 2, 0]
    assert await _logged(api) == []
    assert await loop.run_due() == 0
    assert await rows.differences(database) == []


async def test_the_audit_misses_an_event_that_should_be_there(
    api: Api, played: list[str], database: Database
) -> None:
    await rows.sql(database, "DELETE FROM event WHERE event_id = 'e-4'")
    found = await rows.differences(database)
    assert found
    assert all(line.endswith("its event e-4 is not in the log") for line in found)


async def test_windows_that_nobody_can_read_are_deleted(
    api: Api, clock: ManualClock, database: Database
) -> None:
    await publish(api, _boards())
    for day in range(75):
        await api.send(f"p-{day}", "play", properties={"coins": 1})
        clock.advance(days=1)
        if day % 9 == 0:
            await api.work()
    clock.advance(hours=13)
    await api.work()
    found = await rows.fetch(
        database, "SELECT board, window_start, -standing AS score FROM leaderboard_entry"
    )
    kept: dict[str, Any] = {}
    for row in found:
        kept.setdefault(row.board, []).append((_day(row.window_start), row.score))
    # The last event is of Monday, 8 June 2026; it is Wednesday now.
    assert sorted(kept["all_time"]) == [("1970-01-01", 75)]
    assert [day for day, _ in sorted(kept["monthly"])] == ["2026-05-01", "2026-06-01"]
    assert [day for day, _ in sorted(kept["weekly"])] == ["2026-06-01", "2026-06-08"]
    assert [day for day, _ in sorted(kept["daily"])] == ["2026-05-01", "2026-06-01", "2026-06-08"]
    counted = await rows.fetch(
        database, "SELECT DISTINCT board, window_start FROM leaderboard_count WHERE entries > 0"
    )
    assert {(row.board, _day(row.window_start)) for row in counted} == {
        (board, day) for board, windows in kept.items() for day, _ in windows
    }


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds):%Y-%m-%d}"


def _boards() -> dict[str, Any]:
    metric = {"type": "tokens_earned", "token": "coins"}
    return {
        "event_types": [{"key": "play"}],
        "tokens": [{"key": "coins", "label": "Coins", "kind": "primary"}],
        "token_rules": [{"key": "play", "event_type": "play", "token": "coins", "amount": 1}],
        "leaderboards": [
            {"key": window, "label": window, "metric": metric, "window": window}
            for window in WINDOWS
        ],
    }
