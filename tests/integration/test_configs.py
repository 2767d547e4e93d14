"""Config versions: drafts change, published ones never do, faults are all named at once."""

import asyncio
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.surface import fault_of

SMALL = {"tokens": [{"key": "gems", "kind": "primary"}]}
FAULTY = {"tokens": [{"key": "UPPER", "kind": "odd"}], "unknown": 1}


async def _draft(api: Api, document: Any = None) -> Any:
    body = {} if document is None else {"document": document}
    return await api.post("/config-versions", body, status=201)


async def test_a_draft_is_a_copy_of_what_is_published(api: Api) -> None:
    [published] = (await api.get("/config-versions"))["data"]
    draft = await _draft(api)
    assert draft["document"] == published["document"]
    assert (draft["status"], draft["published_at"]) == ("draft", None)


async def test_publishing_archives_the_version_before(api: Api) -> None:
    [before] = (await api.get("/config-versions"))["data"]
    draft = await _draft(api, SMALL)
    published = await api.post(f"/config-versions/{draft['id']}/publish")
    assert (published["status"], published["document"]) == ("published", SMALL)
    assert published["published_at"]
    statuses = {each["id"]: each["status"] for each in (await api.get("/config-versions"))["data"]}
    assert statuses == {before["id"]: "archived", draft["id"]: "published"}


async def test_only_a_draft_changes(api: Api) -> None:
    [published] = (await api.get("/config-versions"))["data"]
    path = f"/config-versions/{published['id']}"
    for method, tail, body in (("PUT", "", {"document": SMALL}), ("POST", "/publish", None)):
        answer = await api.call(method, path + tail, json=body)
        assert fault_of(answer, 409, "conflict") is None
        assert answer.json()["error"]["details"] == {"status": "published", "allowed": ["draft"]}
    assert await api.get(path) == published


async def test_an_empty_draft_is_not_published(api: Api) -> None:
    draft = await _draft(api, {})
    answer = await api.call("POST", f"/config-versions/{draft['id']}/publish")
    assert fault_of(answer, 400, "bad_request") is None


async def test_a_draft_with_faults_is_kept_and_not_published(api: Api, database: Database) -> None:
    draft = await _draft(api, SMALL)
    path = f"/config-versions/{draft['id']}"
    put = await api.call("PUT", path, json={"document": FAULTY})
    assert put.json()["document"] == FAULTY
    named = await api.get(f"{path}/validation")
    assert named["valid"] is False
    before = await rows.counts(database)
    refused = await api.post(f"{path}/publish", status=422)
    fields = {field["path"] for field in refused["error"]["details"]["fields"]}
    assert fields == {f"/document{fault['pointer']}" for fault in named["faults"]}
    assert fields >= {"/document/tokens/0/key", "/document/tokens/0/kind", "/document/unknown"}
    assert await rows.counts(database) == before
    assert (await api.get(path))["status"] == "draft"


async def test_of_many_that_publish_at_once_the_rules_are_one_of_them(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    drafts = [await _draft(api, SMALL) for _ in range(6)]
    answers = await asyncio.gather(
        *(
            api.call(
                "POST",
                f"/config-versions/{draft['id']}/publish",
                headers={"Idempotency-Key": draft["id"]},
            )
            for draft in drafts
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    listed = (await api.get("/config-versions"))["data"]
    statuses = [each["status"] for each in listed]
    assert sorted(statuses) == ["archived"] * 6 + ["published"]
    [found] = await rows.fetch(database, "SELECT published_config_id AS id FROM customer")
    [published] = [each["id"] for each in listed if each["status"] == "published"]
    assert str(found.id) == published


async def test_a_preset_can_be_applied_again_and_again(api: Api) -> None:
    keys = {each["key"] for each in (await api.get("/presets"))["data"]}
    assert "arena" in keys
    gates = await api.get("/gates")
    for _ in range(2):
        applied = await api.post("/presets/arena/apply")
        assert applied["status"] == "published"
    assert await api.get("/gates") == gates
    assert len(gates["gates"]) == 2


@pytest.mark.parametrize("name", ["event_types", "token_rules", "streaks", "badges", "evolution"])
async def test_the_schema_describes_the_document(api: Api, name: str) -> None:
    schema = await api.get("/config-versions/schema")
    assert name in schema["properties"]
    assert schema["additionalProperties"] is False
