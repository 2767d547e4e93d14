"""The port, spoken to a Hathora control plane. The only file that knows Hathora's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from pydantic import ValidationError

from app.hathora.client import errors
from app.hathora.client.client import HathoraClient
from app.hathora.models.enums import ProcessStatus, Region, RoomStatus
from app.hathora.models.processes import ProcessV3
from app.hathora.models.rooms import Room, RoomAllocation
from app.matches.port import (
    HostAway,
    HostError,
    HostRefused,
    ProcessSight,
    ProcessState,
    RoomOrder,
    RoomSight,
    RoomState,
    Stay,
    UnknownProcess,
    UnknownRoom,
)

REGIONS = tuple(region.value for region in Region)
CONFIG_CHARACTERS_MAX = 10_000
TIMEOUT_SECONDS = 5.0
MESSAGE_CHARACTERS_MAX = 300
CODE = re.compile(r"clm_[\w-]+")
PASSING_STATUSES = frozenset({408, 429})

_ROOM_STATES: dict[str, RoomState] = {
    RoomStatus.SCHEDULING: RoomState.STARTING,
    RoomStatus.ACTIVE: RoomState.ACTIVE,
    RoomStatus.DESTROYED: RoomState.ENDED,
}
_PROCESS_STATES: dict[str, ProcessState] = {
    ProcessStatus.STARTING: ProcessState.STARTING,
    ProcessStatus.RUNNING: ProcessState.RUNNING,
    ProcessStatus.DRAINING: ProcessState.RUNNING,
    ProcessStatus.STOPPING: ProcessState.ENDING,
    ProcessStatus.STOPPED: ProcessState.ENDED,
    ProcessStatus.FAILED: ProcessState.ENDED,
}


class HathoraHosts:
    """One client a control plane and token; `aclose` when the process ends."""

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._transport = transport
        self._timeout_seconds = timeout_seconds
        self._clients: dict[tuple[str, str], HathoraClient] = {}

    def of(self, *, base_url: str, token: str, app_id: str) -> "HathoraHost":
        """The rooms of an app behind a control plane."""
        client = self._clients.get((base_url, token))
        if client is None:
            client = self._clients[base_url, token] = HathoraClient(
                base_url, token, transport=self._transport, timeout_seconds=self._timeout_seconds
            )
        return HathoraHost(client, app_id)

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()


class HathoraHost:
    """The rooms of one app."""

    def __init__(self, client: HathoraClient, app_id: str) -> None:
        self._client = client
        self._app_id = app_id

    async def create_room(self, order: RoomOrder) -> None:
        """See `RoomHost`."""
        with _translated(HostRefused):
            await self._client.create_room(
                self._app_id,
                region=order.region,
                room_id=order.room_id,
                room_config=order.config,
                client_ips=order.client_ips,
                deployment_id=order.deployment_id,
            )

    async def room(self, room_id: str) -> RoomSight:
        """See `RoomHost`."""
        with _translated(UnknownRoom):
            return _room(await self._client.get_room_info(self._app_id, room_id))

    async def process(self, process_id: str) -> ProcessSight:
        """See `RoomHost`."""
        with _translated(UnknownProcess):
            return _process(await self._client.get_process(self._app_id, process_id))

    async def destroy_room(self, room_id: str) -> None:
        """See `RoomHost`."""
        with _translated(UnknownRoom):
            await self._client.destroy_room(self._app_id, room_id)

    async def replace_config(self, room_id: str, config: str) -> None:
        """See `RoomHost`."""
        with _translated(UnknownRoom):
            await self._client.update_room_config(self._app_id, room_id, config)

    async def log(self, process_id: str) -> bytes:
        """See `RoomHost`."""
        with _translated(UnknownProcess):
            return await self._client.get_log(self._app_id, process_id)


@contextmanager
def _translated(when_not_found: type[HostError]) -> Iterator[None]:
    """Hathora's errors as the port's. A 404 counts only in the API's own words: a proxy that
    knows no such page says nothing about rooms."""
    try:
        yield
    except errors.ApiError as error:
        raise _of_status(error, when_not_found) from error
    except errors.SDKValidationError as error:
        raise HostRefused(_broken_limit(error)) from error
    except errors.InvalidRequestError as error:
        raise HostRefused("its address is no usable URL") from error
    except errors.HathoraError as error:
        raise HostAway(_said(error)) from error


def _of_status(error: errors.ApiError, when_not_found: type[HostError]) -> HostError:
    if error.status_code in PASSING_STATUSES or error.status_code >= 500:
        return HostAway(_said(error))
    if error.status_code == 404:
        return when_not_found(_said(error))
    return HostRefused(_said(error))


def _broken_limit(error: errors.SDKValidationError) -> str:
    """Which field breaks which limit, without its value: a room config holds a claim code."""
    if not isinstance(error.__cause__, ValidationError):
        return "the order breaks a limit of its API"
    first = error.__cause__.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:MESSAGE_CHARACTERS_MAX]


def _said(error: errors.HathoraError) -> str:
    """What went wrong, in its words, with any claim code blotted out."""
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, errors.HathoraCloudError):
        said = f"{error.status_code}: {error.message}"
    return CODE.sub("clm_…", said)[:MESSAGE_CHARACTERS_MAX]


def _room(room: Room) -> RoomSight:
    state = _ROOM_STATES.get(room.status)
    if state is None:
        raise HostAway(f"it says a room status that is unknown here: {room.status[:32]!r}")
    stays = tuple(_stay(stay) for stay in room.allocations)
    current = None if room.current_allocation is None else _stay(room.current_allocation)
    if current is not None and current not in stays:
        stays = (*stays, current)
    return RoomSight(state, current, stays, room.room_config)


def _stay(allocation: RoomAllocation) -> Stay:
    return Stay(allocation.room_allocation_id, allocation.process_id, allocation.unscheduled_at)


def _process(process: ProcessV3) -> ProcessSight:
    state = _PROCESS_STATES.get(process.status)
    if state is None:
        raise HostAway(f"it says a process status that is unknown here: {process.status[:32]!r}")
    return ProcessSight(process.process_id, state, process.summary_exit_reason)
