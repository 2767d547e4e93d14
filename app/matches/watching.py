"""What the bridge does next about a match that nobody reports. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.matches.lifecycle import TOKEN_LIFE, MatchStatus
from app.matches.port import ProcessState, RoomState
from app.matches.verdict import Evidence

CLAIM_LIMIT = timedelta(minutes=10)
"""How long a match waits for its room, and then for the server to claim it."""
BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_MAX = timedelta(seconds=60)


class Look(StrEnum):
    WAIT = "wait"
    NOTE_END = "note_end"
    ABANDON = "abandon"


@dataclass(frozen=True, slots=True)
class Watched:
    """A waiting or live match; `room_ended_at` is when an end was first seen, by our clock."""

    status: MatchStatus
    allocation_id: str | None
    moved_at: datetime
    room_ended_at: datetime | None


def next_look(
    match: Watched, evidence: Evidence, *, now: datetime, grace: timedelta
) -> tuple[Look, str]:
    """The one thing to do now, and why.

    An end is believed only when it is still there after `grace`: the result may be on its way.
    """
    if evidence.away is not None:
        return Look.WAIT, evidence.away
    ended = _end(match, evidence)
    if ended is None:
        return _overdue(match, now)
    if match.room_ended_at is None:
        return Look.NOTE_END, ended
    return (Look.ABANDON if now - match.room_ended_at >= grace else Look.WAIT), ended


def backoff(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many failed attempts; `chance` is in [0, 1)."""
    longest = min(BACKOFF_FIRST * 2 ** min(attempts, 10), BACKOFF_MAX)
    return longest * (0.5 + chance / 2)


def _end(match: Watched, evidence: Evidence) -> str | None:
    room, process = evidence.room, evidence.process
    if room is None:
        return "the control plane does not know the room any more"
    if room.state is RoomState.ENDED or room.current is None:
        because = process.ended_because if process is not None else None
        return f"the room ended without a result{f' ({because})' if because else ''}"
    if match.allocation_id is not None and room.current.allocation_id != match.allocation_id:
        return "the room moved to another process without a result"
    if process is None or process.state is ProcessState.ENDED:
        because = process.ended_because if process is not None else "it is gone"
        return f"the process ended without a result ({because or 'no reason given'})"
    return None


def _overdue(match: Watched, now: datetime) -> tuple[Look, str]:
    waited = now - match.moved_at
    if match.status is MatchStatus.WAITING and waited >= CLAIM_LIMIT:
        return Look.ABANDON, "no game server claimed the match in time"
    if match.status is MatchStatus.LIVE and waited >= TOKEN_LIFE:
        return Look.ABANDON, "no result came while the match token was valid"
    return Look.WAIT, ""
