"""Rooms V2.

Chosen where the API's documents are silent: a `roomId` that was ever used is refused with 422,
also after the room was destroyed; destroying a destroyed room is 404, as is asking how to connect
to it; its info stays readable (`destroyed`, no config). `resumeRoom` puts a room whose process has
ended on another one; a room that sits on a process is answered as it is.
"""

import json
import sqlite3
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.hathora.controlplane import allocation, identifiers
from app.hathora.controlplane.allocation import RoomState
from app.hathora.controlplane.door import Call, Handler, Plane
from app.hathora.controlplane.exposure import exposed
from app.hathora.controlplane.instants import instant
from app.hathora.controlplane.refusals import Invalid, NotFound
from app.hathora.models.enums import ProcessStatus, RoomReadyStatus, RoomStatus
from app.hathora.models.rooms import (
    ConnectionInfoV2,
    CreateRoomParams,
    Room,
    RoomAllocation,
    RoomAllocationData,
    RoomConnectionData,
    RoomId,
    RoomWithoutAllocations,
    UpdateRoomConfigParams,
)

_ROOM_ID = TypeAdapter(RoomId)
_CURRENT = """
SELECT room.room_id, process.*
FROM room_allocation AS stay
JOIN room ON room.room_id = stay.room_id
JOIN process ON process.process_id = stay.process_id
WHERE stay.room_id = ? AND stay.unscheduled_at IS NULL AND room.app_id = ?
"""


async def create_room(plane: Plane, call: Call) -> RoomConnectionData:
    params: CreateRoomParams = call.body
    room_id = _chosen_id(call.one("roomId"))

    def write(tx: sqlite3.Connection) -> dict[str, Any]:
        try:
            tx.execute(
                "INSERT INTO room (room_id, app_id, deployment_id, region, room_config,"
                " client_ips, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    room_id,
                    call.app_id,
                    params.deployment_id,
                    params.region,
                    params.room_config,
                    None if params.client_ips is None else json.dumps(params.client_ips),
                    RoomState.OPEN,
                    call.now,
                ),
            )
        except sqlite3.IntegrityError:
            raise Invalid(
                f"roomId {room_id} is not unique: it is, or was, another room's"
            ) from None
        allocation.place(tx, room_id, now=call.now, process_limit=plane.settings.process_limit)
        return _connection(tx, plane.settings.advertised_host, call.app_id, room_id)

    connection = await plane.store.write(write)
    plane.wake()
    return RoomConnectionData(**connection)


async def get_room_info(plane: Plane, call: Call) -> Room:
    room = _find(plane.store.reader, call)
    stays = _stays(plane.store.reader, room["room_id"])
    return Room(
        current_allocation=_current(stays),
        status=_status(plane.store.reader, room),
        allocations=stays,
        room_config=room["room_config"],
        room_id=room["room_id"],
        app_id=room["app_id"],
    )


async def get_connection_info(plane: Plane, call: Call) -> ConnectionInfoV2:
    host = plane.settings.advertised_host
    reader = plane.store.reader
    return ConnectionInfoV2(**_connection(reader, host, call.app_id, call.path["roomId"]))


async def resume_room(plane: Plane, call: Call) -> RoomAllocationData:
    room_id = call.path["roomId"]

    def write(tx: sqlite3.Connection) -> dict[str, Any]:
        room = _find(tx, call)
        if room["state"] == RoomState.DESTROYED:
            raise NotFound("the room was destroyed")
        if room["state"] == RoomState.LOST:
            allocation.place(tx, room_id, now=call.now, process_limit=plane.settings.process_limit)
        return _connection(tx, plane.settings.advertised_host, call.app_id, room_id)

    connection = await plane.store.write(write)
    plane.wake()
    return RoomAllocationData(**connection)


async def destroy_room(plane: Plane, call: Call) -> None:
    def write(tx: sqlite3.Connection) -> None:
        room = _find(tx, call)
        if room["state"] == RoomState.DESTROYED:
            raise NotFound("the room is destroyed already")
        allocation.leave(tx, room["room_id"], RoomState.DESTROYED, now=call.now)

    await plane.store.write(write)


async def update_room_config(plane: Plane, call: Call) -> None:
    params: UpdateRoomConfigParams = call.body

    def write(tx: sqlite3.Connection) -> None:
        room = _find(tx, call)
        if room["state"] == RoomState.DESTROYED:
            raise NotFound("the room is destroyed")
        tx.execute(
            "UPDATE room SET room_config = ? WHERE room_id = ?",
            (params.room_config, room["room_id"]),
        )

    await plane.store.write(write)


async def get_active_rooms_for_process(plane: Plane, call: Call) -> list[RoomWithoutAllocations]:
    return _of_process(
        plane.store.reader,
        call,
        "SELECT room.* FROM room_allocation AS stay JOIN room USING (room_id)"
        " WHERE stay.process_id = ? AND stay.unscheduled_at IS NULL ORDER BY stay.sequence",
    )


async def get_inactive_rooms_for_process(plane: Plane, call: Call) -> list[RoomWithoutAllocations]:
    return _of_process(
        plane.store.reader,
        call,
        "SELECT room.* FROM room WHERE room_id IN (SELECT room_id FROM room_allocation"
        " WHERE process_id = ?1) AND NOT EXISTS (SELECT 1 FROM room_allocation AS stay"
        " WHERE stay.room_id = room.room_id AND stay.process_id = ?1"
        " AND stay.unscheduled_at IS NULL) ORDER BY room.created_at, room.room_id",
    )


def _chosen_id(wanted: str | None) -> str:
    if wanted is None:
        return identifiers.room()
    try:
        return _ROOM_ID.validate_python(wanted)
    except ValidationError:
        raise Invalid("roomId: 1 to 100 of a-z, A-Z, 0-9, _ and -") from None


def _find(reader: sqlite3.Connection, call: Call) -> sqlite3.Row:
    found: sqlite3.Row | None = reader.execute(
        "SELECT * FROM room WHERE room_id = ? AND app_id = ?",
        (call.path["roomId"], call.app_id),
    ).fetchone()
    if found is None:
        raise NotFound("room not found")
    return found


def _connection(reader: sqlite3.Connection, host: str, app_id: str, room_id: str) -> dict[str, Any]:
    process = reader.execute(_CURRENT, (room_id, app_id)).fetchone()
    if process is None:
        raise NotFound("room not found, or destroyed")
    ports = exposed(process, host)
    is_ready = process["status"] == ProcessStatus.RUNNING
    return {
        "room_id": room_id,
        "status": RoomReadyStatus.ACTIVE if is_ready else RoomReadyStatus.STARTING,
        "exposed_port": ports.default,
        "additional_exposed_ports": ports.additional,
        "process_id": process["process_id"],
    }


def _stays(reader: sqlite3.Connection, room_id: str) -> list[RoomAllocation]:
    rows = reader.execute(
        "SELECT * FROM room_allocation WHERE room_id = ? ORDER BY sequence", (room_id,)
    )
    return [
        RoomAllocation(
            unscheduled_at=instant(row["unscheduled_at"]),
            scheduled_at=instant(row["scheduled_at"]),
            process_id=row["process_id"],
            room_allocation_id=row["room_allocation_id"],
        )
        for row in rows
    ]


def _current(stays: list[RoomAllocation]) -> RoomAllocation | None:
    return next((stay for stay in stays if stay.unscheduled_at is None), None)


def _status(reader: sqlite3.Connection, room: sqlite3.Row) -> RoomStatus:
    if room["state"] != RoomState.OPEN:
        return RoomStatus.DESTROYED
    process = reader.execute(_CURRENT, (room["room_id"], room["app_id"])).fetchone()
    is_running = process is not None and process["status"] == ProcessStatus.RUNNING
    return RoomStatus.ACTIVE if is_running else RoomStatus.SCHEDULING


def _of_process(reader: sqlite3.Connection, call: Call, query: str) -> list[RoomWithoutAllocations]:
    process_id = call.path["processId"]
    known = reader.execute(
        "SELECT 1 FROM process WHERE process_id = ? AND app_id = ?", (process_id, call.app_id)
    ).fetchone()
    if known is None:
        raise NotFound("process not found")
    return [
        RoomWithoutAllocations(
            current_allocation=_current(_stays(reader, room["room_id"])),
            status=_status(reader, room),
            room_config=room["room_config"],
            room_id=room["room_id"],
            app_id=room["app_id"],
        )
        for room in reader.execute(query, (process_id,)).fetchall()
    ]


HANDLERS: dict[str, Handler] = {
    "roomsV2.createRoom": create_room,
    "roomsV2.getRoomInfo": get_room_info,
    "roomsV2.getConnectionInfo": get_connection_info,
    "roomsV2.resumeRoom": resume_room,
    "roomsV2.destroyRoom": destroy_room,
    "roomsV2.updateRoomConfig": update_room_config,
    "roomsV2.getActiveRoomsForProcess": get_active_rooms_for_process,
    "roomsV2.getInactiveRoomsForProcess": get_inactive_rooms_for_process,
}
