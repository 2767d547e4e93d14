"""Rooms on processes: finding a slot, taking it, giving it back. All inside a write transaction.

A room is *open* while it is on a process, *lost* when its process ended under it, and *destroyed*
when somebody asked for that. A destroyed room's config is forgotten; a lost one keeps it, so that
it can be resumed. In the API both are `destroyed`.
"""

import json
import sqlite3
from enum import StrEnum

from app.hathora.controlplane import identifiers, lifecycle
from app.hathora.controlplane.lifecycle import Ending
from app.hathora.controlplane.refusals import LimitReached, NotFound
from app.hathora.models.enums import ProcessStatus


class RoomState(StrEnum):
    OPEN = "open"
    LOST = "lost"
    DESTROYED = "destroyed"


_WITH_FREE_SLOT = """
SELECT process_id FROM process
WHERE deployment_id = ? AND region = ? AND terminated_at IS NULL
  AND status IN ('starting', 'running')
  AND rooms_per_process > (SELECT count(*) FROM room_allocation AS taken
                           WHERE taken.process_id = process.process_id
                             AND taken.unscheduled_at IS NULL)
ORDER BY status = 'running' DESC, sequence LIMIT 1
"""


def deployment_for(tx: sqlite3.Connection, app_id: str, wanted: str | None) -> sqlite3.Row:
    """The deployment asked for, or the app's latest.

    Raises:
        NotFound: there is none.
    """
    found: sqlite3.Row | None = tx.execute(
        "SELECT * FROM deployment WHERE app_id = ? AND (? IS NULL OR deployment_id = ?)"
        " ORDER BY sequence DESC LIMIT 1",
        (app_id, wanted, wanted),
    ).fetchone()
    if found is None:
        raise NotFound(f"deployment {wanted} not found" if wanted else "the app has no deployment")
    return found


def place(tx: sqlite3.Connection, room_id: str, *, now: float, process_limit: int) -> None:
    """Put an existing room on a process with a free slot, else on a new one.

    Raises:
        NotFound: no deployment to run it with.
        LimitReached: a new process would be one too many.
    """
    room = tx.execute("SELECT * FROM room WHERE room_id = ?", (room_id,)).fetchone()
    deployment = deployment_for(tx, room["app_id"], room["deployment_id"])
    free = tx.execute(_WITH_FREE_SLOT, (deployment["deployment_id"], room["region"])).fetchone()
    process_id = (
        free["process_id"]
        if free
        else add_process(tx, deployment, room["region"], now=now, process_limit=process_limit)
    )
    tx.execute(
        "INSERT INTO room_allocation (room_allocation_id, room_id, process_id, scheduled_at)"
        " VALUES (?, ?, ?, ?)",
        (identifiers.bare(), room_id, process_id, now),
    )
    tx.execute("UPDATE room SET state = ? WHERE room_id = ?", (RoomState.OPEN, room_id))


def add_process(
    tx: sqlite3.Connection,
    deployment: sqlite3.Row,
    region: str,
    *,
    now: float,
    process_limit: int,
) -> str:
    """A new row in `starting`; the watcher starts its child. Returns the process id.

    Raises:
        LimitReached
    """
    running = tx.execute("SELECT count(*) FROM process WHERE terminated_at IS NULL").fetchone()[0]
    if running >= process_limit:
        raise LimitReached(f"this control plane runs at most {process_limit} processes")
    config = json.loads(deployment["config"])
    process_id = identifiers.bare()
    tx.execute(
        "INSERT INTO process (process_id, app_id, deployment_id, region, status,"
        " rooms_per_process, transport_type, additional_ports, created_at, scheduled_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, '[]', ?, ?)",
        (
            process_id,
            deployment["app_id"],
            deployment["deployment_id"],
            region,
            ProcessStatus.STARTING,
            config["roomsPerProcess"],
            config["transportType"],
            now,
            now,
        ),
    )
    return process_id


def leave(tx: sqlite3.Connection, room_id: str, state: RoomState, *, now: float) -> None:
    """Take a room off its process, if it is on one."""
    tx.execute(
        "UPDATE room_allocation SET unscheduled_at = ?"
        " WHERE room_id = ? AND unscheduled_at IS NULL",
        (now, room_id),
    )
    tx.execute(
        "UPDATE room SET state = ?, room_config = CASE ? WHEN 'destroyed' THEN NULL"
        " ELSE room_config END WHERE room_id = ?",
        (state, state, room_id),
    )


def evict(tx: sqlite3.Connection, process_id: str, *, now: float) -> None:
    """All rooms of a process that ends are lost."""
    rooms = tx.execute(
        "SELECT room_id FROM room_allocation WHERE process_id = ? AND unscheduled_at IS NULL",
        (process_id,),
    ).fetchall()
    for room in rooms:
        leave(tx, room["room_id"], RoomState.LOST, now=now)


def order_stop(tx: sqlite3.Connection, process_id: str, reason: str, *, now: float) -> None:
    """From now on the process is `stopping` and its rooms are gone; repeating changes nothing."""
    ordered = tx.execute(
        "UPDATE process SET status = ?, stopping_at = ?, stop_reason = ?"
        " WHERE process_id = ? AND terminated_at IS NULL AND status <> ? RETURNING process_id",
        (ProcessStatus.STOPPING, now, reason, process_id, ProcessStatus.STOPPING),
    ).fetchall()
    if ordered:
        evict(tx, process_id, now=now)


def bury(
    tx: sqlite3.Connection,
    process_id: str,
    ending: Ending | None,
    exit_code: int | None,
    *,
    now: float,
) -> None:
    """Write a process's end; without a given `ending` it follows from how the process ended."""
    row = tx.execute(
        "SELECT stop_reason FROM process WHERE process_id = ? AND terminated_at IS NULL",
        (process_id,),
    ).fetchone()
    if row is None:
        return
    final = ending or lifecycle.ending(row["stop_reason"], exit_code)
    tx.execute(
        "UPDATE process SET status = ?, exit_reason = ?, terminated_at = ? WHERE process_id = ?",
        (final.status, final.reason, now, process_id),
    )
    evict(tx, process_id, now=now)
