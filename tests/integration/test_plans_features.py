"""What a plan lacks is locked, and what a customer turned off is off."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from app.configs.presets import preset
from app.customers import service as customers
from app.kit.db import Database
from app.kit.door import InReadTx, TxRoute, access
from app.kit.principal import Credential
from app.main import create_app
from app.settings import Settings
from tests.conftest import MASTER_KEY
from tests.factories import Api, ManualClock

AUDIENCES = [{"key": "players"}, {"key": "coaches"}]
router = APIRouter(prefix="/api/v1/locked", route_class=TxRoute)


@router.get("", openapi_extra=access(Credential.SECRET, feature="paths"))
async def _locked(tx: InReadTx, number: int = 0) -> dict[str, int]:
    return {"number": number}


@pytest.fixture(scope="module")
def routes() -> FastAPI:
    """The application with a route that needs the feature `paths`."""
    made = create_app(Settings(master_key=MASTER_KEY), with_worker=False)
    made.include_router(router)
    return made


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
    answer = await api.call("GET", "/locked")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "plan_feature_locked")
    assert error["details"] == {
        "feature": "paths",
        "required_plan": "pro",
        "current_plan": "growth",
        "upgrade_url": "https://up.example",
    }


async def test_the_lock_comes_before_the_shape_and_after_the_scope(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    wrong = {"number": "none"}
    assert (await api.call("GET", "/locked", params=wrong)).status_code == 403
    made = await api.post("/api-keys", {"label": "b", "kind": "publishable"}, status=201)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    scoped = await api.call("GET", "/locked", headers=headers)
    assert scoped.json()["error"]["code"] == "publishable_key_scope"
    await on_plan(database, customer, "pro")
    clock.advance(seconds=2)
    assert (await api.call("GET", "/locked", params=wrong)).status_code == 422


async def test_another_plan_unlocks_within_two_seconds(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    assert (await api.call("GET", "/locked")).status_code == 403
    await on_plan(database, customer, "pro")
    clock.advance(seconds=2)
    assert (await api.call("GET", "/locked")).status_code == 200


async def test_a_feature_that_the_customer_turned_off_is_disabled(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    await on_plan(database, customer, "pro")
    await turn_off(database, customer, "paths", "evolution")
    answer = await api.call("GET", "/locked")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "capability_disabled")
    assert error["details"] == {"capability": "paths"}
    await turn_off(database, customer)
    clock.advance(seconds=2)
    assert (await api.call("GET", "/locked")).status_code == 200


async def test_several_audiences_are_published_only_on_a_plan_that_has_them(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    document = preset("arena")["document"] | {"audiences": AUDIENCES}
    draft = await api.post("/config-versions", {"document": document}, status=201)
    path = f"/config-versions/{draft['id']}/publish"
    answer = await api.call("POST", path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (403, "plan_feature_locked")
    assert error["details"]["feature"] == "multi_audience"
    assert (await api.get(f"/config-versions/{draft['id']}"))["status"] == "draft"
    await on_plan(database, customer, "pro")
    await api.post(path)


async def test_an_unknown_plan_is_refused(database: Database, customer: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="no plan with the id 'gold'"):
        await on_plan(database, customer, "gold")
