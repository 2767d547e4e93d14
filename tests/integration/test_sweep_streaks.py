"""What the end of a day takes: runs burn, freezes are spent, skills wear off, each exactly once."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.buddies.sweeping import SweepLoop
from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock
from tests.items_support import publish

RULES = {
    "event_types": [{"key": "play"}],
    "skills": [{"key": "aim", "max": 100, "points_per_level": 10}],
    "skill_decay": [{"skill_key": "aim", "cadence": "daily", "amount": 5, "floor": 38}],
    "streaks": [
        {"key": "bare", "kind": "daily", "event_types": ["play"]},
        {
            "key": "iced",
            "kind": "daily",
            "event_types": ["play"],
            "freezes": {"initial": 1, "max": 2},
        },
        {"key": "weeks", "kind": "weekly", "event_types": ["play"]},
    ],
}


@pytest.fixture
def clock() -> ManualClock:
    """A Monday at noon, in the week in which Berlin's clocks go forward."""
    return ManualClock(datetime(2026, 3, 23, 12, tzinfo=UTC))


@pytest.fixture
async def loop(api: Api) -> SweepLoop:
    """The worker's sweeps, with somebody who listens to what they tell."""
    await publish(api, RULES)
    hook: dict[str, Any] = {"url": "http://127.0.0.1:9999/"}
    hook["events"] = ["streak.burned", "streak.restored", "skill.decayed"]
    await api.post("/webhook-configs", hook, status=201)
    found: SweepLoop = api.app.state.worker.sweeps
    return found


def _at(clock: ManualClock, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Move the clock to this instant of March 2026, UTC."""
    there = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
    clock.advance(seconds=(there - clock.now()).total_seconds())
    return there


async def _told(database: Database) -> list[tuple[str, str, int]]:
    """What was told, in order: its name, of which streak or skill, and the number."""
    found = await rows.fetch(database, "SELECT body FROM webhook_delivery ORDER BY delivery_id")
    told = []
    for row in found:
        body = orjson.loads(row.body)
        fact = body["data"]
        key = fact.get("streak_key") or fact["skill_key"]
        told.append((body["type"], key, fact.get("count", fact.get("new_value"))))
    return told


async def _streaks(api: Api, user_id: str = "ann") -> dict[str, tuple[int, int | None]]:
    buddy = await api.buddy_of(user_id)
    standing = await api.get(f"/buddies/{buddy['id']}/progression")
    return {each["key"]: (each["count"], each["freezes_left"]) for each in standing["streaks"]}


async def test_a_missed_day_burns_a_run_or_takes_a_freeze(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database
) -> None:
    await api.send("e-1", "play")
    _at(clock, 24, 0, 1)
    await loop.run_due()
    assert await _told(database) == []
    _at(clock, 25, 0, 1)
    await loop.run_due()
    assert await _told(database) == [("streak.burned", "bare", 1)]
    assert await _streaks(api) == {"bare": (0, None), "iced": (1, 0), "weeks": (1, None)}
    _at(clock, 26, 0, 1)
    await loop.run_due()
    assert (await _told(database))[1:] == [("streak.burned", "iced", 1)]
    await loop.run_due()
    _at(clock, 27, 0, 1)
    await loop.run_due()
    assert len(await _told(database)) == 2


async def test_a_weekly_run_burns_after_a_week_in_which_nothing_came(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database
) -> None:
    await api.send("e-1", "play")
    for day in range(24, 32):
        _at(clock, day, 0, 1)
        await loop.run_due()
    assert ("streak.burned", "weeks", 1) not in await _told(database)
    clock.advance(days=6)
    await loop.run_due()
    assert ("streak.burned", "weeks", 1) in await _told(database)


async def test_a_late_event_restores_the_run_and_gives_the_freeze_back(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database
) -> None:
    await api.send("e-1", "play")
    _at(clock, 25, 12)
    await loop.run_due()
    assert (await _streaks(api))["iced"] == (1, 0)
    await api.send("e-2", "play", occurred_at="2026-03-24T12:00:00Z")
    told = await _told(database)
    assert ("streak.restored", "bare", 2) in told
    assert ("streak.restored", "iced", 2) in told
    assert await _streaks(api) == {"bare": (2, None), "iced": (2, 1), "weeks": (1, None)}


async def test_a_worker_that_slept_for_days_comes_to_the_same(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database
) -> None:
    await api.send("e-1", "play")
    _at(clock, 29, 12)
    await loop.run_due()
    burned = [("streak.burned", "bare", 1), ("streak.burned", "iced", 1)]
    assert sorted(await _told(database)) == burned


async def test_each_zone_has_its_own_midnight_when_clocks_change_too(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database
) -> None:
    """In Berlin the 29th has 23 hours; its end is at 22:00 UTC, that of the 28th at 23:00."""
    zone = {"time_zone": "Europe/Berlin"}
    await api.call("PATCH", "/users/bea", json=zone)
    _at(clock, 28, 12)
    await loop.run_due()
    await api.send("e-1", "play", "bea")
    await api.send("e-2", "play", "uta")
    _at(clock, 29, 21, 59)
    await loop.run_due()
    assert await _told(database) == []
    _at(clock, 29, 22, 1)
    await loop.run_due()
    assert await _told(database) == [("streak.burned", "bare", 1)]
    assert (await _streaks(api, "bea"))["bare"] == (0, None)
    assert (await _streaks(api, "uta"))["bare"] == (1, None)
    _at(clock, 30, 0, 1)
    await loop.run_due()
    assert (await _streaks(api, "uta"))["bare"] == (0, None)
    assert len(await _told(database)) == 2


async def _crowd(api: Api, clock: ManualClock, *, size: int) -> None:
    await api.post(
        "/events/batch",
        {
            "events": [
                {"event_id": f"c-{n}", "user_id": f"u-{n}", "type": "play"} for n in range(size)
            ]
        },
    )
    _at(clock, 25, 0, 1)


async def test_a_sweep_that_dies_half_way_goes_on_where_it_was(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database, customer: dict[str, Any]
) -> None:
    await _crowd(api, clock, size=7)
    dying = SweepLoop(database, lease_seconds=20, batch=3)
    claimed = [await dying._claim(customer["customer_id"]) for _ in range(2)]
    [streaks] = [each for each in claimed if each is not None and each.kind == "streaks"]
    assert await dying.turn(customer["customer_id"], streaks) is False
    assert len(await _told(database)) == 3
    clock.advance(seconds=21)
    await SweepLoop(database, lease_seconds=20, batch=3).run_due()
    assert await _told(database) == [("streak.burned", "bare", 1)] * 7


async def test_a_turn_that_two_workers_take_is_taken_once(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database, customer: dict[str, Any]
) -> None:
    await _crowd(api, clock, size=4)
    slow = SweepLoop(database, lease_seconds=20, batch=3)
    claimed = [await slow._claim(customer["customer_id"]) for _ in range(2)]
    clock.advance(seconds=21)
    await loop.run_due()
    for each in claimed:
        assert each is not None
        await slow.turn(customer["customer_id"], each)
    await loop.run_due()
    assert await _told(database) == [("streak.burned", "bare", 1)] * 4


async def test_skills_wear_off_a_day_at_a_time_down_to_their_floor(
    api: Api, loop: SweepLoop, clock: ManualClock, database: Database
) -> None:
    await api.send("e-1", "play")
    buddy = await api.buddy_of("ann")
    raised = {"updates": [{"key": "aim", "action": "set", "value": 50}]}
    await api.call("PATCH", f"/buddies/{buddy['id']}/skills", json=raised)
    for day, value in ((24, 45), (25, 40), (26, 38), (27, 38)):
        _at(clock, day, 0, 1)
        await loop.run_due()
        await loop.run_due()
        assert (await api.buddy_of("ann"))["skills"]["aim"] == value
    decayed = [each for each in await _told(database) if each[0] == "skill.decayed"]
    assert decayed == [("skill.decayed", "aim", value) for value in (45, 40, 38)]
