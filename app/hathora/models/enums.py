"""The API's enumerations. All are open in answers: a client keeps a value it does not know."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field


class Region(StrEnum):
    SEATTLE = "Seattle"
    LOS_ANGELES = "Los_Angeles"
    WASHINGTON_DC = "Washington_DC"
    CHICAGO = "Chicago"
    LONDON = "London"
    FRANKFURT = "Frankfurt"
    MUMBAI = "Mumbai"
    SINGAPORE = "Singapore"
    TOKYO = "Tokyo"
    SYDNEY = "Sydney"
    SAO_PAULO = "Sao_Paulo"
    DALLAS = "Dallas"
    JOHANNESBURG = "Johannesburg"
    DUBAI = "Dubai"


class ProcessStatus(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    DRAINING = "draining"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class RoomStatus(StrEnum):
    SCHEDULING = "scheduling"
    ACTIVE = "active"
    DESTROYED = "destroyed"


class RoomReadyStatus(StrEnum):
    ACTIVE = "active"
    STARTING = "starting"


class TransportType(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    TLS = "tls"


class BuildStatus(StrEnum):
    CREATED = "created"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class OrgTokenStatus(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


_KNOWN_FIRST = Field(union_mode="left_to_right")
OpenRegion = Annotated[Region | str, _KNOWN_FIRST]
OpenProcessStatus = Annotated[ProcessStatus | str, _KNOWN_FIRST]
OpenRoomStatus = Annotated[RoomStatus | str, _KNOWN_FIRST]
OpenRoomReadyStatus = Annotated[RoomReadyStatus | str, _KNOWN_FIRST]
OpenBuildStatus = Annotated[BuildStatus | str, _KNOWN_FIRST]
OpenTransportType = Annotated[TransportType | str, _KNOWN_FIRST]
