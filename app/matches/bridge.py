"""What the bridge works with, and how it asks a host about a match."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from app.events.lane import Lanes
from app.kit.db import Database
from app.matches import apps
from app.matches.port import (
    HostAway,
    HostRefused,
    Hosts,
    ProcessSight,
    RoomHost,
    RoomSight,
    UnknownProcess,
    UnknownRoom,
)
from app.matches.records import Match
from app.matches.verdict import Evidence

OTHER = "other"
"""The provider of matches that are played outside any control plane."""
ROOM_OUTLIVES_RESULT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Bridge:
    """`poll` is how often a match is looked at while nobody reports it."""

    database: Database
    hosts: Hosts
    lanes: Lanes
    poll: timedelta

    async def host_of(self, match: Match) -> RoomHost | None:
        """The host of a match's room; None where there is no control plane to ask."""
        if match.provider == OTHER or match.app_id is None:
            return None
        async with self.database.read(match.customer_id) as tx:
            app = await apps.read(tx, match.app_id)
        assert app is not None, "apps are never disconnected"
        return app.host(self.hosts)


async def evidence(host: RoomHost, room_id: str, process_id: str | None) -> Evidence:
    """What a host says about a room and a process; without a process, about the room's own."""
    try:
        if process_id is not None:
            room, process = await asyncio.gather(_room(host, room_id), _process(host, process_id))
            return Evidence(room, process)
        room = await _room(host, room_id)
        stay = None if room is None else room.current or next(reversed(room.stays), None)
        return Evidence(room, None if stay is None else await _process(host, stay.process_id))
    except (HostAway, HostRefused) as fault:
        return Evidence(away=f"the control plane can't be asked ({fault})")


async def _room(host: RoomHost, room_id: str) -> RoomSight | None:
    try:
        return await host.room(room_id)
    except UnknownRoom:
        return None


async def _process(host: RoomHost, process_id: str) -> ProcessSight | None:
    try:
        return await host.process(process_id)
    except UnknownProcess:
        return None
