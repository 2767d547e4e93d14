"""A config version is a draft, then published, then archived; and what may be done to it when."""

import asyncio
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.good_bodies import UNKNOWN_UUID

PLAY = {"event_types": [{"key": "play"}], "tokens": [{"key": "coins", "kind": "primary"}]}
OTHER = {**PLAY, "event_types": [{"key": "other"}]}
FAULTY = {"tokens": [{"key": "coins", "kind": "gold"}]}


async def _draft(api: Api, document: Any) -> str:
    draft = await api.post("/config-versions", {"document": document}, status=201)
    assert (draft["status"], draft["published_at"]) == ("draft", None)
    return str(draft["id"])


async def _version(api: Api, status: str) -> str:
    """A version that has come so far."""
    if status == "unknown":
        return UNKNOWN_UUID
    id_ = await _draft(api, PLAY)
    if status != "draft":
        await api.post(f"/config-versions/{id_}/publish")
    if status == "archived":
        await api.post(f"/config-versions/{await _draft(api, OTHER)}/publish")
    assert (await api.get(f"/config-versions/{id_}"))["status"] == status
    return id_


@pytest.mark.parametrize(
    ("status", "method", "path", "body", "answer"),
    [
        ("draft", "PUT", "", {"document": OTHER}, 200),
        ("draft", "PUT", "", {"document": FAULTY}, 200),
        ("draft", "PUT", "", {"document": {}}, 200),
        ("draft", "POST", "/publish", None, 200),
        ("draft", "POST", "/dry-run", {}, 200),
        ("draft", "GET", "/diff", None, 200),
        ("published", "PUT", "", {"document": OTHER}, 409),
        ("published", "POST", "/publish", None, 409),
        ("published", "POST", "/dry-run", {}, 200),
        ("published", "GET", "/diff", None, 200),
        ("archived", "PUT", "", {"document": OTHER}, 409),
        ("archived", "POST", "/publish", None, 409),
        ("archived", "POST", "/dry-run", {}, 200),
        ("archived", "GET", "/diff", None, 200),
        ("unknown", "PUT", "", {"document": OTHER}, 404),
        ("unknown", "POST", "/publish", None, 404),
        ("unknown", "POST", "/dry-run", {}, 404),
        ("unknown", "GET", "/diff", None, 404),
    ],
)
async def test_what_may_be_done_to_a_version_depends_on_its_status(
    api: Api, status: str, method: str, path: str, body: Any, answer: int
) -> None:
    id_ = await _version(api, status)
    response = await api.call(method, f"/config-versions/{id_}{path}", json=body)
    assert response.status_code == answer, response.text
    if answer == 409:
        assert response.json()["error"]["details"] == {"status": status, "allowed": ["draft"]}


async def test_publishing_archives_the_version_before_and_buddies_keep_theirs(api: Api) -> None:
    first = await _version(api, "published")
    await api.send("e-1", "play")
    second = await _version(api, "published")
    found = {each["id"]: each for each in (await api.get("/config-versions"))["data"]}
    assert found[first]["status"] == "archived"
    assert found[second]["published_at"] is not None
    assert found[first]["document"] == found[second]["document"] == PLAY
    assert (await api.buddy_of("ann"))["config_version_id"] == first
    await api.send("e-2", "play", "bob")
    assert (await api.buddy_of("bob"))["config_version_id"] == second


async def test_an_empty_draft_is_not_published(api: Api) -> None:
    id_ = await _draft(api, {})
    answer = await api.call("POST", f"/config-versions/{id_}/publish")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_a_draft_without_a_document_is_a_copy_of_the_published_one(api: Api) -> None:
    await _version(api, "published")
    assert (await api.post("/config-versions", {}, status=201))["document"] == PLAY


async def test_a_config_with_200_faults_reports_200(api: Api) -> None:
    """A draft may have faults; nothing can be done with them but to read them, all at once."""
    broken = [
        {"key": f"r{n}", "event_type": "play", "token": f"none-{n}", "amount": 1}
        for n in range(200)
    ]
    id_ = await _draft(api, {**PLAY, "token_rules": broken})
    wanted = {f"/token_rules/{n}/token" for n in range(200)}
    for path in ("publish", "dry-run"):
        answer = await api.call("POST", f"/config-versions/{id_}/{path}", json=None)
        if path == "dry-run":
            answer = await api.call("POST", f"/config-versions/{id_}/{path}", json={})
        assert answer.status_code == 422
        fields = answer.json()["error"]["details"]["fields"]
        assert len(fields) == 200
        assert {field["path"] for field in fields} == {f"/document{each}" for each in wanted}
    validation = await api.get(f"/config-versions/{id_}/validation")
    assert not validation["valid"]
    assert {fault["pointer"] for fault in validation["faults"]} == wanted
    assert (await api.get(f"/config-versions/{id_}"))["status"] == "draft"


async def test_raced_publications_leave_one_published_version(api: Api, database: Database) -> None:
    drafts = [await _draft(api, PLAY) for _ in range(6)]
    calls = [api.call("POST", f"/config-versions/{id_}/publish") for id_ in (*drafts, drafts[0])]
    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert sorted(statuses) == [200] * 6 + [409]
    found = (await api.get("/config-versions"))["data"]
    published = [each["id"] for each in found if each["status"] == "published"]
    assert len(published) == 1
    [row] = await rows.fetch(database, "SELECT published_config_id AS id FROM customer")
    assert str(row.id) == published[0]


async def test_a_draft_that_is_changed_while_it_is_published_is_published_as_one_or_other(
    api: Api,
) -> None:
    id_ = await _draft(api, PLAY)
    url = f"/config-versions/{id_}"
    put, publish = await asyncio.gather(
        api.call("PUT", url, json={"document": OTHER}), api.call("POST", f"{url}/publish")
    )
    assert publish.status_code == 200
    assert put.status_code in (200, 409)
    wanted = OTHER if put.status_code == 200 else PLAY
    assert (await api.get(url))["document"] == publish.json()["document"] == wanted


async def test_a_difference_names_entries_by_their_keys(api: Api) -> None:
    published = await _version(api, "published")
    rule = {"key": "pay", "event_type": "play", "token": "coins", "amount": 5}
    id_ = await _draft(api, {**PLAY, "tokens": [PLAY["tokens"][0] | {"max_balance": 9}]})
    other = await _draft(api, {**PLAY, "token_rules": [rule]})
    diff = await api.get(f"/config-versions/{id_}/diff")
    assert diff == {
        "config_version_id": id_,
        "against": published,
        "changes": [
            {
                "pointer": "/tokens/coins/max_balance",
                "kind": "added",
                "before": None,
                "after": 9,
            }
        ],
    }
    named = await api.get(f"/config-versions/{id_}/diff", params={"against": other})
    assert {each["kind"] for each in named["changes"]} == {"added", "removed"}
    itself = await api.get(f"/config-versions/{id_}/diff", params={"against": id_})
    assert itself["changes"] == []


@pytest.mark.parametrize("against", [UNKNOWN_UUID, "x"])
async def test_a_version_is_only_compared_with_one_that_is_there(api: Api, against: str) -> None:
    id_ = await _draft(api, PLAY)
    answer = await api.call("GET", f"/config-versions/{id_}/diff", params={"against": against})
    assert answer.status_code == (404 if against == UNKNOWN_UUID else 422)


async def test_the_schema_that_is_served_describes_a_document(api: Api) -> None:
    schema = await api.get("/config-versions/schema")
    assert {"event_types", "tokens", "token_rules", "streaks", "badges"} <= schema[
        "properties"
    ].keys()
    assert schema["additionalProperties"] is False


async def test_every_preset_can_be_applied_again_and_again(api: Api) -> None:
    presets = (await api.get("/presets"))["data"]
    assert {each["key"] for each in presets} >= {"arena", "custom"}
    for preset in presets * 2:
        applied = await api.post(f"/presets/{preset['key']}/apply")
        assert applied["status"] == "published"
    assert (await api.call("POST", "/presets/nothing/apply")).status_code == 404
