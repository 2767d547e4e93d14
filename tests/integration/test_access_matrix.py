"""Every route × every credential, made from the served OpenAPI: a new route is in it by itself.

A caller that is let in is told that the body is wrong (422, nothing happens); one that is not is
told 401 or 403 before anybody looks at the body. So the matrix is exact and changes nothing.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.kit.db import Database
from app.kit.permission import SCOPES
from app.settings import Settings
from tests import rows, surface
from tests.access import Holder, Holders, as_holder
from tests.factories import PREFIX, Api, ManualClock
from tests.surface import Call, Caller, fault_of, faults

PUBLIC = ("claim_code",)
# Presets belong to everybody; users, paths and boards have names that their customer gives them.
SHARED = {
    "/presets/{key}/apply",
    "/users/{user_id}",
    "/users/{user_id}/erase",
    "/users/{user_id}/summary",
    "/paths/{path_key}/activate",
    "/leaderboards/{board_key}",
}
OWN = {"config_version", "end_user", "sweep"}  # what a stranger then makes is its own


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Failures are the point here, so they may be many."""
    return settings.model_copy(update={"failed_authentications_per_minute": 100_000})


@pytest.fixture
async def scopes(api: Api) -> dict[str, dict[str, str]]:
    """The scope that each kind of credential needs, by route."""
    paths = (await api.get("/openapi.json"))["paths"]
    return {
        f"{method.upper()} {path.removeprefix(PREFIX)}": operation[SCOPES]
        for path, operations in paths.items()
        for method, operation in operations.items()
        if SCOPES in operation
    }


@pytest.fixture
async def holders(
    api: Api,
    customer: dict[str, Any],
    furnished: dict[str, str],
    clock: ManualClock,
    scopes: dict[str, dict[str, str]],
) -> Holders:
    served = {needed["secret"] for needed in scopes.values() if "secret" in needed}
    return await Holders.made(api, customer, furnished, clock, served)


@pytest.fixture
async def strangers(
    api: Api, other_customer: dict[str, Any], clock: ManualClock, furnished: dict[str, str]
) -> AsyncIterator[Holders]:
    """The credentials of another customer, who has one of everything too."""
    with as_holder(api, other_customer["secret_key"]):
        own = await surface.furnish(api, other_customer["customer_id"])
        assert own["buddy_id"] != furnished["buddy_id"]
        yield await Holders.made(api, other_customer, own, clock, {"read:buddies"})


def _expected(call: Call, needed: dict[str, str], holder: Holder) -> tuple[int, str | None]:
    """The status and the code with which a holder is answered who sends nonsense."""
    if call.access == PUBLIC:
        return 422, "validation_failed"
    if holder.kind is None:
        return 401, "unauthorized"
    if holder.kind not in call.access or not holder.has(needed.get(holder.kind)):
        is_publishable = holder.kind == "publishable"
        return 403, "publishable_key_scope" if is_publishable else "forbidden"
    return 422, "validation_failed"


async def test_every_route_takes_exactly_the_credentials_that_it_states(
    calls: list[Call],
    send: Caller,
    scopes: dict[str, dict[str, str]],
    holders: Holders,
    database: Database,
) -> None:
    before = await rows.counts(database)
    wrong = {}
    seen = set()
    for call in calls:
        for holder in holders.all:
            status, code = _expected(call, scopes[call.id], holder)
            seen.add((holder.name, status))
            answer = await send(call, {"unexpected": 1}, headers=holder.headers)
            fault = fault_of(answer, status, code)
            if fault is None and status == 403:
                stated = answer.json()["error"]["details"]["required_scope"]
                own = scopes[call.id].get(holder.kind or "")
                fault = None if own is None or stated == own else f"asks for {stated}"
            wrong[f"{call.id} by {holder.name}"] = fault
    assert faults(wrong) == {}
    assert await rows.counts(database) == before
    names = {holder.name for holder in holders.all}
    assert len(names) == len(holders.all)
    worthless = {holder.name for holder in holders.all if holder.kind is None}
    assert {name for name, status in seen if status == 401} == worthless
    assert {name for name, status in seen if status == 403} == names - worthless


async def test_whoever_may_read_reads(
    calls: list[Call], send: Caller, scopes: dict[str, dict[str, str]], holders: Holders
) -> None:
    wrong = {}
    for call in calls:
        for holder in holders.all:
            if call.method != "get":
                continue
            if _expected(call, scopes[call.id], holder)[0] == 422:
                answer = await send(call, headers=holder.headers)
                wrong[f"{call.id} by {holder.name}"] = None if answer.is_success else answer.text
    assert len(wrong) > 60
    assert faults(wrong) == {}


async def test_what_is_another_customers_is_not_there(
    calls: list[Call],
    send: Caller,
    scopes: dict[str, dict[str, str]],
    strangers: Holders,
    furnished: dict[str, str],
    database: Database,
) -> None:
    """With a good body on every route; what a stranger gets names nothing of ours."""
    ours = {id_ for name, id_ in furnished.items() if name.endswith("_id") and len(id_) == 36}
    before = await rows.counts(database)
    wrong = {}
    for call in calls:
        for holder in strangers.all:
            if call.access == PUBLIC or _expected(call, scopes[call.id], holder)[0] != 422:
                continue
            if not call.params and call.method != "get":
                continue
            renamed = {"gate_key": "g-ours", "event_id": "e-ours", "match_id": "m-ours"}
            renamed["user_id"] = "u-ours"
            answer = await send(call, call.body, ids=renamed, headers=holder.headers)
            if call.params and call.path not in SHARED and call.access != ("match_token",):
                wrong[f"{call.id} by {holder.name}"] = fault_of(answer, 404, "resource_not_found")
            if any(id_ in answer.text for id_ in ours if not call.params):
                wrong[f"{call.id} by {holder.name}"] = "names what is ours"
    assert len(wrong) > 40
    assert faults(wrong) == {}
    unchanged = before.keys() - OWN
    after = await rows.counts(database)
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


async def test_a_token_is_for_its_own_buddy_alone(
    calls: list[Call], send: Caller, api: Api, holders: Holders
) -> None:
    """Another buddy of the customer: 403. Where no buddy is named nothing is refused for it."""
    await api.send("e-other", "match_won", "zoe")
    other = (await api.buddy_of("zoe"))["id"]
    bound = [holder for holder in holders.all if holder.kind in ("widget_session", "embed_token")]
    wrong = {}
    for call in calls:
        for holder in bound:
            if "buddy_id" in call.params:
                answer = await send(call, ids={"buddy_id": other}, headers=holder.headers)
                wrong[f"{call.id} by {holder.name}"] = fault_of(answer, 403, "forbidden")
    assert len(wrong) > 20
    assert faults(wrong) == {}


async def test_a_claim_needs_no_credential_but_its_code(
    calls: list[Call], send: Caller, holders: Holders
) -> None:
    [claim] = [call for call in calls if call.access == PUBLIC]
    for holder in holders.all:
        answer = await send(claim, claim.good, headers=holder.headers)
        assert fault_of(answer, 403, "forbidden") is None
