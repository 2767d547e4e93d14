"""Every error class of the SDK, had from a server by what its operator and its caller can do.

`ENVIRONMENT` is what an operator writes to have those that come from plans and from art; the
others need no setting. Each story ends with the refused answer.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.customers import service as customers
from app.kit.db import Database
from app.sdk import errors as sdk
from app.settings import Settings
from tests.conftest import MASTER_KEY
from tests.factories import Api, ManualClock
from tests.good_bodies import UNKNOWN_UUID
from tests.items_support import SHOP, buy, player, publish

ENVIRONMENT = {
    "CLUTCH_ART_URL": "http://127.0.0.1:{nobody}/draw",
    "CLUTCH_PLANS": json.dumps(
        {
            "small": {"events_per_month": 1, "credits_welcome": 1, "features": ["evolution"]},
            "slow": {"requests_per_minute": 1},
        }
    ),
    "CLUTCH_UPGRADE_URL": "https://up.example",
    "CLUTCH_TOP_UP_URL": "https://top.example",
}


class World:
    """A server with those settings, and a customer whose players have a shop."""

    def __init__(self, api: Api, database: Database, clock: ManualClock, customer: Any) -> None:
        self.api = api
        self._database = database
        self._clock = clock
        self._customer_id = customer["customer_id"]

    async def plan(self, name: str) -> None:
        """As `clutch customers plan`."""
        async with self._database.begin(self._customer_id) as tx:
            await customers.set_plan(tx, name)
        self._clock.advance(seconds=3)

    async def player(self, *item_ids: str) -> str:
        """A buddy's path, with these items."""
        await publish(self.api, SHOP)
        buddy_id = await player(self.api, coins=50)
        await buy(self.api, buddy_id, *item_ids)
        return f"/buddies/{buddy_id}"

    async def ready_egg(self, user_id: str) -> str:
        """The path of an egg that is ready to hatch."""
        egg = await self.api.post("/eggs", {"user_id": user_id}, status=201)
        path = f"/eggs/{egg['egg_id']}"
        await self.api.call("PATCH", f"{path}/status", json={"status": "ready"})
        return path


Story = Callable[[World], Awaitable[httpx.Response]]


async def unauthorized(world: World) -> httpx.Response:
    nobody = {"Authorization": "Bearer hatch_live_nobody"}
    return await world.api.call("GET", "/buddies", headers=nobody)


async def _with_key(world: World, method: str, path: str, **key: Any) -> httpx.Response:
    made = await world.api.post("/api-keys", {"label": "narrow", **key}, status=201)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    return await world.api.call(method, path, headers=headers)


async def forbidden(world: World) -> httpx.Response:
    return await _with_key(world, "GET", "/gates", scopes=["read:eggs"])


async def publishable_key_scope(world: World) -> httpx.Response:
    return await _with_key(world, "POST", "/eggs", kind="publishable")


async def plan_feature_locked(world: World) -> httpx.Response:
    await world.plan("small")
    return await world.api.call("GET", "/items")


async def resource_not_found(world: World) -> httpx.Response:
    return await world.api.call("GET", f"/buddies/{UNKNOWN_UUID}")


async def validation_failed(world: World) -> httpx.Response:
    return await world.api.call("POST", "/eggs", json={"user": "ann"})


async def progression_not_spendable(world: World) -> httpx.Response:
    path = await world.player()
    body = {"amount": 1, "reason": "no", "token": "xp"}
    return await world.api.call("POST", f"{path}/coins/spend", json=body)


async def rate_limited(world: World) -> httpx.Response:
    await world.plan("slow")
    await world.api.call("GET", "/gates")
    return await world.api.call("GET", "/gates")


async def insufficient_balance(world: World) -> httpx.Response:
    path = await world.player()
    body = {"amount": 51, "reason": "too much"}
    return await world.api.call("POST", f"{path}/coins/spend", json=body)


async def too_many_items(world: World) -> httpx.Response:
    items = ["cap", "boots", "scarf", "stars", "chick"]
    path = await world.player(*items)
    return await world.api.call("POST", f"{path}/equip", json={"equip": items})


async def category_conflict(world: World) -> httpx.Response:
    path = await world.player("crown", "cap")
    return await world.api.call("POST", f"{path}/equip", json={"equip": ["crown", "cap"]})


async def conflict(world: World) -> httpx.Response:
    egg = await world.api.post("/eggs", {"user_id": "ann"}, status=201)
    return await world.api.call("POST", f"/eggs/{egg['egg_id']}/hatch")


async def config_version_mismatch(world: World) -> httpx.Response:
    path = await world.player()
    headers = {"X-Expected-Config-Version": UNKNOWN_UUID}
    return await world.api.call("PATCH", path, json={"name": "Rex"}, headers=headers)


async def credit_insufficient(world: World) -> httpx.Response:
    await world.plan("small")
    await world.api.post(f"{await world.ready_egg('ann')}/hatch", status=202)
    return await world.api.call("POST", f"{await world.ready_egg('bob')}/hatch")


async def event_quota_exceeded(world: World) -> httpx.Response:
    await world.plan("small")
    await world.api.send("e-1", "match_completed")
    event = {"event_id": "e-2", "user_id": "ann", "type": "match_completed"}
    return await world.api.call("POST", "/events", json=event)


async def upstream_image_error(world: World) -> httpx.Response:
    artist = world.api.app.state.atelier.artist
    artist.attempts, path = 5, await world.ready_egg("ann")
    artist.sleep = lambda _: asyncio.sleep(0)
    await world.api.post(f"{path}/hatch", status=202)
    await world.api.work()
    return await world.api.call("POST", f"{await world.ready_egg('bob')}/hatch")


CASES: list[tuple[type[sdk.HatchedError], int, Story, set[str]]] = [
    (sdk.UnauthorizedError, 401, unauthorized, set()),
    (sdk.ForbiddenError, 403, forbidden, {"required_scope"}),
    (sdk.PublishableKeyScopeError, 403, publishable_key_scope, {"required_scope"}),
    (
        sdk.PlanFeatureLockedError,
        403,
        plan_feature_locked,
        set(sdk.PlanFeatureLockedDetails.__annotations__),
    ),
    (sdk.NotFoundError, 404, resource_not_found, {"resource", "id"}),
    (sdk.ValidationError, 422, validation_failed, {"fields"}),
    (sdk.ValidationError, 422, progression_not_spendable, {"token"}),
    (sdk.RateLimitError, 429, rate_limited, set()),
    (
        sdk.InsufficientBalanceError,
        400,
        insufficient_balance,
        {"token", "required", "available"},
    ),
    (sdk.TooManyItemsError, 400, too_many_items, {"max", "attempted"}),
    (sdk.CategoryConflictError, 400, category_conflict, {"category", "conflicting_item_ids"}),
    (sdk.ConflictError, 409, conflict, {"status", "allowed"}),
    (sdk.ConfigVersionMismatchError, 409, config_version_mismatch, {"expected", "actual"}),
    (
        sdk.CreditInsufficientError,
        402,
        credit_insufficient,
        set(sdk.CreditInsufficientDetails.__annotations__),
    ),
    (
        sdk.EventQuotaExceededError,
        402,
        event_quota_exceeded,
        set(sdk.EventQuotaExceededDetails.__annotations__),
    ),
    (sdk.UpstreamImageError, 502, upstream_image_error, set()),
]


@pytest.fixture
def settings(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Those of the environment, as a server reads them; nobody answers at the art provider's."""
    mine = {"data_dir": tmp_path, "database_url": database_url, "master_key": MASTER_KEY}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        for name, value in ENVIRONMENT.items():
            port = str(silent.getsockname()[1])
            monkeypatch.setenv(name, value.replace("{nobody}", port))
        yield Settings(**mine, egress_allow="127.0.0.0/8")


@pytest.mark.parametrize(
    ("kind", "status", "story", "details"), CASES, ids=[story.__name__ for _, _, story, _ in CASES]
)
async def test_each_error_class_can_be_had(
    api: Api,
    database: Database,
    customer: dict[str, Any],
    clock: ManualClock,
    kind: type[sdk.HatchedError],
    status: int,
    story: Story,
    details: set[str],
) -> None:
    answer = await story(World(api, database, clock, customer))
    error = sdk.error_of(answer)
    assert type(error) is kind, answer.text
    assert (error.status, error.code) == (status, story.__name__)
    assert error.request_id == answer.headers["X-Request-Id"]
    assert set(error.details) == details
    assert set(answer.json()) == {"error"}


def test_every_error_class_that_a_server_can_cause_has_its_story() -> None:
    told = {kind for kind, _, _, _ in CASES}
    assert told == set(sdk.BY_CODE.values()) | set(sdk.BY_STATUS.values())
