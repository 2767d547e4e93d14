"""Rooms V2."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from app.hathora.models.enums import OpenRoomReadyStatus, OpenRoomStatus, Region
from app.hathora.models.ports import ExposedPort
from app.hathora.models.wire import ABSENT, Answer, Request

ROOM_CONFIG_CHARACTERS_MAX = 10_000


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain U+0000: it is handed over as an environment variable")
    return text


RoomId = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"\A[a-zA-Z0-9_-]*\z")
]
RoomConfig = Annotated[
    str, Field(max_length=ROOM_CONFIG_CHARACTERS_MAX), AfterValidator(_without_nul)
]
ClientAddress = Annotated[str, Field(min_length=1, max_length=64)]


class CreateRoomParams(Request):
    deployment_id: str | None = Field(default=ABSENT, max_length=200)
    client_ips: list[ClientAddress] | None = Field(
        default=ABSENT, max_length=1000, alias="clientIPs"
    )
    room_config: RoomConfig | None = ABSENT
    region: Region


class UpdateRoomConfigParams(Request):
    room_config: RoomConfig


class RoomConnectionData(Answer):
    """What `createRoom` answers."""

    additional_exposed_ports: list[ExposedPort]
    exposed_port: ExposedPort | None = ABSENT
    status: OpenRoomReadyStatus
    room_id: str
    process_id: str


class ConnectionInfoV2(Answer):
    """What anybody may ask about a room; it never names the process."""

    additional_exposed_ports: list[ExposedPort]
    exposed_port: ExposedPort | None = ABSENT
    status: OpenRoomReadyStatus
    room_id: str


class RoomAllocationData(Answer):
    """What `resumeRoom` answers."""

    additional_exposed_ports: list[ExposedPort]
    exposed_port: ExposedPort | None = ABSENT
    status: OpenRoomReadyStatus
    room_id: str
    process_id: str | None = ABSENT


class RoomAllocation(Answer):
    """One stay of a room on a process; the current one has no `unscheduled_at`."""

    unscheduled_at: AwareDatetime | None
    scheduled_at: AwareDatetime
    process_id: str
    room_allocation_id: str


class Room(Answer):
    current_allocation: RoomAllocation | None
    status: OpenRoomStatus
    allocations: list[RoomAllocation]
    room_config: str | None = ABSENT
    room_id: str
    app_id: str


class RoomWithoutAllocations(Answer):
    current_allocation: RoomAllocation | None
    status: OpenRoomStatus
    room_config: str | None = ABSENT
    room_id: str
    app_id: str
