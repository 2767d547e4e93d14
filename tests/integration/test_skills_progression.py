"""Skills changed by hand, and everything that a buddy has come to."""

from typing import Any

import pytest

from tests.factories import Api
from tests.good_bodies import UNKNOWN_UUID
from tests.surface import fault_at, fault_of


@pytest.fixture
async def buddy(api: Api) -> Any:
    """A buddy that has played once."""
    await api.send("e-1", "match_completed")
    return await api.buddy_of("ann")


async def _update(api: Api, buddy: Any, *updates: Any) -> Any:
    path = f"/buddies/{buddy['id']}/skills"
    return await api.call("PATCH", path, json={"updates": list(updates)})


def _key(buddy: Any) -> str:
    return str(next(iter(buddy["skills"])))


async def test_skills_are_raised_lowered_and_set_in_order(api: Api, buddy: Any) -> None:
    key = _key(buddy)
    answer = await _update(
        api,
        buddy,
        {"key": key, "action": "set", "value": 50},
        {"key": key, "action": "increase", "amount": 20},
        {"key": key, "action": "decrease", "amount": 5},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["skills"][key] == 65
    assert (await api.get(f"/buddies/{buddy['id']}"))["skills"][key] == 65
    progression = await api.get(f"/buddies/{buddy['id']}/progression")
    [skill] = [each for each in progression["skills"] if each["key"] == key]
    assert skill["value"] == 65
    assert skill["level"] >= 1


async def test_one_fault_stops_all_changes_and_every_fault_is_told(api: Api, buddy: Any) -> None:
    key = _key(buddy)
    answer = await _update(
        api,
        buddy,
        {"key": key, "action": "set", "value": 50},
        {"key": "unknown", "action": "set", "value": 1},
        {"key": key, "action": "increase"},
    )
    assert fault_at(answer, "/updates/1/key") is None
    assert fault_at(answer, "/updates/2/amount") is None
    assert (await api.get(f"/buddies/{buddy['id']}"))["skills"] == buddy["skills"]


@pytest.mark.parametrize(
    ("updates", "path"),
    [
        ([], "/updates"),
        ([{"key": "x", "action": "double"}], "/updates/0/action"),
        ([{"key": "x", "action": "increase", "amount": 0}], "/updates/0/amount"),
        ([{"key": "x", "action": "set", "value": -1}], "/updates/0/value"),
        ([{"key": "x", "action": "set", "value": 1, "more": 1}], "/updates/0/more"),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(
    api: Api, buddy: Any, updates: Any, path: str
) -> None:
    assert fault_at(await _update(api, buddy, *updates), path) is None


async def test_an_archived_buddy_keeps_its_skills(api: Api, buddy: Any) -> None:
    await api.post(f"/buddies/{buddy['id']}/archive")
    answer = await _update(api, buddy, {"key": _key(buddy), "action": "set", "value": 1})
    assert fault_of(answer, 409, "conflict") is None
    answer = await _update(api, {"id": UNKNOWN_UUID}, {"key": "x", "action": "set", "value": 1})
    assert fault_of(answer, 404, "resource_not_found") is None


async def test_locked_badges_say_how_far_they_are_and_what_is_missing(api: Api, buddy: Any) -> None:
    badges = await api.get(f"/buddies/{buddy['id']}/badges")
    locked = [badge for badge in badges["locked"] if badge["mode"] == "auto"]
    assert locked
    assert all(0 <= badge["progress"] < 1 and badge["missing"] for badge in locked)
    assert any(badge["progress"] > 0 for badge in locked)
    progression = await api.get(f"/buddies/{buddy['id']}/progression")
    assert progression["badges"] == badges


async def test_what_is_left_of_caps_shrinks_with_what_was_given(api: Api, buddy: Any) -> None:
    before = await api.get(f"/buddies/{buddy['id']}/progression")
    await api.send("e-2", "match_drawn")
    after = await api.get(f"/buddies/{buddy['id']}/progression")
    left = [{cap["rule"]: cap["daily"] for cap in each["caps"]} for each in (before, after)]
    assert left[0]["rule:draw-coins"] - left[1]["rule:draw-coins"] == 12
    assert after["counters"] == {"match_completed": 1, "match_drawn": 1}
    assert {each["key"]: each["count"] for each in after["streaks"]}["daily-play"] == 1
