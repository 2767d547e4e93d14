"""Users are found by what is known of them, and erased so that nothing names them any more."""

from typing import Any

from app.kit.db import Database
from app.tables import METADATA
from tests import rows
from tests.access import as_holder
from tests.factories import Api

ANN = "ann.the.person@example"


async def texts(database: Database, customer_id: str) -> dict[str, str]:
    """All that every table says of a customer, by table."""
    async with database.read(customer_id) as tx:
        return {
            table.name: "\n".join(str(tuple(row)) for row in await tx.rows(table.select()))
            for table in METADATA.sorted_tables
        }


async def life_of(api: Api, user_id: str) -> str:
    """Let a user do everything that leaves a trace; the buddy's id."""
    await api.call("PATCH", f"/users/{user_id}", json={"display_name": f"I am {user_id}"})
    hook = {"url": "http://127.0.0.1:9999/", "events": ["*"]}
    await api.post("/webhook-configs", hook, status=201)
    await api.send("e-1", "match_won", user_id, properties={"who": user_id})
    buddy_id: str = (await api.buddy_of(user_id))["id"]
    await api.call("PATCH", f"/buddies/{buddy_id}", json={"name": f"{user_id}'s"})
    await api.post("/eggs", {"user_id": user_id, "metadata": {"of": user_id}}, status=201)
    bound = {"buddy_id": buddy_id, "user_id": user_id, "scopes": ["read"]}
    await api.post("/widget-sessions", bound, status=201)
    return buddy_id


async def test_an_erased_user_is_named_nowhere_and_every_number_stays(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    buddy_id = await life_of(api, ANN)
    before = await api.get(f"/buddies/{buddy_id}/tokens")
    ledger = await api.get(f"/buddies/{buddy_id}/ledger")
    said = await texts(database, customer["customer_id"])
    naming = {name for name, text in said.items() if ANN in text}
    assert naming == {"end_user", "buddy", "event", "egg", "widget_session", "webhook_delivery"}
    erased = await api.post(f"/users/{ANN}/erase")
    said = await texts(database, customer["customer_id"])
    assert [name for name, text in said.items() if ANN in text] == []
    assert erased["pseudonym"].startswith("erased:")
    counts = {name: number for name, number in erased.items() if name != "pseudonym"}
    assert counts.pop("deliveries") > 0
    assert counts == {"buddies": 1, "eggs": 1, "events": 1, "matches": 0, "sessions": 1}
    assert await api.get(f"/buddies/{buddy_id}/tokens") == before
    assert await api.get(f"/buddies/{buddy_id}/ledger") == ledger
    buddy = await api.get(f"/buddies/{buddy_id}")
    assert (buddy["status"], buddy["user_id"]) == ("archived", erased["pseudonym"])
    assert await rows.differences(database) == []


async def test_an_erased_user_may_come_back_as_somebody_new(api: Api) -> None:
    old_id = await life_of(api, ANN)
    await api.post(f"/users/{ANN}/erase")
    repeated = {"event_id": "e-1", "user_id": ANN, "type": "match_won", "properties": {"who": ANN}}
    refused = await api.post("/events", repeated, status=422)
    assert refused["error"]["code"] == "event_id_conflict"
    await api.send("e-2", "match_won", ANN)
    assert (await api.buddy_of(ANN))["id"] != old_id


async def test_whoever_is_unknown_cannot_be_erased(api: Api) -> None:
    await api.post("/users/nobody/erase", status=404)
    await api.send("e-1", "match_won", "ann")
    await api.post("/users/ann/erase")
    await api.post("/users/ann/erase", status=404)


async def test_others_are_left_alone(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    await life_of(api, f"{ANN}-too")
    await api.send("e-3", "match_won", ANN)
    before = await texts(database, customer["customer_id"])
    await api.post(f"/users/{ANN}/erase")
    after = await texts(database, customer["customer_id"])
    for name in ("end_user", "egg", "widget_session"):
        assert after[name] == before[name]
    assert (await api.buddy_of(f"{ANN}-too"))["status"] == "active"


async def test_a_user_in_a_match_is_erased_after_it(api: Api, database: Database) -> None:
    await rows.sql(database, "UPDATE customer SET accept_other = true")
    order = {"match_id": "m-1", "provider": "other", "roster": [ANN, "bob"]}
    await api.post("/matches", order, status=202)
    await api.send("e-1", "match_won", ANN)
    refused = await api.post(f"/users/{ANN}/erase", status=409)
    assert refused["error"]["details"] == {"match_ids": ["m-1"]}
    await rows.sql(database, "UPDATE match_record SET status = 'abandoned'")
    erased = await api.post(f"/users/{ANN}/erase")
    assert (await api.get("/matches/m-1"))["roster"] == [erased["pseudonym"], "bob"]


async def test_users_are_found_by_a_part_of_their_id_or_name(api: Api) -> None:
    for user_id in ("ann", "joanna", "bob", "a%b"):
        await api.send(f"e-{user_id.replace('%', '')}", "match_won", user_id.replace("%", "_"))
    await api.call("PATCH", "/users/carl", json={"display_name": "Annabel"})

    async def found(query: str, **more: Any) -> list[str]:
        page = await api.get("/users", params={"query": query, **more})
        return [user["user_id"] for user in page["data"]]

    assert await found("ANN") == ["ann", "carl", "joanna"]
    assert await found("a_") == ["a_b"]
    assert await found("nobody") == []
    first = await api.get("/users", params={"limit": 3})
    rest = await api.get("/users", params={"limit": 3, "after": first["next_after"]})
    everybody = [user["user_id"] for user in first["data"] + rest["data"]]
    assert everybody == ["a_b", "ann", "bob", "carl", "joanna"]
    assert rest["next_after"] is None
    assert (await api.call("GET", "/users", params={"query": "a\x00"})).status_code == 422


async def test_users_are_found_by_the_beginning_of_their_id(
    api: Api, other_customer: dict[str, Any]
) -> None:
    for index, user_id in enumerate(["anna", "ann", "Ann", "ann~z", "ann.1", "bob"]):
        await api.send(f"e-{index}", "match_completed", user_id)

    async def found(**wanted: Any) -> list[str]:
        page = await api.get("/users", params=wanted)
        return [user["user_id"] for user in page["data"]]

    assert await found(prefix="ann") == ["ann", "ann.1", "anna", "ann~z"]
    assert await found(prefix="ann", limit=2) == ["ann", "ann.1"]
    assert await found(prefix="ann", after="ann.1") == ["anna", "ann~z"]
    assert await found(prefix="ann", query="A~") == []
    assert await found(prefix="annex") == []
    assert await found() == ["Ann", "ann", "ann.1", "anna", "ann~z", "bob"]
    with as_holder(api, other_customer["secret_key"]):
        assert await found(prefix="a") == []
