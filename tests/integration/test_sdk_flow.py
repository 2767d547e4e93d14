"""Every method of the SDK against the real application, blocking and awaited, in one story."""

import asyncio
import inspect
import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.kit.db import Database
from app.sdk import (
    AsyncHatchedClient,
    ConflictError,
    HatchedClient,
    InsufficientBalanceError,
    NotFoundError,
    TooManyItemsError,
    ValidationError,
)
from app.sdk.calls import Resource, Sync
from app.webhooks.catalogue import EventName
from tests import sdk_support
from tests.factories import Api
from tests.items_support import SHOP, paint, publish
from tests.sdk_support import Bridged

HERE = "http://test/api/v1"


class Noting:
    """Calls a client of either kind, awaited, and notes which methods were called."""

    def __init__(self, inner: Any, called: set[str], prefix: str = "") -> None:
        self._inner = inner
        self._prefix = prefix
        self.called = called

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if isinstance(found, Resource):
            return Noting(found, self.called, f"{name}.")

        async def method(*args: Any, **kwargs: Any) -> Any:
            self.called.add(self._prefix + name)
            if isinstance(self._inner._mode, Sync):
                return await asyncio.to_thread(found, *args, **kwargs)
            made = found(*args, **kwargs)
            return await made if inspect.isawaitable(made) else made

        return method


@pytest.fixture(params=["blocking", "awaited"])
async def client(
    request: pytest.FixtureRequest, api: Api, customer: dict[str, Any]
) -> AsyncIterator[Noting]:
    """A client of the shop's customer."""
    await publish(api, SHOP)
    key = customer["secret_key"]
    if request.param == "blocking":
        with HatchedClient(api_key=key, base_url=HERE, transport=Bridged(api.app)) as blocking:
            yield Noting(blocking, set())
        return
    transport = httpx.ASGITransport(api.app, raise_app_exceptions=False)
    async with AsyncHatchedClient(api_key=key, base_url=HERE, transport=transport) as awaited:
        yield Noting(awaited, set())


async def test_every_method_does_what_it_says(client: Noting, api: Api, database: Database) -> None:
    assert (await client.health()).status == "ok"
    await deliveries_wait(client)
    buddy_id = await hatched(client, database)
    await is_told(client, buddy_id)
    await has_tokens(client, api, buddy_id)
    await plays(client, buddy_id)
    await dresses_and_evolves(client, database, buddy_id)
    await is_shown(client, buddy_id)
    await deliveries_end(client)
    await is_administered(client, buddy_id)
    await client.buddies.archive(buddy_id)
    assert (await client.get_last_request_id()) is not None
    limits = await client.get_rate_limit_info()
    assert limits is None or limits.remaining <= limits.limit
    assert client.called - {"get_last_request_id", "get_rate_limit_info"} == {
        name for name, _ in sdk_support.methods()
    }


async def deliveries_wait(client: Noting) -> None:
    made = await client.webhooks.create(url="http://127.0.0.1:9999/", events=["*"], description="d")
    assert made.secret.startswith("whsec_")
    assert [each.id for each in await client.webhooks.list()] == [made.id]


async def hatched(client: Noting, database: Database) -> str:
    spare = await client.eggs.create(user_id="ann", metadata={"from": "test"})
    assert (await client.eggs.create(user_id="ann", ensure=True)).egg_id == spare.egg_id
    changed = await client.eggs.update_status(spare.egg_id, "cancelled")
    assert (changed.previous_status, changed.status) == ("waiting", "cancelled")
    egg = await client.eggs.create(user_id="ann")
    with pytest.raises(ConflictError) as refused:
        await client.eggs.hatch(egg.egg_id)
    assert refused.value.request_id == await client.get_last_request_id()
    await client.eggs.update_status(egg.egg_id, "ready")
    operation = await client.eggs.hatch(egg.egg_id)
    await paint(database)
    done = await client.operations.wait(operation)
    assert (done.type, done.status, done.error) == ("hatch", "completed", None)
    assert (await client.operations.get(done.id)).result == done.result
    egg = await client.eggs.get(egg.egg_id)
    assert done.result == {"buddy_id": egg.buddy_id}
    assert [each.egg_id for each in await client.eggs.list(status="hatched")] == [egg.egg_id]
    return str(egg.buddy_id)


async def is_told(client: Noting, buddy_id: str) -> None:
    assert (await client.buddies.update_name(buddy_id, "Rex")).name == "Rex"
    found = await client.buddies.list(user_id="ann", status="active", sort="name", limit=5)
    assert (found.meta.total, found.data[0]) == (1, await client.buddies.get(buddy_id))
    summary = await client.buddies.get_user_summary("ann")
    assert [each.buddy_id for each in summary.buddies] == [buddy_id]
    with pytest.raises(NotFoundError):
        await client.eggs.get(buddy_id)


async def has_tokens(client: Noting, api: Api, buddy_id: str) -> None:
    for _ in range(2):
        entry = await client.buddies.earn(
            buddy_id, amount=50, reason="gift", idempotency_key="gift-1"
        )
    await client.buddies.earn_coins(buddy_id, amount=100, reason="gift", token="xp")
    spent = await client.buddies.spend(buddy_id, amount=5, reason="fee", reference_id="f-1")
    assert (entry.direction, spent.direction, spent.balance) == ("earn", "spend", 45)
    tokens = await client.buddies.tokens(buddy_id)
    assert tokens.primary.balance == 45
    assert tokens.progression.lifetime_earned == 100
    newest = (await client.buddies.ledger(buddy_id, limit=1)).data[0]
    assert newest == spent
    fine = await client.buddies.spend(buddy_id, amount=1, reason="fine")
    back = await client.buddies.reverse(buddy_id, fine.ledger_id, reason="unfair")
    assert (back.direction, back.balance, back.reference_id) == ("unspend", 45, fine.ledger_id)
    with pytest.raises(InsufficientBalanceError) as poor:
        await client.buddies.spend(buddy_id, amount=46, reason="fee")
    assert poor.value.details == {"token": "coins", "required": 46, "available": 45}
    gate = {"gate_key": "vault", "token_key": "coins", "cost": 5}
    await api.post("/gates", gate, status=201)
    assert "vault" in [each.gate_key for each in (await client.gates.list()).gates]
    opened = await client.gates.unlock(buddy_id, "vault")
    assert (opened.already_unlocked, opened.balance_after) == (False, 40)
    assert (await client.gates.unlocks(buddy_id)).unlocks[0].unlocked_at == opened.unlocked_at


async def plays(client: Noting, buddy_id: str) -> None:
    event = {"event_id": "e-1", "user_id": "ann", "type": "played"}
    effects = await client.events.send(**event)
    assert await client.events.send(**event) == effects
    batch = await client.events.send_batch([event, {**event, "event_id": "match:1"}])
    assert batch.results[0] == effects
    assert batch.results[1].error.code == "validation_failed"
    log = await client.events.list(user_id="ann", order="desc")
    assert [each.event_id for each in log.data] == ["e-1"]
    standing = await client.buddies.get_progression(buddy_id)
    assert standing.counters["played"] == 1
    with pytest.raises(ValidationError) as refused:
        await client.buddies.update_skills(buddy_id, [{"key": "no", "action": "set", "value": 1}])
    assert refused.value.fields


async def dresses_and_evolves(client: Noting, database: Database, buddy_id: str) -> None:
    for item_id in ("cap", "boots", "scarf", "stars", "chick"):
        bought = await client.buddies.purchase_item(buddy_id, item_id)
        assert bought.item_id == item_id
    with pytest.raises(TooManyItemsError) as refused:
        await client.buddies.equip(buddy_id, equip=["cap", "boots", "scarf", "stars", "chick"])
    assert (refused.value.details["max"], refused.value.details["attempted"]) == (4, 5)
    dressed = await client.buddies.equip(buddy_id, equip=["cap"])
    await paint(database)
    assert (await client.operations.wait(dressed)).status == "completed"
    owned = await client.buddies.get_purchased_items(buddy_id)
    assert {each.item_id for each in owned.data if each.equipped} == {"cap"}
    badges = await client.buddies.get_badges(buddy_id)
    assert [each.badge_key for each in badges.earned] == ["collector"]
    award = await client.buddies.award_badge(buddy_id, "collector", "again")
    assert award == badges.earned[0]
    assert (await client.buddies.get_evolution(buddy_id)).is_ready
    evolving = await client.buddies.evolve(buddy_id)
    await paint(database)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        done = await client.operations.wait_for_completion(evolving.operation_id)
    assert done.status == "completed"
    [past] = (await client.buddies.evolutions(buddy_id, page=1, limit=10)).data
    assert (past.from_stage, past.to_stage) == (1, 2)


async def is_shown(client: Noting, buddy_id: str) -> None:
    bound = {"buddy_id": buddy_id, "user_id": "ann", "ttl_seconds": 60}
    session = await client.widget_sessions.create(scopes=["read"], **bound)
    assert session.scopes == ["read"]
    assert await client.widget_sessions.revoke(session.session_id) is None
    assert (await client.embed_tokens.create(**bound)).mode == "read-only"


async def is_administered(client: Noting, buddy_id: str) -> None:
    assert (await client.users.update("ann", display_name="Ann")).display_name == "Ann"
    assert (await client.users.update("ann", time_zone=None)).display_name == "Ann"
    assert (await client.users.get("ann")).time_zone is None
    assert [user.user_id for user in (await client.users.find(query="AN")).data] == ["ann"]
    await client.events.send(event_id="e-9", user_id="bob", type="played")
    assert (await client.users.erase("bob")).buddies == 1
    assert (await client.matches.list(status="applied")).data == []
    with pytest.raises(NotFoundError):
        await client.matches.get("m-1")
    with pytest.raises(NotFoundError):
        await client.matches.void("m-1", reason="broken")


async def deliveries_end(client: Noting) -> None:
    [endpoint] = await client.webhooks.list()
    page = await client.webhooks.deliveries(endpoint_id=endpoint.id, status="pending", limit=2)
    assert page.next_cursor is not None
    assert page.data[0].event in set(EventName)
    assert (await client.webhooks.replay(page.data[0].id)).id == page.data[0].id
    await client.webhooks.delete(endpoint.id)
    assert await client.webhooks.list() == []
