"""A result is believed, kept for later, or refused; what is believed is applied exactly once.

The effects, the match's row, its history and its webhooks commit together. A result that was
answered with 200 or 202 survives everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from app.kit.errors import AppError, Conflict, Forbidden, IdConflict, Unavailable, ValidationFailed
from app.kit.principal import Principal
from app.kit.wire import canonical, differences
from app.matches import answers, records
from app.matches.bridge import Bridge, evidence
from app.matches.lifecycle import Actor, MatchStatus
from app.matches.records import Match, Move
from app.matches.schemas import MatchResult
from app.matches.settling import Overtaken, Settlement, settle
from app.matches.verdict import (
    BELIEVED,
    Report,
    Ruling,
    Verdict,
    judge_evidence,
    judge_report,
)

REDO_MAX = 4
REPORTABLE = (MatchStatus.LIVE, MatchStatus.ABANDONED, MatchStatus.PENDING_VERIFICATION)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a result: 200 with its effects, or 202 when it is kept for later."""

    status: int
    text: str
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """A result as it came in; `text` is its canonical form, by which repeats are compared."""

    principal: Principal
    match_id: str
    result: MatchResult
    text: str
    request_id: str


def canonical_text(result: MatchResult) -> str:
    """The form in which results are stored and compared."""
    return canonical(result.model_dump(mode="json", exclude_none=True))


async def report(bridge: Bridge, reported: Reported) -> Receipt:
    """Apply a result if it can be believed now, or keep it until the host can be asked.

    Raises:
        NotFound: there is no such match.
        Forbidden: the token or the place is not this match's.
        ValidationFailed: players who are not on the roster.
        IdConflict: another result came before.
        Conflict: the match is over in a way that no result can change.
        Unavailable: too much is going on; the same may be sent again.
    """
    for _ in range(REDO_MAX):
        try:
            return await _report(bridge, reported)
        except Overtaken:
            continue
    raise Unavailable("Too many reports of this match at once. Send the same again soon.")


async def _report(bridge: Bridge, reported: Reported) -> Receipt:
    async with bridge.database.read(reported.principal.customer_id) as tx:
        match = await records.read(tx, reported.match_id)
        now = tx.now
    who = f"game server {match.process_id}"
    desk = _on_desk(match, reported)
    verdict = judge_report(Report(*desk, status=match.status, moved_at=match.moved_at, now=now))
    if verdict.ruling is Ruling.REPLAY:
        assert match.answer is not None, "what was applied has an answer"
        return Receipt(200, match.answer, is_replay=True)
    if verdict.ruling is Ruling.BELIEVED:
        verdict = await judge_place(bridge, match)
    if verdict.ruling is Ruling.AWAY:
        return await _keep(bridge, match, reported, who, verdict.why)
    if verdict.ruling is not Ruling.BELIEVED:
        await _note(bridge, match, who, verdict)
        raise _refusal(match, reported, verdict, desk[1])
    settlement = Settlement(
        match, reported.result, reported.text, who, Actor.GAME_SERVER, reported.request_id
    )
    return Receipt(200, await settle(bridge, settlement), is_replay=False)


async def judge_place(bridge: Bridge, match: Match) -> Verdict:
    """What the host says about the place where a match was claimed."""
    host = await bridge.host_of(match)
    if host is None:
        return BELIEVED
    bound = match.binding
    found = await evidence(host, bound.room_id, bound.process_id)
    return judge_evidence(bound.process_id, bound.allocation_id, found)


def _on_desk(match: Match, reported: Reported) -> tuple[bool, tuple[str, ...], bool | None]:
    """Whether the token is the match's, who is not on the roster, whether this is a repeat."""
    principal, terms = reported.principal, match.terms
    is_own = (principal.subject, principal.id) == (match.match_id, match.token_id)
    roster = set(terms.roster)
    players = [] if terms.is_open else [line.user_id for line in reported.result.players]
    strangers = tuple(user_id for user_id in players if user_id not in roster)
    is_repeat = None if match.result is None else match.result == reported.text
    return is_own, strangers, is_repeat


async def _keep(bridge: Bridge, match: Match, reported: Reported, who: str, why: str) -> Receipt:
    """Keep a result durably before saying so."""
    answer = answers.pending(match.match_id)
    if match.status is MatchStatus.PENDING_VERIFICATION:
        return Receipt(202, answer, is_replay=True)
    async with bridge.database.begin(match.customer_id) as tx:
        now = await records.locked(tx, match.match_id)
        if now.status is not match.status:
            raise Overtaken
        await records.move(
            tx,
            now,
            [Move(MatchStatus.PENDING_VERIFICATION, Actor.GAME_SERVER, who, f"reported; {why}")],
            result=reported.text,
            reported_at=tx.now,
            attempts=0,
            due_at=tx.now + bridge.poll,
            lease_until=None,
        )
        tx.nudge(records.DUE.name)
    return Receipt(202, answer, is_replay=False)


async def _note(bridge: Bridge, match: Match, who: str, verdict: Verdict) -> None:
    async with bridge.database.begin(match.customer_id) as tx:
        now = await records.locked(tx, match.match_id)
        await records.note(tx, now, who, f"result refused: {verdict.why}")


def _refusal(
    match: Match, reported: Reported, verdict: Verdict, strangers: Sequence[str]
) -> AppError:
    if verdict.ruling is Ruling.STRANGERS:
        return ValidationFailed(_strangers(reported.result, strangers))
    if verdict.ruling is Ruling.CONFLICT:
        stored = orjson.loads(match.result or "{}")
        return IdConflict(
            "match_result_conflict",
            "Another result of this match came before; a match has one result.",
            list(differences(orjson.loads(reported.text), stored)),
        )
    if verdict.ruling is Ruling.FORBIDDEN:
        return Forbidden(f"The result was refused: {verdict.why}.")
    return Conflict(
        f"The result was refused: {verdict.why}.",
        details={"status": match.status, "allowed": sorted(REPORTABLE)},
    )


def _strangers(result: MatchResult, strangers: Sequence[str]) -> list[dict[str, str]]:
    wanted = set(strangers)
    return [
        {"path": f"/players/{index}/user_id", "message": "is not on the roster of this match"}
        for index, line in enumerate(result.players)
        if line.user_id in wanted
    ]
