"""Users: what is known about them, and whose midnight ends their day."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.event import listen

from tests.factories import Api, ManualClock
from tests.surface import fault_at, fault_of


async def _change(api: Api, body: Any, user_id: str = "ann") -> Any:
    return await api.call("PATCH", f"/users/{user_id}", json=body)


@pytest.fixture
def clock() -> ManualClock:
    """Monday noon in Europe."""
    return ManualClock(datetime(2026, 3, 2, 11, tzinfo=UTC))


async def test_a_user_of_whom_nothing_is_known_is_not_there(api: Api) -> None:
    answer = await api.call("GET", "/users/nobody")
    assert fault_of(answer, 404, "resource_not_found") is None
    answer = await api.call("GET", "/users/nobody/summary")
    assert fault_of(answer, 404, "resource_not_found") is None


async def test_what_is_left_out_stays_and_null_forgets(api: Api) -> None:
    given = {"time_zone": "Asia/Tokyo", "display_name": "Ann"}
    assert (await _change(api, given)).json() == {"user_id": "ann"} | given
    assert (await _change(api, {"display_name": None})).json()["time_zone"] == "Asia/Tokyo"
    assert await api.get("/users/ann") == {
        "user_id": "ann",
        "time_zone": "Asia/Tokyo",
        "display_name": None,
    }


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "europe/berlin", "+01:00"])
async def test_a_time_zone_has_an_iana_name(api: Api, name: str) -> None:
    assert fault_at(await _change(api, {"time_zone": name}), "/time_zone") is None


async def _plays(api: Api, clock: ManualClock, at: datetime) -> int:
    clock.advance(seconds=(at - clock.now()).total_seconds())
    effects = await api.send(f"e-{at:%d-%H%M}", "match_completed")
    daily = [each["count"] for each in effects["streak_updates"] if each["key"] == "daily-play"]
    return daily[0] if daily else 0


async def test_a_streak_ticks_by_the_days_of_the_users_zone(api: Api, clock: ManualClock) -> None:
    """22:30 and 23:30 UTC are two days in Berlin in winter."""
    await _change(api, {"time_zone": "Europe/Berlin"})
    assert await _plays(api, clock, datetime(2026, 3, 2, 22, 30, tzinfo=UTC)) == 1
    assert await _plays(api, clock, datetime(2026, 3, 2, 23, 30, tzinfo=UTC)) == 2
    assert await _plays(api, clock, datetime(2026, 3, 3, 0, 30, tzinfo=UTC)) == 0


async def test_without_a_zone_the_days_are_those_of_utc(api: Api, clock: ManualClock) -> None:
    assert await _plays(api, clock, datetime(2026, 3, 2, 22, 30, tzinfo=UTC)) == 1
    assert await _plays(api, clock, datetime(2026, 3, 2, 23, 30, tzinfo=UTC)) == 0
    assert await _plays(api, clock, datetime(2026, 3, 3, 0, 30, tzinfo=UTC)) == 2


async def test_a_player_who_moves_finishes_the_day_in_the_old_zone(
    api: Api, clock: ManualClock
) -> None:
    assert await _plays(api, clock, datetime(2026, 3, 2, 14, tzinfo=UTC)) == 1
    await _change(api, {"time_zone": "Asia/Tokyo"})
    assert await _plays(api, clock, datetime(2026, 3, 2, 15, 30, tzinfo=UTC)) == 0
    assert await _plays(api, clock, datetime(2026, 3, 3, 14, 30, tzinfo=UTC)) == 2
    assert await _plays(api, clock, datetime(2026, 3, 3, 15, 30, tzinfo=UTC)) == 3


async def test_moving_twice_in_a_day_is_moving_once(api: Api, clock: ManualClock) -> None:
    assert await _plays(api, clock, datetime(2026, 3, 2, 14, tzinfo=UTC)) == 1
    await _change(api, {"time_zone": "Asia/Tokyo"})
    await _change(api, {"time_zone": "America/Los_Angeles"})
    await _change(api, {"time_zone": "Asia/Tokyo"})
    assert await _plays(api, clock, datetime(2026, 3, 2, 15, 30, tzinfo=UTC)) == 0
    assert await _plays(api, clock, datetime(2026, 3, 3, 14, 30, tzinfo=UTC)) == 2
    assert await _plays(api, clock, datetime(2026, 3, 3, 15, 30, tzinfo=UTC)) == 3


async def test_a_summary_holds_every_buddy_of_the_user(api: Api, clock: ManualClock) -> None:
    await api.send("e-1", "match_won")
    first = await api.buddy_of("ann")
    await api.post(f"/buddies/{first['id']}/archive")
    clock.advance(seconds=1)
    await api.send("e-2", "match_completed")
    await _change(api, {"display_name": "Ann"})
    summary = await api.get("/users/ann/summary")
    assert (summary["user_id"], summary["display_name"]) == ("ann", "Ann")
    newest, archived = summary["buddies"]
    assert (newest["status"], archived["status"]) == ("active", "archived")
    assert archived["buddy_id"] == first["id"]
    assert newest["coins"] == newest["tokens"]["primary"]["balance"]
    assert {each["key"]: each["count"] for each in newest["streaks"]}["daily-play"] == 1


async def test_lists_show_each_streak_by_the_days_of_its_users_zone(
    api: Api, clock: ManualClock
) -> None:
    """Two days after playing the run is over; it is that late in Tokyo first."""
    await _change(api, {"time_zone": "Asia/Tokyo"})
    for user_id in ("ann", "bob", "cid"):
        await api.send(f"e-{user_id}", "match_completed", user_id)
    clock.advance(hours=28, minutes=30)
    asked: list[str] = []
    reader = api.app.state.database._reader.sync_engine
    listen(reader, "before_cursor_execute", lambda *at: asked.append(at[2]))
    shown = (await api.get("/buddies"))["data"]
    assert sum("end_user" in statement for statement in asked) == 1
    daily = {
        each["user_id"]: streak["count"]
        for each in shown
        for streak in each["progression"]["streaks"]
        if streak["key"] == "daily-play"
    }
    assert daily == {"ann": 0, "bob": 1, "cid": 1}
    one = await api.get(f"/buddies/{shown[0]['id']}")
    assert one["progression"] == shown[0]["progression"]
