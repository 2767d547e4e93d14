"""Every limit of the API: refused past it with a message and no effect, accepted at it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hathora_support import ControlPlane, body_of, control_plane, deployment


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as running:
        yield running


LONDON = {"region": "London"}
BAD_ROOMS = [
    ("", b"", "Invalid JSON"),
    ("", b"{", "Invalid JSON"),
    ("", b'{"region":"London"', "Invalid JSON"),
    ("", b'{"region":"Lon\xffdon"}', "Invalid JSON"),
    ("", b"[]", "should be an object"),
    ("", b"null", "should be an object"),
    ("", b"{}", "region: Field required"),
    ("", {"region": "Atlantis"}, "region: Input should be"),
    ("", {"region": 1}, "region: Input should be"),
    ("", {**LONDON, "roomConfig": "x" * 10_001}, "roomConfig: String should have at most 10000"),
    ("", {**LONDON, "roomConfig": {}}, "roomConfig: Input should be a valid string"),
    ("", {**LONDON, "roomConfig": "a\0b"}, "U+0000"),
    ("", b'{"region":"London","roomConfig":"\\ud800"}', "Invalid JSON"),
    ("", {**LONDON, "clientIPs": "1.2.3.4"}, "clientIPs: Input should be a valid array"),
    ("", {**LONDON, "clientIPs": [4]}, "clientIPs.0: Input should be a valid string"),
    ("", {**LONDON, "surprise": True}, "surprise: Extra inputs are not permitted"),
    ("", b"[" * 100_000, "Invalid JSON"),
    ("", b'{"region":"' + b"x" * 5_000_000 + b'"}', "larger than"),
    ("roomId=", LONDON, "roomId: 1 to 100"),
    (f"roomId={'x' * 101}", LONDON, "roomId: 1 to 100"),
    ("roomId=a%2Fb", LONDON, "roomId: 1 to 100"),
    ("roomId=a%0A", LONDON, "roomId: 1 to 100"),
    ("roomId=%C3%A9", LONDON, "roomId: 1 to 100"),
    ("roomId=a&roomId=b", LONDON, "given 2 times"),
    ("roomId=%FF", LONDON, "query is malformed"),
]


async def test_a_room_that_breaks_a_limit_is_refused_and_nothing_is_started(
    plane: ControlPlane,
) -> None:
    for query, body, message in BAD_ROOMS:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await plane.http.post(f"/rooms/v2/{plane.app_id}/create?{query}", content=content)
        assert message in body_of(answer, 422)["message"], (query, content[:80])
    config = f"/rooms/v2/{plane.app_id}/update/none"
    too_long = await plane.http.post(config, json={"roomConfig": "x" * 10_001})
    assert "at most 10000" in body_of(too_long, 422)["message"]
    base = f"/processes/v3/apps/{plane.app_id}/processes"
    assert body_of(await plane.http.get(f"{base}/latest"), 200) == []
    for path, message in (
        (f"{base}/latest?status=asleep", "status: 'asleep' is none of"),
        (f"{base}/latest?region=London&region=Mars", "region: 'Mars'"),
        (f"{base}/count?before=tomorrow", "before: not a number"),
        (f"{base}/count?before=nan", "before: out of range"),
    ):
        assert message in body_of(await plane.http.get(path), 422)["message"]
    nowhere = await plane.http.post(f"{base}/regions/Mars")
    assert "'Mars'" in body_of(nowhere, 422)["message"]


async def test_a_room_at_every_limit_is_accepted(plane: ControlPlane) -> None:
    body = {**LONDON, "roomConfig": "\N{SNOWMAN}" * 10_000, "clientIPs": ["1.2.3.4"]}
    room_id = "x" * 100
    answer = await plane.http.post(f"/rooms/v2/{plane.app_id}/create?roomId={room_id}", json=body)
    await plane.running(body_of(answer, 201)["processId"])
    room = await plane.client.get_room_info(plane.app_id, room_id)
    assert room.room_config == body["roomConfig"]


BAD_DEPLOYMENTS = [
    ({"roomsPerProcess": 0}, "roomsPerProcess"),
    ({"roomsPerProcess": 10_001}, "roomsPerProcess"),
    ({"roomsPerProcess": "2"}, "roomsPerProcess"),
    ({"containerPort": 65_536}, "containerPort"),
    ({"containerPort": 4000.5}, "containerPort"),
    ({"transportType": "carrier-pigeon"}, "transportType"),
    ({"env": [{"name": "A", "value": "x"}] * 101}, "env"),
    ({"env": [{"name": "1A", "value": "x"}]}, "env.0.name"),
    ({"env": [{"name": "A\n", "value": "x"}]}, "env.0.name"),
    ({"env": [{"name": "A", "value": "x" * 5001}]}, "env.0.value"),
    ({"env": [{"name": "A", "value": "\0"}]}, "env.0.value"),
    ({"requestedCPU": 0.255}, "two decimals"),
    ({"requestedCPU": 9}, "requestedCPU"),
    ({"requestedMemoryMB": 511}, "requestedMemoryMB"),
    ({"additionalContainerPorts": [{"name": "P", "port": 1, "transportType": "tcp"}]}, "name"),
    ({"additionalContainerPorts": [{"name": "default", "port": 1, "transportType": "tcp"}]},
     "`default` is taken"),
    ({"additionalContainerPorts": [{"name": f"p{n}", "port": 1, "transportType": "tcp"}
                                   for n in range(3)]}, "additionalContainerPorts"),
    ({"idleTimeoutEnabled": None}, "idleTimeoutEnabled"),
    ({"buildId": 7}, "buildId"),
]  # fmt: skip


async def test_a_deployment_that_breaks_a_limit_is_refused(plane: ControlPlane) -> None:
    base = f"/deployments/v3/apps/{plane.app_id}/deployments"
    for changed, message in BAD_DEPLOYMENTS:
        wanted = deployment(plane.prepared.build_id, **changed)
        answer = await plane.http.post(base, json=wanted)
        assert message in body_of(answer, 422)["message"], changed
    unknown = await plane.http.post(base, json=deployment("bld-none"))
    assert body_of(unknown, 404) == {"message": "build bld-none not found"}
    latest = body_of(await plane.http.get(f"{base}/latest"), 200)
    assert latest["deploymentId"] == plane.prepared.deployment_id
    for name in ("", "Upper", "x" * 65, "under_score", "arena"):
        config = {"appName": name, "authConfiguration": {}}
        body_of(await plane.http.post("/apps/v2/apps", json=config), 422)
