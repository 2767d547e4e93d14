"""The control plane is away, lies, or has forgotten; callers are wrong; nothing is lost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.hathora.models.rooms import Room
from app.kit.db import Database
from tests.factories import Api, ManualClock
from tests.matches_support import (
    Fault,
    Pitch,
    answers,
    loses_answer_to,
    pitch,
    unreachable,
)

AWAY: list[Fault] = [
    unreachable,
    answers(500, b'{"message":"oh no"}'),
    answers(429, b'{"message":"slow down"}'),
    answers(200, b"<html>a proxy</html>", "text/html"),
    answers(404, b"<html>no such page</html>", "text/html"),
    answers(200, b'{"roomId":'),
    answers(401, b'{"message":"the token was revoked"}'),
]


@pytest.fixture
async def ground(
    api: Api, database: Database, clock: ManualClock, customer: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Pitch]:
    async with pitch(api, database, clock, customer["customer_id"], tmp_path) as ready:
        yield ready


async def test_a_result_is_kept_while_the_control_plane_is_away_in_any_way(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    result = ground.result()
    for fault in AWAY:
        ground.wire.before = fault
        answer = await ground.report(token, **result)
        assert answer.status_code == 202
        assert answer.json() == {"match_id": "m1", "status": "pending_verification"}
        await ground.later(120)
    other = await ground.report(token, **{**result, "metadata": {"map": "other"}})
    assert other.status_code == 422
    assert other.json()["error"]["details"] == {"differs": ["/metadata"]}
    assert (await ground.api.get("/buddies"))["data"] == []
    ground.wire.mend()
    await ground.later(120)
    assert (await ground.statuses())[-3:] == ["pending_verification", "reported", "applied"]
    again = await ground.report(token, **result)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    ann = again.json()["players"][0]["effects"]
    assert (await ground.api.buddy_of("ann"))["coins"] == ann["coins"] > 0


async def test_a_kept_result_is_applied_at_once_when_it_is_sent_again(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    result = ground.result()
    ground.wire.before = unreachable
    assert (await ground.report(token, **result)).status_code == 202
    ground.wire.mend()
    assert (await ground.report(token, **result)).status_code == 200
    await ground.later(3600)
    assert (await ground.statuses()).count("applied") == 1


async def test_a_kept_result_that_proves_wrong_is_rejected(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    result = ground.result()
    ground.wire.before = unreachable
    await ground.report(token, **result)
    ground.wire.before = answers(404, b'{"message":"room not found"}')
    await ground.later(3600)
    match = await ground.match()
    assert match["status"] == "rejected"
    assert "does not know the room" in match["history"][-1]["why"]
    assert (await ground.report(token, **result)).status_code == 409
    assert (await ground.api.get("/buddies"))["data"] == []


async def test_a_claim_while_the_control_plane_is_away_burns_no_code(ground: Pitch) -> None:
    server = await ground.server()
    for fault in AWAY:
        ground.wire.before = fault
        refused = await ground.claim(server)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
    ground.wire.mend()
    assert (await ground.claim(server)).status_code == 200


async def test_a_room_is_asked_for_until_the_control_plane_is_back(ground: Pitch) -> None:
    ground.wire.before = unreachable
    await ground.order()
    for _ in range(5):
        await ground.later(61)
    assert await ground.statuses() == ["allocating"]
    ground.wire.mend()
    await ground.later(61)
    assert await ground.statuses() == ["allocating", "waiting"]


async def test_nobody_waits_for_a_room_for_ever_and_none_is_left_behind(ground: Pitch) -> None:
    ordered = await ground.order()
    ground.wire.after = loses_answer_to("/")
    for _ in range(12):
        await ground.later(61)
    assert await ground.statuses() == ["allocating", "abandoned"]
    await ground.later(3600)
    await ground.room_ended(ordered["room_id"])


async def test_a_refused_room_abandons_the_match_with_the_reason(ground: Pitch) -> None:
    await ground.order(deployment_id="dep-none")
    await ground.loop.run_due()
    match = await ground.match()
    assert match["status"] == "abandoned"
    assert "dep-none" in match["history"][-1]["why"]


async def test_a_room_of_somebody_else_under_our_id_is_left_alone(ground: Pitch) -> None:
    ordered = await ground.order()
    await ground.client.create_room(
        ground.plane.app_id, region="London", room_id=ordered["room_id"], room_config="{}"
    )
    await ground.loop.run_due()
    await ground.later(120)
    assert (await ground.match())["status"] == "abandoned"
    room = await ground.client.get_room_info(ground.plane.app_id, ordered["room_id"])
    assert room.current_allocation is not None


async def test_a_result_from_a_room_that_has_moved_is_refused(ground: Pitch) -> None:
    server = await ground.server()
    token = await ground.token(server)
    room = await ground.client.get_room_info(ground.plane.app_id, server.room_id)

    def elsewhere(request: httpx.Request) -> httpx.Response | None:
        return _moved(room, request) if "/info/" in request.url.path else None

    ground.wire.before = elsewhere
    refused = await ground.report(token)
    assert refused.status_code == 403
    assert "has moved" in refused.json()["error"]["message"]
    assert "has moved" in (await ground.match())["history"][-1]["why"]
    ground.wire.mend()
    assert (await ground.report(token)).status_code == 200


async def test_a_claim_from_another_place_is_refused_without_burning_the_code(
    ground: Pitch,
) -> None:
    one, two = await ground.server("m1"), await ground.server("m2")
    for place in ({"process_id": two.process_id}, {"process_id": "nowhere"}):
        assert (await ground.claim(one, **place)).status_code == 403
    elsewhere = {"room_id": two.room_id, "process_id": two.process_id}
    assert (await ground.claim(one, **elsewhere)).status_code == 403
    assert (await ground.claim(one)).status_code == 200


async def test_a_wrong_code_looks_the_same_however_wrong_it_is(
    ground: Pitch, other_customer: dict[str, Any]
) -> None:
    one, two = await ground.server("m1"), await ground.server("m2")
    stranger = one.code.split("_")
    stranger[1] = other_customer["customer_id"]
    codes = [two.code, one.code[:-1] + "!", "clm_x_y", "x", "_".join(stranger)]
    refusals = [await ground.claim(one, code=code) for code in codes]
    path = "/matches/none/claim"
    body = {"code": one.code, "room_id": "r", "process_id": "p", "claim_nonce": "n" * 16}
    refusals.append(await ground.api.call("POST", path, json=body))
    errors = [each.json()["error"] for each in refusals]
    assert {each.status_code for each in refusals} == {403}
    assert len({error["message"] for error in errors}) == 1


async def test_guessing_codes_is_stopped(ground: Pitch) -> None:
    server = await ground.server()
    limit = ground.api.app.state.settings.failed_authentications_per_minute
    authenticator = ground.api.app.state.authenticator
    for _ in range(limit - 1):
        authenticator.failed("127.0.0.1")
    assert (await ground.claim(server, code="clm_guess")).status_code == 403
    assert (await ground.claim(server, code="clm_guess")).status_code == 429


def _moved(room: Room, request: httpx.Request) -> httpx.Response:
    """The room as it would look after it was resumed on another process."""
    assert room.current_allocation is not None
    now = {"roomAllocationId": "other", "processId": "other", "unscheduledAt": None}
    now["scheduledAt"] = room.current_allocation.scheduled_at.isoformat()
    body = room.model_dump(mode="json", by_alias=True)
    body |= {"currentAllocation": now, "allocations": [*body["allocations"], now]}
    return httpx.Response(200, json=body, request=request)
