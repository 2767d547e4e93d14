"""What the bridge does next about a match that nobody reports. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.matches.lifecycle import TOKEN_LIFE, MatchStatus
from app.matches.port import ProcessState, RoomState
from app.matches.verdict import Evidence

CLAIM_LIMIT = timedelta(minutes=10)
"""How long a match waits for its room, and then for a server to claim it."""
BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_MAX = timedelta(seconds=60)


class Step(StrEnum):
    WAIT = "wait"
    NOTE_END = "note_end"
    ABANDON = "abandon"


class Reason(StrEnum):
    """Why a match was abandoned, as webhooks say it."""

    NOT_ALLOCATED = "not_allocated"
    NEVER_CLAIMED = "never_claimed"
    NEVER_REPORTED = "never_reported"
    ROOM_UNKNOWN = "room_unknown"
    ROOM_ENDED = "room_ended"
    ROOM_MOVED = "room_moved"
    PROCESS_ENDED = "process_ended"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a match came to nothing: for webhooks and, in words, for its history."""

    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A waiting or live match; `room_ended_at` is when an end was first seen, by our clock."""

    status: MatchStatus
    allocation_id: str | None
    moved_at: datetime
    room_ended_at: datetime | None


def next_step(
    match: Watched, evidence: Evidence | None, *, now: datetime, grace: timedelta
) -> tuple[Step, Ending | None]:
    """The one thing to do now. `evidence` is None where there is no host to ask.

    An end is believed only when it is still there after `grace`: the result may be on its way.
    """
    ending = None if evidence is None or evidence.away else _ending(match, evidence)
    if ending is None:
        overdue = _overdue(match, now)
        return (Step.ABANDON if overdue else Step.WAIT), overdue
    if match.room_ended_at is None:
        return Step.NOTE_END, ending
    return (Step.ABANDON if now - match.room_ended_at >= grace else Step.WAIT), ending


def backoff(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many failed attempts; `chance` is in [0, 1)."""
    doubled: timedelta = BACKOFF_FIRST * 2.0 ** min(attempts, 10)
    return min(doubled, BACKOFF_MAX) * (0.5 + chance / 2)


def _ending(match: Watched, evidence: Evidence) -> Ending | None:
    room, process = evidence.room, evidence.process
    because = process.ended_because if process is not None else None
    said = f" ({because})" if because else ""
    if room is None:
        return Ending(Reason.ROOM_UNKNOWN, "the control plane does not know the room any more")
    if room.state is RoomState.ENDED or room.current is None:
        ended = process is not None and process.state is ProcessState.ENDED
        reason = Reason.PROCESS_ENDED if ended else Reason.ROOM_ENDED
        return Ending(reason, f"the room ended without a result{said}")
    if match.allocation_id is not None and room.current.allocation_id != match.allocation_id:
        return Ending(Reason.ROOM_MOVED, "the room moved to another process without a result")
    if process is None or process.state is ProcessState.ENDED:
        return Ending(Reason.PROCESS_ENDED, f"the process ended without a result{said}")
    return None


def _overdue(match: Watched, now: datetime) -> Ending | None:
    waited = now - match.moved_at
    if match.status is MatchStatus.WAITING and waited >= CLAIM_LIMIT:
        return Ending(Reason.NEVER_CLAIMED, "no game server claimed the match in time")
    if match.status is MatchStatus.LIVE and waited >= TOKEN_LIFE:
        return Ending(Reason.NEVER_REPORTED, "no result came while the match token was valid")
    return None
