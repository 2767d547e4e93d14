"""Whether a claim or a result may be believed, decided in a fixed order. Pure.

What the caller did wrong comes first, then what the books say, then what the host says: a host
that is away never hides a mistake, and is never asked about a result that is refused anyway.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.matches.lifecycle import CLAIMABLE, LATE_RESULT, MatchStatus
from app.matches.port import ProcessSight, ProcessState, RoomSight, RoomState


class Ruling(StrEnum):
    BELIEVED = "believed"
    AWAY = "away"
    REPLAY = "replay"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    ILLEGAL = "illegal"
    STRANGERS = "strangers"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling and, for the history, why; `allocation_id` of a believed claim."""

    ruling: Ruling
    why: str = ""
    allocation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the host said about a room and a process; None for what it does not know.

    `away` is the reason why it could not be asked, and then the rest means nothing.
    """

    room: RoomSight | None = None
    process: ProcessSight | None = None
    away: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A result on the desk, and what the books know of its match.

    `is_repeat` is None where the match has no result yet, else whether this is the same one.
    """

    is_own_token: bool
    strangers: tuple[str, ...]
    is_repeat: bool | None
    status: MatchStatus
    moved_at: datetime
    now: datetime


BELIEVED = Verdict(Ruling.BELIEVED)
_CLOSED = frozenset({MatchStatus.REJECTED, MatchStatus.VOIDED})


def judge_claim(status: MatchStatus, *, is_same_claim: bool | None, is_own_room: bool) -> Verdict:
    """What the books say to a claim whose code is right, before the host is asked.

    `is_same_claim` is None where nobody has claimed yet.
    """
    if not is_own_room:
        return Verdict(Ruling.FORBIDDEN, "the room is not the one that was opened for this match")
    if is_same_claim:
        return Verdict(Ruling.REPLAY)
    if is_same_claim is False:
        return Verdict(Ruling.ILLEGAL, "the match is claimed already")
    if status not in CLAIMABLE:
        return Verdict(Ruling.ILLEGAL, f"the match is {status}")
    return BELIEVED


def judge_place(process_id: str, evidence: Evidence) -> Verdict:
    """Whether the room of a match sits on that process now, and under which allocation."""
    room, process = evidence.room, evidence.process
    if evidence.away is not None:
        return Verdict(Ruling.AWAY, evidence.away)
    if room is None:
        return Verdict(Ruling.FORBIDDEN, "the control plane does not know the room")
    if room.state is RoomState.ENDED or room.current is None:
        return Verdict(Ruling.FORBIDDEN, "the room has ended")
    if room.current.process_id != process_id:
        return Verdict(Ruling.FORBIDDEN, "the room is not on that process")
    if process is None:
        return Verdict(Ruling.FORBIDDEN, "the control plane does not know the process")
    if process.state not in (ProcessState.STARTING, ProcessState.RUNNING):
        return Verdict(Ruling.FORBIDDEN, f"the process is {process.state}")
    return Verdict(Ruling.BELIEVED, allocation_id=room.current.allocation_id)


def judge_report(report: Report) -> Verdict:
    """What the books say to a result, before the host is asked."""
    if not report.is_own_token:
        return Verdict(Ruling.FORBIDDEN, "the token is not this match's")
    if report.strangers:
        return Verdict(Ruling.STRANGERS, f"not on the roster: {', '.join(report.strangers)[:500]}")
    if report.status in _CLOSED or report.status in CLAIMABLE:
        return Verdict(Ruling.ILLEGAL, f"the match is {report.status}")
    if report.is_repeat is False:
        return Verdict(Ruling.CONFLICT, "another result came before")
    if report.status is MatchStatus.APPLIED:
        return Verdict(Ruling.REPLAY)
    is_abandoned = report.status is MatchStatus.ABANDONED
    if is_abandoned and report.now - report.moved_at > LATE_RESULT:
        return Verdict(Ruling.ILLEGAL, "the match was abandoned more than 24 hours ago")
    return BELIEVED


def judge_evidence(process_id: str, allocation_id: str, evidence: Evidence) -> Verdict:
    """Whether the room is, or was, where the claim bound it. It may have ended since."""
    room = evidence.room
    if evidence.away is not None:
        return Verdict(Ruling.AWAY, evidence.away)
    if room is None:
        return Verdict(Ruling.FORBIDDEN, "the control plane does not know the room")
    if evidence.process is None:
        return Verdict(Ruling.FORBIDDEN, "the control plane does not know the process")
    bound = (allocation_id, process_id)
    if bound not in {(stay.allocation_id, stay.process_id) for stay in room.stays}:
        return Verdict(Ruling.FORBIDDEN, "the room was never on that process as it was claimed")
    if room.current is not None and room.current.allocation_id != allocation_id:
        return Verdict(Ruling.FORBIDDEN, "the room has moved since it was claimed")
    return BELIEVED
