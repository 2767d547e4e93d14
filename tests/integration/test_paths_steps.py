"""Paths: one active an audience, steps that complete themselves or by hand, each once."""

import asyncio
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.items_support import publish
from tests.surface import fault_of

RULES = {
    "event_types": [{"key": "play"}],
    "tokens": [{"key": "coins", "label": "Coins", "kind": "primary"}],
    "badges": [{"key": "walker", "mode": "manual"}],
    "paths": [
        {
            "key": "first",
            "label": "First",
            "is_active": True,
            "steps": [
                {
                    "key": "play",
                    "label": "Play",
                    "complete_when": {"type": "event_count", "event_type": "play", "gte": 1},
                    "tokens": {"coins": 5},
                },
                {
                    "key": "greet",
                    "label": "Greet",
                    "tokens": {"coins": 7},
                    "badge": "walker",
                    "sub_steps": [
                        {"key": "wave", "label": "Wave"},
                        {"key": "bow", "label": "Bow"},
                    ],
                },
                {"key": "rest", "label": "Rest"},
            ],
        },
        {"key": "second", "label": "Second", "steps": [{"key": "only", "label": "Only"}]},
    ],
}


@pytest.fixture
async def buddy(api: Api) -> Any:
    """A buddy with its first step behind it, and somebody who listens."""
    await publish(api, RULES)
    hook = {"url": "http://127.0.0.1:9999/", "events": ["path.step_completed"]}
    await api.post("/webhook-configs", hook, status=201)
    effects = await api.send("e-1", "play")
    done = {"path": "first", "step": "play", "sub_step": None, "completed": False}
    assert effects["path_updates"] == [done]
    assert effects["coins"] == 5
    return await api.buddy_of("ann")


async def _complete(api: Api, buddy: Any, step: str) -> Any:
    return await api.call("POST", f"/buddies/{buddy['id']}/paths/{step}/complete")


async def _states(api: Api, buddy: Any, key: str = "first") -> list[str]:
    paths = (await api.get(f"/buddies/{buddy['id']}/paths"))["data"]
    [path] = [each for each in paths if each["key"] == key]
    return [step["state"] for step in path["steps"]]


async def test_sub_steps_by_hand_complete_their_step_which_pays_once(
    api: Api, buddy: Any, database: Database
) -> None:
    assert await _states(api, buddy) == ["completed", "available", "locked"]
    first = (await _complete(api, buddy, "first/steps/greet/wave")).json()
    assert [each["sub_step"] for each in first["path_updates"]] == ["wave"]
    last = (await _complete(api, buddy, "first/steps/greet/bow")).json()
    assert [each["sub_step"] for each in last["path_updates"]] == ["bow", None]
    assert (last["tokens"], last["badges_awarded"]) == (["coins:7"], ["walker"])
    assert await _states(api, buddy) == ["completed", "completed", "available"]
    end = (await _complete(api, buddy, "first/steps/rest")).json()
    assert end["path_updates"][-1]["completed"] is True
    assert end["path"]["is_completed"] is True
    assert (await api.buddy_of("ann"))["coins"] == 12
    told = await rows.fetch(database, "SELECT type FROM webhook_delivery")
    assert len(told) == 5
    assert await rows.differences(database) == []


async def test_a_step_raced_twenty_times_is_completed_once(
    api: Api, buddy: Any, database: Database
) -> None:
    await _complete(api, buddy, "first/steps/greet/wave")
    answers = await asyncio.gather(
        *(_complete(api, buddy, "first/steps/greet/bow") for _ in range(20))
    )
    assert sorted(each.status_code for each in answers) == [200] + [409] * 19
    assert (await api.buddy_of("ann"))["coins"] == 12
    assert await rows.differences(database) == []


@pytest.mark.parametrize(
    ("step", "status", "why"),
    [
        ("unknown/steps/play", 404, None),
        ("first/steps/unknown", 404, None),
        ("first/steps/greet/unknown", 404, None),
        ("second/steps/only", 409, "inactive"),
        ("first/steps/play", 409, "already_completed"),
        ("first/steps/rest", 409, "locked"),
        ("first/steps/greet", 409, "not_manual"),
    ],
)
async def test_a_step_that_hands_cannot_complete_is_refused(
    api: Api, buddy: Any, step: str, status: int, why: str | None
) -> None:
    answer = await _complete(api, buddy, step)
    assert fault_of(answer, status, "conflict" if why else "resource_not_found") is None
    if why:
        assert answer.json()["error"]["details"]["status"] == why


async def test_activating_another_path_lets_the_first_one_rest(api: Api, buddy: Any) -> None:
    chosen = await api.post("/paths/second/activate")
    assert chosen == {"audience": "default", "path_key": "second"}
    assert fault_of(await _complete(api, buddy, "first/steps/greet/wave"), 409, "conflict") is None
    paths = (await api.get(f"/buddies/{buddy['id']}/paths"))["data"]
    assert {path["key"]: path["is_active"] for path in paths} == {"first": False, "second": True}
    assert (await _complete(api, buddy, "second/steps/only")).status_code == 200
    effects = await api.send("e-new", "play", "bob")
    assert effects["path_updates"] == []
    await api.post("/paths/first/activate")
    assert await _states(api, buddy) == ["completed", "available", "locked"]
    effects = await api.send("e-newer", "play", "bob")
    assert [each["step"] for each in effects["path_updates"]] == ["play"]


async def test_an_unknown_path_is_not_activated(api: Api, buddy: Any) -> None:
    answer = await api.call("POST", "/paths/third/activate")
    assert fault_of(answer, 404, "resource_not_found") is None
