"""What may be believed, in which order refusals come: a row for each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.matches.lifecycle import NEXT, Actor, MatchStatus, may_move
from app.matches.port import ProcessSight, ProcessState, RoomSight, RoomState, Stay
from app.matches.verdict import (
    Evidence,
    Report,
    Ruling,
    judge_claim,
    judge_evidence,
    judge_place,
    judge_report,
)
from app.matches.watching import Reason, Step, Watched, backoff, next_step

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
S = MatchStatus
HERE = Stay("alloc-1", "proc-1")
ACTIVE = RoomSight(RoomState.ACTIVE, HERE, (HERE,))
GONE = replace(HERE, until=NOW)
ENDED = RoomSight(RoomState.ENDED, None, (GONE,))
THERE = Stay("alloc-2", "proc-2")
MOVED = RoomSight(RoomState.ACTIVE, THERE, (GONE, THERE))
RUNNING = ProcessSight("proc-1", ProcessState.RUNNING)
STOPPED = ProcessSight("proc-1", ProcessState.ENDED, "exited with code 1")
AWAY = Evidence(away="timed out")
REPORT = Report(
    is_own_token=True, strangers=(), is_repeat=None, status=S.LIVE, moved_at=NOW, now=NOW
)


@pytest.mark.parametrize(
    ("evidence", "ruling", "why"),
    [
        (Evidence(ACTIVE, RUNNING), Ruling.BELIEVED, ""),
        (Evidence(ACTIVE, STOPPED), Ruling.BELIEVED, ""),
        (Evidence(ENDED, STOPPED), Ruling.BELIEVED, ""),
        (AWAY, Ruling.AWAY, "timed out"),
        (Evidence(None, RUNNING), Ruling.FORBIDDEN, "know the room"),
        (Evidence(None, None), Ruling.FORBIDDEN, "know the room"),
        (Evidence(ACTIVE, None), Ruling.FORBIDDEN, "know the process"),
        (Evidence(replace(ACTIVE, stays=()), RUNNING), Ruling.FORBIDDEN, "never on that process"),
        (
            Evidence(RoomSight(RoomState.ACTIVE, THERE, (THERE,)), RUNNING),
            Ruling.FORBIDDEN,
            "never on that process",
        ),
        (
            Evidence(replace(ENDED, stays=(Stay("alloc-1", "proc-9"),)), RUNNING),
            Ruling.FORBIDDEN,
            "never on that process",
        ),
        (Evidence(MOVED, STOPPED), Ruling.FORBIDDEN, "has moved"),
    ],
)
def test_a_result_is_believed_only_from_where_it_was_claimed(
    evidence: Evidence, ruling: Ruling, why: str
) -> None:
    verdict = judge_evidence("proc-1", "alloc-1", evidence)
    assert verdict.ruling is ruling
    assert why in verdict.why


@pytest.mark.parametrize(
    ("evidence", "ruling", "why"),
    [
        (Evidence(ACTIVE, RUNNING), Ruling.BELIEVED, ""),
        (Evidence(replace(ACTIVE, state=RoomState.STARTING), RUNNING), Ruling.BELIEVED, ""),
        (
            Evidence(ACTIVE, ProcessSight("proc-1", ProcessState.STARTING)),
            Ruling.BELIEVED,
            "",
        ),
        (AWAY, Ruling.AWAY, "timed out"),
        (Evidence(None, None), Ruling.FORBIDDEN, "know the room"),
        (Evidence(ENDED, RUNNING), Ruling.FORBIDDEN, "has ended"),
        (Evidence(replace(ACTIVE, current=None), RUNNING), Ruling.FORBIDDEN, "has ended"),
        (Evidence(MOVED, RUNNING), Ruling.FORBIDDEN, "not on that process"),
        (Evidence(ACTIVE, None), Ruling.FORBIDDEN, "know the process"),
        (Evidence(ACTIVE, STOPPED), Ruling.FORBIDDEN, "process is ended"),
        (
            Evidence(ACTIVE, ProcessSight("proc-1", ProcessState.ENDING)),
            Ruling.FORBIDDEN,
            "process is ending",
        ),
    ],
)
def test_a_claim_is_believed_only_while_the_room_sits_on_that_process(
    evidence: Evidence, ruling: Ruling, why: str
) -> None:
    verdict = judge_place("proc-1", evidence)
    assert verdict.ruling is ruling
    assert why in verdict.why
    assert (verdict.allocation_id == "alloc-1") is (ruling is Ruling.BELIEVED)


@pytest.mark.parametrize(
    ("status", "same", "own", "ruling"),
    [
        (S.WAITING, None, True, Ruling.BELIEVED),
        (S.ALLOCATING, None, True, Ruling.BELIEVED),
        (S.LIVE, True, True, Ruling.REPLAY),
        (S.APPLIED, True, True, Ruling.REPLAY),
        (S.ABANDONED, True, True, Ruling.REPLAY),
        (S.LIVE, False, True, Ruling.ILLEGAL),
        (S.ABANDONED, None, True, Ruling.ILLEGAL),
        (S.WAITING, None, False, Ruling.FORBIDDEN),
        (S.LIVE, True, False, Ruling.FORBIDDEN),
    ],
)
def test_a_code_is_used_once_and_its_answer_repeated(
    status: MatchStatus, same: bool | None, own: bool, ruling: Ruling
) -> None:
    assert judge_claim(status, is_same_claim=same, is_own_room=own).ruling is ruling


def test_reports_are_refused_in_a_fixed_order() -> None:
    """Each row is wrong in one more way than the row below it."""
    long_ago = NOW - timedelta(hours=24, milliseconds=1)
    late = replace(REPORT, status=S.ABANDONED, moved_at=long_ago)
    conflict = replace(REPORT, status=S.APPLIED, is_repeat=False)
    voided = replace(conflict, status=S.VOIDED)
    strangers = replace(voided, strangers=("eve",))
    foreign = replace(strangers, is_own_token=False)
    ladder = [
        (foreign, Ruling.FORBIDDEN),
        (strangers, Ruling.STRANGERS),
        (voided, Ruling.ILLEGAL),
        (conflict, Ruling.CONFLICT),
        (replace(conflict, is_repeat=True), Ruling.REPLAY),
        (late, Ruling.ILLEGAL),
        (REPORT, Ruling.BELIEVED),
    ]
    assert [judge_report(report).ruling for report, _ in ladder] == [each for _, each in ladder]


@pytest.mark.parametrize(
    ("status", "ruling"),
    [
        (S.ALLOCATING, Ruling.ILLEGAL),
        (S.WAITING, Ruling.ILLEGAL),
        (S.LIVE, Ruling.BELIEVED),
        (S.PENDING_VERIFICATION, Ruling.BELIEVED),
        (S.ABANDONED, Ruling.BELIEVED),
        (S.REJECTED, Ruling.ILLEGAL),
        (S.VOIDED, Ruling.ILLEGAL),
    ],
)
def test_a_result_fits_some_statuses_only(status: MatchStatus, ruling: Ruling) -> None:
    assert judge_report(replace(REPORT, status=status)).ruling is ruling


@pytest.mark.parametrize(
    ("before", "after", "actor", "is_allowed"),
    [
        (S.ALLOCATING, S.WAITING, Actor.BRIDGE, True),
        (S.ALLOCATING, S.LIVE, Actor.GAME_SERVER, True),
        (S.WAITING, S.LIVE, Actor.GAME_SERVER, True),
        (S.WAITING, S.LIVE, Actor.BRIDGE, False),
        (S.WAITING, S.APPLIED, Actor.BRIDGE, False),
        (S.LIVE, S.REPORTED, Actor.GAME_SERVER, True),
        (S.LIVE, S.ABANDONED, Actor.GAME_SERVER, False),
        (S.REPORTED, S.APPLIED, Actor.BRIDGE, True),
        (S.APPLIED, S.ABANDONED, Actor.BRIDGE, False),
        (S.APPLIED, S.VOIDED, Actor.CALLER, True),
        (S.ABANDONED, S.REPORTED, Actor.GAME_SERVER, True),
        (S.PENDING_VERIFICATION, S.REJECTED, Actor.BRIDGE, True),
        (S.PENDING_VERIFICATION, S.REJECTED, Actor.GAME_SERVER, False),
        (S.VOIDED, S.APPLIED, Actor.BRIDGE, False),
    ],
)
def test_who_may_move_a_match_where(
    before: MatchStatus, after: MatchStatus, actor: Actor, is_allowed: bool
) -> None:
    assert may_move(before, after, actor) is is_allowed


def test_every_status_is_reached_and_only_two_are_final() -> None:
    assert {each for step in NEXT.values() for each in step} == set(S) - {S.ALLOCATING}
    assert {status for status, after in NEXT.items() if not after} == {S.REJECTED, S.VOIDED}


POLL = timedelta(seconds=5)
LIVE = Watched(S.LIVE, "alloc-1", NOW - timedelta(minutes=1), None)
WAITING = Watched(S.WAITING, None, NOW - timedelta(minutes=1), None)
FRESH, OLD = NOW - timedelta(seconds=4), NOW - timedelta(seconds=5)


@pytest.mark.parametrize(
    ("match", "evidence", "step", "reason"),
    [
        (LIVE, Evidence(ACTIVE, RUNNING), Step.WAIT, None),
        (LIVE, AWAY, Step.WAIT, None),
        (LIVE, Evidence(ENDED, STOPPED), Step.NOTE_END, Reason.PROCESS_ENDED),
        (replace(LIVE, room_ended_at=FRESH), Evidence(ENDED, STOPPED), Step.WAIT, None),
        (
            replace(LIVE, room_ended_at=OLD),
            Evidence(ENDED, STOPPED),
            Step.ABANDON,
            Reason.PROCESS_ENDED,
        ),
        (replace(LIVE, room_ended_at=OLD), AWAY, Step.WAIT, None),
        (
            replace(LIVE, room_ended_at=OLD),
            Evidence(ENDED, RUNNING),
            Step.ABANDON,
            Reason.ROOM_ENDED,
        ),
        (
            replace(LIVE, room_ended_at=OLD),
            Evidence(None, None),
            Step.ABANDON,
            Reason.ROOM_UNKNOWN,
        ),
        (
            replace(LIVE, room_ended_at=OLD),
            Evidence(MOVED, RUNNING),
            Step.ABANDON,
            Reason.ROOM_MOVED,
        ),
        (
            replace(LIVE, room_ended_at=OLD),
            Evidence(ACTIVE, STOPPED),
            Step.ABANDON,
            Reason.PROCESS_ENDED,
        ),
        (WAITING, Evidence(MOVED, RUNNING), Step.WAIT, None),
        (
            replace(WAITING, moved_at=NOW - timedelta(minutes=10)),
            Evidence(ACTIVE, RUNNING),
            Step.ABANDON,
            Reason.NEVER_CLAIMED,
        ),
        (
            replace(WAITING, moved_at=NOW - timedelta(minutes=10)),
            AWAY,
            Step.ABANDON,
            Reason.NEVER_CLAIMED,
        ),
        (
            replace(LIVE, moved_at=NOW - timedelta(hours=24)),
            Evidence(ACTIVE, RUNNING),
            Step.ABANDON,
            Reason.NEVER_REPORTED,
        ),
        (replace(LIVE, moved_at=NOW - timedelta(hours=25)), None, Step.ABANDON, None),
        (WAITING, None, Step.WAIT, None),
    ],
)
def test_an_end_is_believed_at_the_second_look(
    match: Watched, evidence: Evidence | None, step: Step, reason: Reason | None
) -> None:
    decided, ending = next_step(match, evidence, now=NOW, grace=POLL)
    assert decided is step
    if reason is not None:
        assert ending is not None
        assert ending.reason is reason


def test_pauses_double_up_to_a_minute_and_scatter() -> None:
    assert [backoff(n, 1.0).total_seconds() for n in (0, 1, 2, 5, 6, 400)] == [1, 2, 4, 32, 60, 60]
    assert backoff(3, 0.0) == timedelta(seconds=4)
