"""What a plan lacks is locked, and what a customer turned off is off."""

from typing import Any

import pytest

from app.configs.presets import preset
from app.customers import service as customers
from app.kit.db import Database
from app.settings import Settings
from tests import surface
from tests.factories import Api, ManualClock

LOCKED_PATH = "/analytics/retention"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(
        **{**settings.model_dump(), "default_plan": "growth", "upgrade_url": "https://up.example"}
    )


async def on_plan(database: Database, customer: dict[str, Any], plan: str) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        await customers.set_plan(tx, plan)


async def turn_off(database: Database, customer: dict[str, Any], *features: str) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        await customers.set_disabled_capabilities(tx, features)


async def test_a_locked_feature_names_the_plan_that_it_takes(api: Api) -> None:
    answer = await api.call("GET", LOCKED_PATH)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "plan_feature_locked")
    assert error["details"] == {
        "feature": "advanced_analytics",
        "required_plan": "pro",
        "current_plan": "growth",
        "upgrade_url": "https://up.example",
    }


async def test_the_lock_comes_before_the_shape_and_after_the_scope(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    wrong = {"from": "none"}
    assert (await api.call("GET", LOCKED_PATH, params=wrong)).status_code == 403
    made = await api.post("/api-keys", {"label": "b", "kind": "publishable"}, status=201)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    scoped = await api.call("GET", LOCKED_PATH, headers=headers)
    assert scoped.json()["error"]["code"] == "publishable_key_scope"
    await on_plan(database, customer, "pro")
    clock.advance(seconds=2)
    assert (await api.call("GET", LOCKED_PATH, params=wrong)).status_code == 422


async def test_another_plan_unlocks_within_two_seconds(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    assert (await api.call("GET", LOCKED_PATH)).status_code == 403
    await on_plan(database, customer, "pro")
    clock.advance(seconds=2)
    assert (await api.call("GET", LOCKED_PATH)).status_code == 200


async def test_a_feature_that_the_customer_turned_off_is_disabled(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    await on_plan(database, customer, "pro")
    await turn_off(database, customer, "advanced_analytics", "evolution")
    answer = await api.call("GET", LOCKED_PATH)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "capability_disabled")
    assert error["details"] == {"capability": "advanced_analytics"}
    await turn_off(database, customer)
    clock.advance(seconds=2)
    assert (await api.call("GET", LOCKED_PATH)).status_code == 200


@pytest.mark.parametrize(
    ("audiences", "needed"), [(2, "pro"), (3, "pro"), (4, "enterprise"), (7, "enterprise")]
)
async def test_several_audiences_are_published_only_on_a_plan_that_has_so_many(
    api: Api, database: Database, customer: dict[str, Any], audiences: int, needed: str
) -> None:
    listed = [{"key": f"a{number}"} for number in range(audiences)]
    document = {**preset("custom")["document"], "audiences": listed}
    draft = await api.post("/config-versions", {"document": document}, status=201)
    path = f"/config-versions/{draft['id']}/publish"
    for plan in ("free", "growth", "pro", "enterprise"):
        if plan == needed:
            break
        await on_plan(database, customer, plan)
        answer = await api.call("POST", path)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (403, "plan_feature_locked"), plan
        told = (error["details"]["feature"], error["details"]["required_plan"])
        assert told == ("multi_audience", needed)
        assert (await api.get(f"/config-versions/{draft['id']}"))["status"] == "draft"
    await on_plan(database, customer, needed)
    await api.post(path)


LOCKED = {
    "GET /items": "marketplace",
    "GET /buddies/{buddy_id}/items": "marketplace",
    "POST /buddies/{buddy_id}/purchases": "marketplace",
    "POST /buddies/{buddy_id}/equip": "marketplace",
    "POST /buddies/{buddy_id}/evolve": "evolution",
    "GET /buddies/{buddy_id}/paths": "paths",
    "POST /buddies/{buddy_id}/paths/{path_key}/steps/{step_key}/complete": "paths",
    "POST /buddies/{buddy_id}/paths/{path_key}/steps/{step_key}/{sub_step_key}/complete": "paths",
    "POST /paths/{path_key}/activate": "paths",
    "GET /analytics/economy-days": "advanced_analytics",
    "GET /analytics/economy-health": "advanced_analytics",
    "GET /analytics/retention": "advanced_analytics",
    "GET /analytics/roi-metrics": "advanced_analytics",
}


async def test_the_smallest_plan_locks_these_routes_and_no_others(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    ids = await surface.furnish(api, customer["customer_id"])
    await on_plan(database, customer, "free")
    clock.advance(seconds=3)
    send, found = surface.Caller(api, customer, ids), {}
    for call in surface.calls(await api.get("/openapi.json")):
        if "secret" in call.access:
            answer = await send(call, call.body and {"no": "such field"})
            if "plan_feature_locked" in answer.text:
                found[call.id] = answer.json()["error"]["details"]["feature"]
    assert found == LOCKED


async def test_an_unknown_plan_is_refused(database: Database, customer: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="no plan with the id 'gold'"):
        await on_plan(database, customer, "gold")
