"""`HathoraClient`: the calls that the match bridge makes, typed both ways."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from app.hathora.client.calling import Caller
from app.hathora.client.errors import SDKValidationError
from app.hathora.models.apps import Application
from app.hathora.models.processes import ProcessV3
from app.hathora.models.rooms import (
    ConnectionInfoV2,
    CreateRoomParams,
    Room,
    RoomAllocationData,
    RoomConnectionData,
    RoomWithoutAllocations,
    UpdateRoomConfigParams,
)
from app.hathora.operations import OPERATIONS


class HathoraClient:
    """One control plane, one developer token. Nothing is retried: the caller knows what may be.

    Every method raises `errors.HathoraError`; its tree says what each kind means. Ids are
    percent-encoded. Enum values this version does not know stay as they are.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            transport=transport,
            timeout=timeout_seconds,
            follow_redirects=True,
            trust_env=False,
            headers={"user-agent": "clutch-hathora"},
        )
        self._caller = Caller(self._http, token, timeout_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def get_app(self, app_id: str) -> Application:
        app: Application = await self._call("appsV2.getApp", {"appId": app_id})
        return app

    async def create_room(
        self,
        app_id: str,
        *,
        region: str,
        room_id: str | None = None,
        room_config: str | None = None,
        client_ips: Sequence[str] | None = None,
        deployment_id: str | None = None,
    ) -> RoomConnectionData:
        """Open a room. With a `room_id` of one's own a lost answer can be made good: the id is
        refused (ApiError 422) if the room is there, and `get_room_info` tells about it."""
        body = _checked(
            CreateRoomParams,
            region=region,
            room_config=room_config,
            client_ips=None if client_ips is None else list(client_ips),
            deployment_id=deployment_id,
        )
        query = {} if room_id is None else {"roomId": room_id}
        room: RoomConnectionData = await self._call(
            "roomsV2.createRoom", {"appId": app_id}, query, body
        )
        return room

    async def get_room_info(self, app_id: str, room_id: str) -> Room:
        """Also of a destroyed room, whose `current_allocation` is None."""
        room: Room = await self._call("roomsV2.getRoomInfo", {"appId": app_id, "roomId": room_id})
        return room

    async def get_connection_info(self, app_id: str, room_id: str) -> ConnectionInfoV2:
        """Where players connect; `exposed_port` is None while the process starts."""
        connection: ConnectionInfoV2 = await self._call(
            "roomsV2.getConnectionInfo", {"appId": app_id, "roomId": room_id}
        )
        return connection

    async def destroy_room(self, app_id: str, room_id: str) -> None:
        await self._call("roomsV2.destroyRoom", {"appId": app_id, "roomId": room_id})

    async def update_room_config(self, app_id: str, room_id: str, room_config: str) -> None:
        """Replace the whole string; the running process is not told."""
        body = _checked(UpdateRoomConfigParams, room_config=room_config)
        path = {"appId": app_id, "roomId": room_id}
        await self._call("roomsV2.updateRoomConfig", path, body=body)

    async def get_active_rooms_for_process(
        self, app_id: str, process_id: str
    ) -> list[RoomWithoutAllocations]:
        rooms: list[RoomWithoutAllocations] = await self._call(
            "roomsV2.getActiveRoomsForProcess", {"appId": app_id, "processId": process_id}
        )
        return rooms

    async def get_inactive_rooms_for_process(
        self, app_id: str, process_id: str
    ) -> list[RoomWithoutAllocations]:
        """Those that were on it and are not any more."""
        rooms: list[RoomWithoutAllocations] = await self._call(
            "roomsV2.getInactiveRoomsForProcess", {"appId": app_id, "processId": process_id}
        )
        return rooms

    async def resume_room(self, app_id: str, room_id: str) -> RoomAllocationData:
        """See to it that the room has a process; a new allocation if its process has ended."""
        allocation: RoomAllocationData = await self._call(
            "roomsV2.resumeRoom", {"appId": app_id, "roomId": room_id}
        )
        return allocation

    async def get_process(self, app_id: str, process_id: str) -> ProcessV3:
        process: ProcessV3 = await self._call(
            "processesV3.getProcess", {"appId": app_id, "processId": process_id}
        )
        return process

    async def stop_process(self, app_id: str, process_id: str) -> None:
        await self._call("processesV3.stopProcess", {"appId": app_id, "processId": process_id})

    async def get_log(self, app_id: str, process_id: str) -> bytes:
        """The whole log of a process that has ended (ApiError 400 before that)."""
        log: bytes = await self._call(
            "logsV1.downloadLogForProcess", {"appId": app_id, "processId": process_id}
        )
        return log

    async def tail_log(self, app_id: str, process_id: str, *, lines: int = 100) -> bytes:
        """The last 1 to 5000 lines so far."""
        log: bytes = await self._call(
            "logsV1.getLogsForProcess",
            {"appId": app_id, "processId": process_id},
            {"tailLines": str(lines)},
        )
        return log

    @contextlib.asynccontextmanager
    async def follow_log(
        self, app_id: str, process_id: str, *, lines: int = 100
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Chunks as they are written, until the process ends or the block is left."""
        operation = OPERATIONS["logsV1.getLogsForProcess"]
        path = {"appId": app_id, "processId": process_id}
        query = {"follow": "true", "tailLines": str(lines)}
        async with self._caller.stream(operation, path, query) as chunks:
            yield chunks

    async def _call(
        self,
        name: str,
        path: dict[str, str],
        query: dict[str, str] | None = None,
        body: BaseModel | None = None,
    ) -> Any:
        return await self._caller.call(OPERATIONS[name], path, query, body)


_Body = TypeVar("_Body", bound=BaseModel)


def _checked(model: type[_Body], **values: Any) -> _Body:
    """A request body, or SDKValidationError before anything is sent."""
    try:
        return model.model_validate(values, strict=False)
    except ValidationError as fault:
        raise SDKValidationError(str(fault)) from fault
