"""A match from its order to its end, on real game-server processes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from app.customers.models import customer as customer_table
from app.kit.db import Database
from app.webhooks.models import webhook_delivery
from app.webhooks.payloads import MatchAbandoned, MatchRecorded
from tests.factories import Api, ManualClock
from tests.matches_support import NONCE, Pitch, loses_answer_to, pitch, unreachable


@pytest.fixture
async def ground(
    api: Api, database: Database, clock: ManualClock, customer: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Pitch]:
    async with pitch(api, database, clock, customer["customer_id"], tmp_path) as ready:
        yield ready


async def test_a_played_match_pays_its_players_and_frees_its_room(ground: Pitch) -> None:
    server = await ground.server(room_config={"mode": "duel"}, mode="duel")
    assert server.config["mode"] == "duel"
    assert server.config["clutch"]["url"] == "http://clutch.test"
    claimed = (await ground.claim(server)).json()
    assert claimed["roster"] == ["ann", "bob"]
    assert claimed["room_config"] == {"mode": "duel"}
    answer = await ground.report(claimed["token"])
    assert answer.status_code == 200, answer.text
    ann, bob = answer.json()["players"]
    assert ann["effects"]["coins"] > bob["effects"]["coins"] > 0
    assert (await ground.api.buddy_of("ann"))["coins"] == ann["effects"]["coins"]
    assert len(ann["event_ids"]) == 2
    match = await ground.match()
    assert match["players"] == answer.json()["players"]
    assert [(line["status"], line["who"].split()[0]) for line in match["history"]] == [
        ("allocating", "api"),
        ("waiting", "bridge"),
        ("live", "game"),
        ("reported", "game"),
        ("applied", "bridge"),
    ]
    await ground.later(59)
    room = await ground.client.get_room_info(ground.plane.app_id, server.room_id)
    assert room.status == "active"
    await ground.later(1)
    await ground.room_ended(server.room_id)


async def test_the_same_result_again_gets_the_same_bytes(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    result = ground.result()
    first = await ground.report(token, **result)
    coins = (await ground.api.buddy_of("ann"))["coins"]
    again = await ground.report(token, **result)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (await ground.api.buddy_of("ann"))["coins"] == coins


async def test_another_result_is_refused_with_what_differs(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    result = ground.result()
    await ground.report(token, **result)
    result["players"][1]["score"] = 6
    answer = await ground.report(token, **result)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "match_result_conflict"
    assert error["details"] == {"differs": ["/players"]}


async def test_many_identical_results_at_once_count_once(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    result = ground.result()
    answers = await asyncio.gather(*(ground.report(token, **result) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    fresh = [each for each in answers if "idempotency-replayed" not in each.headers]
    assert len(fresh) == 1
    ann = answers[0].json()["players"][0]["effects"]["coins"]
    assert (await ground.api.buddy_of("ann"))["coins"] == ann
    assert (await ground.statuses()).count("applied") == 1


async def test_a_lost_claim_answer_is_given_again(ground: Pitch) -> None:
    server = await ground.server()
    first = await ground.claim(server)
    ground.clock.advance(hours=1)
    ground.wire.before = unreachable
    again = await ground.claim(server)
    assert (again.status_code, again.content) == (200, first.content)
    other = await ground.claim(server, nonce="nonce-of-another-server")
    assert other.status_code == 409


async def test_of_two_servers_that_race_one_code_one_wins(ground: Pitch) -> None:
    server = await ground.server()
    answers = await asyncio.gather(
        *(ground.claim(server, nonce=f"nonce-of-server-number-{n}") for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (await ground.statuses()).count("live") == 1 + 3  # three refusals are told as well


async def test_a_room_whose_creation_was_not_written_down_is_adopted(ground: Pitch) -> None:
    ordered = await ground.order()
    ground.wire.after = loses_answer_to("/create")
    await ground.loop.run_due()
    assert (await ground.match())["status"] == "allocating"
    ground.wire.mend()
    server = await ground.found("m1", ordered["room_id"])
    await ground.later()
    match = await ground.match()
    assert match["status"] == "waiting"
    assert "was there already" in match["history"][-1]["why"]
    assert sum(call.endswith("/create") for call in ground.wire.calls) == 2
    answer = await ground.report(await ground.token(server))
    assert answer.status_code == 200


async def test_a_server_may_claim_before_its_room_is_written_down(ground: Pitch) -> None:
    ordered = await ground.order()
    ground.wire.after = loses_answer_to("/create")
    await ground.loop.run_due()
    ground.wire.mend()
    server = await ground.found("m1", ordered["room_id"])
    token = await ground.token(server)
    await ground.later(60)
    assert await ground.statuses() == ["allocating", "live"]
    assert (await ground.report(token)).status_code == 200


async def test_a_match_whose_server_crashed_is_abandoned_and_told_once(ground: Pitch) -> None:
    server = await ground.server()
    await ground.token(server)
    await ground.crash(server)
    for _ in range(4):
        await ground.later()
    match = await ground.match()
    assert match["status"] == "abandoned"
    assert "exited with code 1" in match["history"][-1]["why"]
    assert await ground.statuses() == ["allocating", "waiting", "live", "abandoned"]
    assert (await ground.api.get("/buddies"))["data"] == []


async def test_a_late_result_still_counts_within_a_day(ground: Pitch) -> None:
    server = await ground.server()
    token = await ground.token(server)
    await ground.crash(server)
    await ground.later()
    await ground.later()
    assert (await ground.match())["status"] == "abandoned"
    ground.clock.advance(hours=23)
    result = ground.result()
    assert (await ground.report(token, **result)).status_code == 200
    assert (await ground.statuses())[-3:] == ["abandoned", "reported", "applied"]


async def test_a_result_after_a_day_comes_too_late(ground: Pitch) -> None:
    server = await ground.server()
    token = await ground.token(server)
    await ground.crash(server)
    await ground.later()
    await ground.later()
    ground.clock.advance(hours=24, seconds=1)
    answer = await ground.report(token)
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["status"] == "abandoned"


async def test_a_result_of_a_server_that_is_gone_already_is_believed(ground: Pitch) -> None:
    server = await ground.server()
    token = await ground.token(server)
    await ground.crash(server)
    assert (await ground.report(token)).status_code == 200


async def test_nobody_waits_for_a_claim_for_ever(ground: Pitch) -> None:
    server = await ground.server()
    await ground.later(600)
    match = await ground.match()
    assert match["status"] == "abandoned"
    assert "no game server claimed" in match["history"][-1]["why"]
    await ground.room_ended(server.room_id)
    refused = await ground.claim(server)
    assert refused.status_code == 409


async def test_an_abandoned_outcome_is_recorded_and_pays_nothing(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    answer = await ground.report(token, outcome="abandoned")
    assert answer.status_code == 200
    assert [line["effects"]["coins"] for line in answer.json()["players"]] == [0, 0]
    assert (await ground.match())["status"] == "applied"
    assert (await ground.api.get("/buddies"))["data"] == []


async def test_webhooks_tell_what_became_of_matches(
    ground: Pitch, database: Database, customer: dict[str, Any]
) -> None:
    hook = {"url": "http://127.0.0.1:65535/hook", "events": ["match.recorded", "match.abandoned"]}
    await ground.api.post("/webhook-configs", hook, 201)
    played, crashed = await ground.server("m1", map="pit"), await ground.server("m2")
    await ground.report(await ground.token(played))
    await ground.crash(crashed)
    await ground.later()
    await ground.later()
    told = await _told(database, customer["customer_id"])
    assert set(told) == {"match.recorded", "match.abandoned"}
    assert told["match.recorded"]["caused_by"] == "m1"
    recorded = MatchRecorded.model_validate(told["match.recorded"]["data"])
    assert (recorded.map, recorded.outcome) == ("pit", "completed")
    assert [line.user_id for line in recorded.players] == ["ann", "bob"]
    assert recorded.players[0].buddy_id == (await ground.api.buddy_of("ann"))["id"]
    abandoned = MatchAbandoned.model_validate(told["match.abandoned"]["data"])
    assert abandoned.reason == "process_ended"


async def test_a_match_of_another_provider_needs_no_control_plane(
    ground: Pitch, database: Database, customer: dict[str, Any]
) -> None:
    order = {"match_id": "lan-1", "provider": "other", "roster": ["ann", "bob"]}
    refused = await ground.api.call("POST", "/matches", json=order)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "capability_disabled"
    await _accept_other(database, customer["customer_id"])
    made = await ground.api.post("/matches", order, 202)
    assert (await ground.api.post("/matches", order, 202))["code"] == made["code"]
    body = {
        "code": made["code"],
        "room_id": "my-room",
        "process_id": "my-box",
        "claim_nonce": NONCE,
    }
    claimed = await ground.api.post("/matches/lan-1/claim", body)
    assert "code" not in await ground.match("lan-1")
    answer = await ground.report(claimed["token"], "lan-1")
    assert answer.status_code == 200
    assert ground.wire.calls == []


async def _told(database: Database, customer_id: str) -> dict[str, Any]:
    """The bodies of all deliveries, by type; none may be there twice."""
    c = webhook_delivery.c
    async with database.read(customer_id) as tx:
        rows = await tx.rows(select(c.type, c.body).where(c.customer_id == customer_id))
    assert len({row.type for row in rows}) == len(rows)
    return {row.type: orjson.loads(row.body) for row in rows}


async def _accept_other(database: Database, customer_id: str) -> None:
    async with database.begin(customer_id) as tx:
        await tx.execute(
            update(customer_table)
            .where(customer_table.c.customer_id == customer_id)
            .values(accept_other=True)
        )
