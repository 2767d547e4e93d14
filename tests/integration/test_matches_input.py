"""What callers get wrong about matches is refused with the path, and nothing is written."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.kit.clock import to_text
from app.kit.db import Database
from tests.factories import Api, ManualClock
from tests.matches_support import Pitch, pitch


@pytest.fixture
async def ground(
    api: Api, database: Database, clock: ManualClock, customer: dict[str, Any], tmp_path: Path
) -> AsyncIterator[Pitch]:
    async with pitch(api, database, clock, customer["customer_id"], tmp_path) as ready:
        yield ready


async def test_strangers_on_a_result_refuse_all_of_it(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    players = [{"user_id": name} for name in ("ann", "eve", "mallory")]
    refused = await ground.report(token, players=players)
    assert refused.status_code == 422
    paths = [field["path"] for field in refused.json()["error"]["details"]["fields"]]
    assert paths == ["/players/1/user_id", "/players/2/user_id"]
    assert (await ground.api.get("/buddies"))["data"] == []


async def test_anybody_may_play_an_open_match(ground: Pitch) -> None:
    server = await ground.server(open=True)
    answer = await ground.claim(server)
    assert answer.json()["roster"] == []
    reported = await ground.report(answer.json()["token"], players=[{"user_id": "eve"}])
    assert reported.status_code == 200


async def test_a_token_opens_its_own_match_only(
    ground: Pitch, other_customer: dict[str, Any]
) -> None:
    token = await ground.token(await ground.server("m1"))
    await ground.token(await ground.server("m2"))
    assert (await ground.report(token, "m2")).status_code == 403
    assert (await ground.report(token, "none")).status_code == 404
    assert (await ground.report(token + "x", "m1")).status_code == 401
    assert (await ground.report(ground.api.client.headers["authorization"][7:])).status_code == 403
    ground.clock.advance(hours=48)
    assert (await ground.report(token, "m1")).status_code == 401
    headers = {"Authorization": f"Bearer {other_customer['secret_key']}"}
    foreign = await ground.api.call("GET", "/matches/m1", headers=headers)
    assert foreign.status_code == 404


WRONG_RESULTS: list[tuple[dict[str, Any], str]] = [
    ({"players": []}, "/players"),
    ({"players": [{"user_id": "ann"}, {"user_id": "ann"}]}, "/players"),
    ({"players": [{"user_id": f"u{n}"} for n in range(257)]}, "/players"),
    ({"players": [{"user_id": "ann", "skill": 1}]}, "/players/0/skill"),
    ({"players": [{"user_id": "ann", "score": "20"}]}, "/players/0/score"),
    ({"players": [{"user_id": "ann", "left_early": 1}]}, "/players/0/left_early"),
    ({"players": [{"user_id": "a b"}]}, "/players/0/user_id"),
    ({"outcome": "won"}, "/outcome"),
    ({"started_at": "2999-01-01T00:00:00Z"}, "/ended_at"),
    ({"ended_at": "yesterday"}, "/ended_at"),
    ({"extra": 1}, "/extra"),
]


async def test_ill_formed_results_are_refused_with_the_path(ground: Pitch) -> None:
    token = await ground.token(await ground.server())
    for wrong, path in WRONG_RESULTS:
        refused = await ground.report(token, **wrong)
        assert refused.status_code == 422, wrong
        fields = refused.json()["error"]["details"]["fields"]
        assert fields[0]["path"].startswith(path), wrong
    ahead = to_text(ground.clock.now().replace(year=ground.clock.now().year + 1))
    assert (await ground.report(token, ended_at=ahead)).status_code == 422
    huge = [{"user_id": "ann", "stats": {"notes": "x" * 300_000}}]
    assert (await ground.report(token, players=huge)).status_code == 413
    assert (await ground.match())["status"] == "live"


WRONG_ORDERS: list[tuple[dict[str, Any], str]] = [
    ({"match_id": "a:b"}, "/match_id"),
    ({"app_id": "app-none"}, "/app_id"),
    ({"region": "Atlantis"}, "/region"),
    ({"roster": ["ann", "ann"]}, "/roster"),
    ({"roster": []}, "/roster"),
    ({"open": True, "roster": ["ann"]}, ""),
    ({"room_config": {"clutch": {}}}, "/room_config"),
    ({"room_config": {"notes": "x" * 9_900}}, "/room_config"),
    ({"client_ips": ["localhost"]}, "/client_ips/0"),
    ({"mode": ""}, "/mode"),
    ({"speed": 1}, "/speed"),
]


async def test_ill_formed_orders_are_refused_with_the_path(ground: Pitch) -> None:
    for wrong, path in WRONG_ORDERS:
        refused = await ground.order(status=422, **wrong)
        assert refused["error"]["details"]["fields"][0]["path"] == path, wrong
    assert (await ground.api.get("/matches"))["meta"]["total"] == 0


async def test_an_order_is_made_once_and_another_under_its_id_refused(ground: Pitch) -> None:
    first = await ground.order(room_config={"mode": "duel"})
    assert await ground.order(room_config={"mode": "duel"}) == first
    refused = await ground.order(status=422, room_config={"mode": "chess"}, mode="chess")
    assert refused["error"]["code"] == "match_id_conflict"
    assert refused["error"]["details"] == {"differs": ["/mode", "/room_config/mode"]}
    await ground.order("m2")
    listed = await ground.api.get("/matches", params={"status": "allocating", "limit": 1})
    assert listed["meta"] == {"total": 2, "page": 1, "limit": 1}
    assert (await ground.api.get("/matches", params={"status": "live"}))["data"] == []
    assert await ground.statuses() == ["allocating"]
