"""Processes V3.

Chosen where the API's documents are silent: stopping a process that is stopping or has ended is
204 and changes nothing; `before` is in Unix seconds (milliseconds if it is that large) and means
created before; without a `status` filter `count` counts those that have not ended.
"""

import sqlite3
from enum import StrEnum

from app.hathora.controlplane import allocation
from app.hathora.controlplane.door import Call, Handler, Plane
from app.hathora.controlplane.exposure import exposed
from app.hathora.controlplane.instants import instant
from app.hathora.controlplane.refusals import Invalid, NotFound
from app.hathora.models.enums import ProcessStatus, Region
from app.hathora.models.processes import ProcessCount, ProcessV3

_LATEST = 10
_MILLISECONDS_FROM = 1e11
_SELECT = """
SELECT process.*, (SELECT count(*) FROM room_allocation AS taken
                   WHERE taken.process_id = process.process_id
                     AND taken.unscheduled_at IS NULL) AS rooms_allocated
FROM process
"""


async def create_process(plane: Plane, call: Call) -> ProcessV3:
    region = _member(Region, "region", call.path["region"])

    def write(tx: sqlite3.Connection) -> str:
        deployment = allocation.deployment_for(tx, call.app_id, None)
        return allocation.add_process(
            tx,
            deployment,
            region,
            now=call.now,
            process_limit=plane.settings.process_limit,
        )

    process_id = await plane.store.write(write)
    plane.wake()
    return _found(plane, call.app_id, process_id)


async def get_process(plane: Plane, call: Call) -> ProcessV3:
    return _found(plane, call.app_id, call.path["processId"])


async def get_latest_processes(plane: Plane, call: Call) -> list[ProcessV3]:
    where, values = _filter(call)
    rows = plane.store.reader.execute(
        f"{_SELECT} WHERE {where} ORDER BY sequence DESC LIMIT {_LATEST}", values
    ).fetchall()
    return [_wire(plane, row) for row in rows]


async def get_processes_count(plane: Plane, call: Call) -> ProcessCount:
    where, values = _filter(call)
    if not call.query.get("status"):
        where += " AND terminated_at IS NULL"
    counted = plane.store.reader.execute(
        f"SELECT count(*) FROM process WHERE {where}", values
    ).fetchone()
    return ProcessCount(count=counted[0])


async def stop_process(plane: Plane, call: Call) -> None:
    process = _found(plane, call.app_id, call.path["processId"])

    def write(tx: sqlite3.Connection) -> None:
        allocation.order_stop(tx, process.process_id, "stopped on request", now=call.now)

    await plane.store.write(write)
    plane.wake()


def _found(plane: Plane, app_id: str, process_id: str) -> ProcessV3:
    row = plane.store.reader.execute(
        f"{_SELECT} WHERE process_id = ? AND app_id = ?", (process_id, app_id)
    ).fetchone()
    if row is None:
        raise NotFound("process not found")
    return _wire(plane, row)


def _wire(plane: Plane, row: sqlite3.Row) -> ProcessV3:
    ports = exposed(row, plane.settings.advertised_host)
    return ProcessV3(
        status=row["status"],
        rooms_allocated=row["rooms_allocated"],
        terminated_at=instant(row["terminated_at"]),
        stopping_at=instant(row["stopping_at"]),
        started_at=instant(row["started_at"]),
        booted_at=instant(row["booted_at"]),
        scheduled_at=instant(row["scheduled_at"]),
        created_at=instant(row["created_at"]),
        rooms_per_process=row["rooms_per_process"],
        additional_exposed_ports=ports.additional,
        exposed_port=ports.default,
        region=row["region"],
        process_id=row["process_id"],
        deployment_id=row["deployment_id"],
        app_id=row["app_id"],
        summary_exit_reason=row["exit_reason"],
    )


def _filter(call: Call) -> tuple[str, list[str | float]]:
    """A condition made of fixed words, and its values."""
    where, values = ["app_id = ?"], list[str | float]([call.app_id])
    for name, members in (("status", ProcessStatus), ("region", Region)):
        wanted = [_member(members, name, value) for value in call.query.get(name, ())]
        if wanted:
            where.append(f"{name} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    before = call.one("before")
    if before is not None:
        where.append("created_at < ?")
        values.append(_seconds(before))
    return " AND ".join(where), values


def _member(members: type[StrEnum], name: str, value: str) -> str:
    try:
        return members(value)
    except ValueError:
        raise Invalid(f"{name}: {value!r} is none of {', '.join(members)}") from None


def _seconds(before: str) -> float:
    try:
        number = float(before)
    except ValueError:
        raise Invalid("before: not a number") from None
    if not 0 <= number < 1e15:
        raise Invalid("before: out of range")
    return number / 1000 if number >= _MILLISECONDS_FROM else number


HANDLERS: dict[str, Handler] = {
    "processesV3.createProcess": create_process,
    "processesV3.getProcess": get_process,
    "processesV3.getLatestProcesses": get_latest_processes,
    "processesV3.getProcessesCountExperimental": get_processes_count,
    "processesV3.stopProcess": stop_process,
}
