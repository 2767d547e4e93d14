"""What the bridge needs of whatever hosts the rooms; nothing here is any provider's.

HostError
├── HostAway          no usable answer: nothing follows from it, ask again later
├── HostRefused       it answered, and will not do this
├── UnknownRoom
└── UnknownProcess
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class HostError(Exception):
    """The text says what happened, for a match's history; it holds no secret."""


class HostAway(HostError):
    """Timed out, unreachable, overloaded, failing, or answering nonsense."""


class HostRefused(HostError):
    """The same call would be refused again."""


class UnknownRoom(HostError):
    """The host has no such room, and may never have had one."""


class UnknownProcess(HostError):
    """The host has no such process."""


class RoomState(StrEnum):
    STARTING = "starting"
    ACTIVE = "active"
    ENDED = "ended"


class ProcessState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of a room on a process; `until` is None while it lasts."""

    allocation_id: str
    process_id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoomSight:
    """A room as its host shows it now; `stays` holds the current one too."""

    state: RoomState
    current: Stay | None
    stays: tuple[Stay, ...]
    config: str | None = None


@dataclass(frozen=True, slots=True)
class ProcessSight:
    """A process as its host shows it now."""

    process_id: str
    state: ProcessState
    ended_because: str | None = None


@dataclass(frozen=True, slots=True)
class RoomOrder:
    """A room to be opened under an id of our own."""

    room_id: str
    region: str
    config: str
    deployment_id: str | None = None
    client_ips: Sequence[str] | None = None


class RoomHost(Protocol):
    """The rooms of one app. Every method may raise `HostAway` and `HostRefused`."""

    async def create_room(self, order: RoomOrder) -> None:
        """Open a room; refused if its id was ever used."""
        ...

    async def room(self, room_id: str) -> RoomSight:
        """A room, also one that has ended; raises `UnknownRoom`."""
        ...

    async def process(self, process_id: str) -> ProcessSight:
        """A process, also one that has ended; raises `UnknownProcess`."""
        ...

    async def destroy_room(self, room_id: str) -> None:
        """Free a room; raises `UnknownRoom` where there is none (any more)."""
        ...

    async def replace_config(self, room_id: str, config: str) -> None:
        """Give a room another config; raises `UnknownRoom`."""
        ...

    async def log(self, process_id: str) -> bytes:
        """The log of a process that has ended; raises `UnknownProcess`."""
        ...


class Hosts(Protocol):
    """Finds the host of an app. Connections are shared between calls."""

    def of(self, *, base_url: str, token: str, app_id: str) -> RoomHost:
        """The rooms of an app behind a control plane."""
        ...
