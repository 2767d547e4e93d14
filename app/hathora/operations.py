"""Each call of the API once: method, path, success, documented errors, authentication.

The control plane routes by this table and the client calls by it, so neither can disagree with
the other. `path` has one `{name}` per path parameter, always a whole segment.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from app.hathora.models.apps import Application, ApplicationsPage, CreateAppConfig
from app.hathora.models.deployments import DeploymentConfigV3, DeploymentV3
from app.hathora.models.processes import ProcessCount, ProcessV3
from app.hathora.models.rooms import (
    ConnectionInfoV2,
    CreateRoomParams,
    Room,
    RoomAllocationData,
    RoomConnectionData,
    RoomWithoutAllocations,
    UpdateRoomConfigParams,
)
from app.hathora.models.wire import Request


class Auth(StrEnum):
    DEV_TOKEN = "dev_token"
    NONE = "none"


class Content(StrEnum):
    JSON = "application/json"
    STREAM = "application/octet-stream"
    EMPTY = ""


@dataclass(frozen=True)
class Operation:
    """`body` is the request's model, if it has one; `result` the type of the success body, None
    for an empty one or a stream."""

    name: str
    method: str
    path: str
    success: int
    errors: frozenset[int]
    auth: Auth
    content: Content
    result: TypeAdapter[Any] | None
    body: type[Request] | None = None


def _errors(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


def _json(
    name: str,
    call: str,
    success: int,
    result: Any,
    errors: frozenset[int],
    *,
    auth: Auth = Auth.DEV_TOKEN,
    body: type[Request] | None = None,
) -> Operation:
    method, path = call.split()
    return Operation(
        name, method, path, success, errors, auth, Content.JSON, TypeAdapter(result), body
    )


def _empty(
    name: str, call: str, errors: frozenset[int], body: type[Request] | None = None
) -> Operation:
    method, path = call.split()
    return Operation(name, method, path, 204, errors, Auth.DEV_TOKEN, Content.EMPTY, None, body)


def _stream(name: str, call: str, errors: frozenset[int]) -> Operation:
    method, path = call.split()
    return Operation(name, method, path, 200, errors, Auth.DEV_TOKEN, Content.STREAM, None)


_READ = _errors(401, 404, 408, 429)
_CHECKED = _errors(401, 404, 408, 422, 429)
_ORDER = _errors(401, 404, 408, 429, 500)
_WRITE = _errors(401, 404, 408, 422, 429, 500)
_SCHEDULE = _errors(400, 401, 402, 404, 408, 422, 429, 500)
_PROCESSES = "/processes/v3/apps/{appId}/processes"
_DEPLOYMENTS = "/deployments/v3/apps/{appId}/deployments"

_ALL = (
    _json(
        "roomsV2.createRoom",
        "POST /rooms/v2/{appId}/create",
        201,
        RoomConnectionData,
        _SCHEDULE,
        body=CreateRoomParams,
    ),
    _json("roomsV2.getRoomInfo", "GET /rooms/v2/{appId}/info/{roomId}", 200, Room, _CHECKED),
    _json(
        "roomsV2.getConnectionInfo",
        "GET /rooms/v2/{appId}/connectioninfo/{roomId}",
        200,
        ConnectionInfoV2,
        _errors(400, 402, 404, 408, 422, 429, 500),
        auth=Auth.NONE,
    ),
    _json(
        "roomsV2.getActiveRoomsForProcess",
        "GET /rooms/v2/{appId}/list/{processId}/active",
        200,
        list[RoomWithoutAllocations],
        _READ,
    ),
    _json(
        "roomsV2.getInactiveRoomsForProcess",
        "GET /rooms/v2/{appId}/list/{processId}/inactive",
        200,
        list[RoomWithoutAllocations],
        _READ,
    ),
    _empty("roomsV2.destroyRoom", "POST /rooms/v2/{appId}/destroy/{roomId}", _ORDER),
    _empty(
        "roomsV2.updateRoomConfig",
        "POST /rooms/v2/{appId}/update/{roomId}",
        _WRITE,
        UpdateRoomConfigParams,
    ),
    _json(
        "roomsV2.resumeRoom",
        "POST /rooms/v2/{appId}/resume/{roomId}",
        200,
        RoomAllocationData,
        _SCHEDULE,
    ),
    _json(
        "processesV3.createProcess",
        f"POST {_PROCESSES}/regions/{{region}}",
        201,
        ProcessV3,
        _errors(401, 402, 404, 408, 422, 429, 500),
    ),
    _json(
        "processesV3.getLatestProcesses", f"GET {_PROCESSES}/latest", 200, list[ProcessV3], _CHECKED
    ),
    _json(
        "processesV3.getProcessesCountExperimental",
        f"GET {_PROCESSES}/count",
        200,
        ProcessCount,
        _CHECKED,
    ),
    _json("processesV3.getProcess", f"GET {_PROCESSES}/{{processId}}", 200, ProcessV3, _READ),
    _empty("processesV3.stopProcess", f"POST {_PROCESSES}/{{processId}}/stop", _ORDER),
    _json("appsV2.getApps", "GET /apps/v2/apps", 200, ApplicationsPage, _READ),
    _json("appsV2.createApp", "POST /apps/v2/apps", 201, Application, _WRITE, body=CreateAppConfig),
    _json("appsV2.getApp", "GET /apps/v2/apps/{appId}", 200, Application, _READ),
    _json(
        "deploymentsV3.createDeployment",
        f"POST {_DEPLOYMENTS}",
        201,
        DeploymentV3,
        _errors(400, 401, 404, 408, 422, 429, 500),
        body=DeploymentConfigV3,
    ),
    _json(
        "deploymentsV3.getLatestDeployment",
        f"GET {_DEPLOYMENTS}/latest",
        200,
        DeploymentV3,
        _CHECKED,
    ),
    _stream(
        "logsV1.getLogsForProcess",
        "GET /logs/v1/{appId}/process/{processId}",
        _errors(400, 401, 404, 408, 410, 429, 500),
    ),
    _stream(
        "logsV1.downloadLogForProcess",
        "GET /logs/v1/{appId}/process/{processId}/download",
        _errors(400, 401, 404, 408, 410, 429),
    ),
)

OPERATIONS = {operation.name: operation for operation in _ALL}
