"""The wire, byte for byte where it matters: keys, nulls, statuses, content types, raw paths."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hathora_support import ControlPlane, body_of, control_plane, deployment

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
BUILD_KEYS = {
    "imageSize", "status", "deletedAt", "finishedAt", "startedAt", "createdAt", "createdBy",
    "buildId", "orgId", "contentHash",
}  # fmt: skip
APP_KEYS = {
    "deletedBy", "deletedAt", "createdAt", "createdBy", "orgId", "serviceConfig",
    "authConfiguration", "appSecret", "appId", "appName",
}  # fmt: skip


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as running:
        yield running


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
    build = apps[1]["deployment"].pop("build")
    assert apps[1]["deployment"] == made
    assert set(build) == BUILD_KEYS
    assert (build["status"], build["deletedAt"]) == ("succeeded", None)


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
