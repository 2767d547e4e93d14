"""The wire, byte for byte where it matters: keys, nulls, statuses, content types, raw paths."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hathora_support import ControlPlane, control_plane

PORT_KEYS = {"transportType", "port", "host", "name"}
STAY_KEYS = {"unscheduledAt", "scheduledAt", "processId", "roomAllocationId"}
PROCESS_KEYS = {
    "status", "roomsAllocated", "terminatedAt", "stoppingAt", "startedAt", "bootedAt",
    "scheduledAt", "createdAt", "roomsPerProcess", "additionalExposedPorts", "exposedPort",
    "region", "processId", "deploymentId", "appId",
}  # fmt: skip
DEPLOYMENT_KEYS = {
    "idleTimeoutEnabled", "env", "roomsPerProcess", "additionalContainerPorts",
    "defaultContainerPort", "createdAt", "createdBy", "requestedMemoryMB", "requestedCPU",
    "deploymentId", "buildId", "appId",
}  # fmt: skip
APP_KEYS = {
    "deletedBy", "deletedAt", "createdAt", "createdBy", "orgId", "serviceConfig",
    "authConfiguration", "appSecret", "appId", "appName",
}  # fmt: skip


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as running:
        yield running


def deployment(build_id: str | None, **changed: Any) -> dict[str, Any]:
    return {
        "buildId": build_id,
        "containerPort": 4000,
        "transportType": "tcp",
        "env": [],
        "idleTimeoutEnabled": True,
        "requestedCPU": 0.5,
        "requestedMemoryMB": 1024,
        "roomsPerProcess": 3,
        **changed,
    }


def body_of(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert "set-cookie" not in response.headers
    return response.json()


async def test_absent_keys_are_absent_and_required_ones_are_null(plane: ControlPlane) -> None:
    app, http = plane.app_id, plane.http
    made = body_of(
        await http.post(f"/rooms/v2/{app}/create?roomId=r1", json={"region": "London"}), 201
    )
    assert made == {
        "roomId": "r1",
        "processId": made["processId"],
        "status": "starting",
        "additionalExposedPorts": [],
    }
    process_id = made["processId"]
    process_path = f"/processes/v3/apps/{app}/processes/{process_id}"
    assert set(body_of(await http.get(process_path), 200)) == PROCESS_KEYS
    await plane.running(process_id)
    info = body_of(await http.get(f"/rooms/v2/{app}/connectioninfo/r1"), 200)
    assert set(info) == {"roomId", "status", "exposedPort", "additionalExposedPorts"}
    assert set(info["exposedPort"]) == PORT_KEYS
    room = body_of(await http.get(f"/rooms/v2/{app}/info/r1"), 200)
    assert set(room) == {"roomId", "appId", "status", "currentAllocation", "allocations"}
    assert set(room["currentAllocation"]) == STAY_KEYS
    assert room["currentAllocation"]["unscheduledAt"] is None
    (listed,) = body_of(await http.get(f"/rooms/v2/{app}/list/{process_id}/active"), 200)
    assert set(listed) == {"roomId", "appId", "status", "currentAllocation"}
    destroyed = await http.post(f"/rooms/v2/{app}/destroy/r1")
    assert (destroyed.status_code, destroyed.content) == (204, b"")
    room = body_of(await http.get(f"/rooms/v2/{app}/info/r1"), 200)
    assert room["currentAllocation"] is None
    assert (await http.post(f"{process_path}/stop")).status_code == 204
    await plane.reached(process_id, "stopped")
    stopped = body_of(await http.get(process_path), 200)
    assert set(stopped) == {*PROCESS_KEYS, "summaryExitReason"}
    assert stopped["exposedPort"] is None
    for key in ("createdAt", "scheduledAt", "bootedAt", "startedAt", "terminatedAt"):
        assert datetime.fromisoformat(stopped[key]).tzinfo is not None
        assert "T" in stopped[key]


async def test_apps_and_deployments_are_made_over_the_wire_and_run(plane: ControlPlane) -> None:
    app = body_of(
        await plane.http.post(
            "/apps/v2/apps", json={"appName": "second", "authConfiguration": {"anonymous": {}}}
        ),
        201,
    )
    assert set(app) == APP_KEYS
    assert (app["deletedAt"], app["deletedBy"], app["serviceConfig"]) == (None, None, None)
    assert body_of(await plane.http.get(f"/apps/v2/apps/{app['appId']}"), 200) == app
    base = f"/deployments/v3/apps/{app['appId']}/deployments"
    assert body_of(await plane.http.get(f"{base}/latest"), 404)["message"]
    unready = await plane.http.post(f"/rooms/v2/{app['appId']}/create", json={"region": "London"})
    assert body_of(unready, 404) == {"message": "the app has no deployment"}
    extra = {"name": "voice-chat", "port": 5000, "transportType": "udp"}
    wanted = deployment(plane.prepared.build_id, additionalContainerPorts=[extra])
    made = body_of(await plane.http.post(base, json=wanted), 201)
    assert set(made) == DEPLOYMENT_KEYS
    assert made["defaultContainerPort"] == {"name": "default", "port": 4000, "transportType": "tcp"}
    assert made["additionalContainerPorts"] == [extra]
    assert body_of(await plane.http.get(f"{base}/latest"), 200) == made
    room = body_of(
        await plane.http.post(f"/rooms/v2/{app['appId']}/create", json={"region": "London"}), 201
    )
    assert len(room["roomId"]) == 13

    async def ready() -> dict[str, Any]:
        while True:
            path = f"/rooms/v2/{app['appId']}/connectioninfo/{room['roomId']}"
            info: dict[str, Any] = body_of(await plane.http.get(path), 200)
            if info["status"] == "active":
                return info

    info = await asyncio.wait_for(ready(), 20)
    (voice,) = info["additionalExposedPorts"]
    assert (voice["name"], voice["transportType"]) == ("voice-chat", "udp")
    apps = body_of(await plane.http.get("/apps/v2/apps"), 200)["applications"]
    assert [entry["appName"] for entry in apps] == ["arena", "second"]
    assert apps[1]["deployment"] == made


async def test_connection_info_needs_no_token_and_everything_else_does(
    plane: ControlPlane,
) -> None:
    await plane.room("open")
    async with httpx.AsyncClient(base_url=plane.http.base_url) as stranger:
        open_path = f"/rooms/v2/{plane.app_id}/connectioninfo/open"
        assert (await stranger.get(open_path)).status_code == 200
        path = f"/rooms/v2/{plane.app_id}/info/open"
        token = plane.prepared.dev_token
        for header, status in (
            (None, 401),
            ("", 401),
            (token, 401),
            (f"Basic {token}", 401),
            (f"Bearer {token}x", 401),
            (f"bearer {token}", 200),
        ):
            headers = {} if header is None else {"authorization": header}
            answer = body_of(await stranger.get(path, headers=headers), status)
            assert status == 200 or set(answer) == {"message"}


async def test_the_raw_path_is_split_before_it_is_decoded(plane: ControlPlane) -> None:
    await plane.room("a_b-C1")
    found = await plane.http.get(f"/rooms/v2/{plane.app_id}/info/%61%5Fb%2DC1")
    assert body_of(found, 200)["roomId"] == "a_b-C1"
    app = plane.app_id
    for path, message in (
        (f"/rooms/v2/{app}/info/a%2Fb%20c%3Fd%23e", "room not found"),
        ("/rooms/v2/app%2F%C3%A9/info/r", "app not found"),
        (f"/rooms/v2/{app}/info/a/b", "no operation"),
        (f"/rooms/v2/{app}/info/%FF", "not valid UTF-8"),
        (f"/rooms/v2/{app}/info/%0A", "room not found"),
        (f"/rooms/v2/{app}/info/%", "room not found"),
        (f"/rooms/v2/{app}/create", "no operation GET"),
        (f"/rooms/v2%2F{app}/info/r", "no operation"),
        ("//", "no operation"),
    ):
        assert message in body_of(await raw_get(plane, path), 404)["message"], path


async def raw_get(plane: ControlPlane, path: str) -> httpx.Response:
    """A GET whose path no library has touched."""
    token = plane.prepared.dev_token
    sent = await raw(
        plane.port,
        f"GET {path} HTTP/1.1\r\nhost: x\r\ncookie: \r\nauthorization: Bearer {token}\r\n"
        "connection: close\r\n\r\n".encode(),
    )
    head, _, body = sent.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


async def raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


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


async def test_a_body_cut_short_changes_nothing_and_the_next_call_works(
    plane: ControlPlane,
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", plane.port)
    writer.write(
        f"POST /rooms/v2/{plane.app_id}/create?roomId=cut HTTP/1.1\r\nhost: x\r\n"
        f"authorization: Bearer {plane.prepared.dev_token}\r\n"
        'content-length: 100\r\n\r\n{"region":"London"}'.encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await plane.room("whole")
    missing = await plane.http.get(f"/rooms/v2/{plane.app_id}/info/cut")
    assert body_of(missing, 404) == {"message": "room not found"}
