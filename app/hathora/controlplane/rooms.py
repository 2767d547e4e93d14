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
_WITH_CURRENT = """
SELECT room.room_id, room.app_id, room.state, room.room_config, stay.room_allocation_id,
       stay.process_id, stay.scheduled_at, stay.unscheduled_at, process.status AS process_status
FROM room
LEFT JOIN room_allocation AS stay
       ON stay.room_id = room.room_id AND stay.unscheduled_at IS NULL
LEFT JOIN process ON process.process_id = stay.process_id
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
    with plane.store.snapshot() as reader:
        row = reader.execute(
            f"{_WITH_CURRENT} WHERE room.room_id = ? AND room.app_id = ?",
            (call.path["roomId"], call.app_id),
        ).fetchone()
        if row is None:
            raise NotFound("room not found")
        stays = reader.execute(
            "SELECT * FROM room_allocation WHERE room_id = ? ORDER BY sequence",
            (row["room_id"],),
        ).fetchall()
    return Room(**_described(row), allocations=[_stay(stay) for stay in stays])


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
    return _of_process(plane.store.reader, call, "stay.process_id = ?1")


async def get_inactive_rooms_for_process(plane: Plane, call: Call) -> list[RoomWithoutAllocations]:
    return _of_process(plane.store.reader, call, "stay.process_id IS NOT ?1")


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


def _stay(row: sqlite3.Row) -> RoomAllocation:
    return RoomAllocation(
        unscheduled_at=instant(row["unscheduled_at"]),
        scheduled_at=instant(row["scheduled_at"]),
        process_id=row["process_id"],
        room_allocation_id=row["room_allocation_id"],
    )


def _described(row: sqlite3.Row) -> dict[str, Any]:
    """What both ways of showing a room have in common, from a row of `_WITH_CURRENT`."""
    if row["state"] != RoomState.OPEN:
        status = RoomStatus.DESTROYED
    elif row["process_status"] == ProcessStatus.RUNNING:
        status = RoomStatus.ACTIVE
    else:
        status = RoomStatus.SCHEDULING
    return {
        "current_allocation": _stay(row) if row["room_allocation_id"] else None,
        "status": status,
        "room_config": row["room_config"],
        "room_id": row["room_id"],
        "app_id": row["app_id"],
    }


def _of_process(
    reader: sqlite3.Connection, call: Call, condition: str
) -> list[RoomWithoutAllocations]:
    process_id = call.path["processId"]
    known = reader.execute(
        "SELECT 1 FROM process WHERE process_id = ? AND app_id = ?", (process_id, call.app_id)
    ).fetchone()
    if known is None:
        raise NotFound("process not found")
    rows = reader.execute(
        f"{_WITH_CURRENT} WHERE room.room_id IN (SELECT room_id FROM room_allocation"
        f" WHERE process_id = ?1) AND {condition} ORDER BY room.created_at, room.room_id",
        (process_id,),
    )
    return [RoomWithoutAllocations(**_described(row)) for row in rows.fetchall()]


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
