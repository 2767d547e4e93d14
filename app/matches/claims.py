"""A game server trades its claim code for the right to report one result.

Claiming is safe to repeat: the same nonce from the same place gets the same bytes. The code is
used up only by a claim that was written down.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.kit.crypto import equal, sha256_hex
from app.kit.errors import AppError, Conflict, Forbidden, Unavailable
from app.kit.tx import Tx
from app.matches import codes, records
from app.matches.bridge import OTHER, Bridge, evidence
from app.matches.lifecycle import CLAIMABLE, TOKEN_LIFE, Actor, MatchStatus
from app.matches.records import Match, Move
from app.matches.schemas import Claimed, ClaimMatch
from app.matches.verdict import Ruling, Verdict, judge_claim, judge_place

RETRY_SECONDS = 2


class WrongCode(Forbidden):
    """No match is opened by this code; it is not told whether there is such a match."""

    def __init__(self) -> None:
        super().__init__("This code does not open that match.")


@dataclass(frozen=True, slots=True)
class Knock:
    """A claim on its way: what was asked, and which customer the code names."""

    customer_id: str
    match_id: str
    asked: ClaimMatch

    @property
    def who(self) -> str:
        """The game server, as histories name it."""
        return f"game server {self.asked.process_id}"


async def claim(
    bridge: Bridge, match_id: str, asked: ClaimMatch, *, on_wrong_code: Callable[[], None]
) -> Claimed:
    """The token and the signing key for a match whose room sits on that process now.

    `on_wrong_code` is called before a wrong code is refused.

    Raises:
        WrongCode: by form, customer, match or secret.
        Forbidden: the room is not on that process.
        Conflict: somebody has claimed the match, or it is over.
        Unavailable: the control plane could not be asked; the code is not used up.
    """
    customer_id = codes.customer_of(asked.code)
    if customer_id is None:
        on_wrong_code()
        raise WrongCode
    knock = Knock(customer_id, match_id, asked)
    async with bridge.database.read(customer_id) as tx:
        match = await records.find(tx, match_id)
        if match is None or not equal(match.code_hash, sha256_hex(asked.code)):
            on_wrong_code()
            raise WrongCode
        verdict = _judge(match, knock)
        if verdict.ruling is Ruling.REPLAY:
            return _answer(tx, match)
    if verdict.ruling is Ruling.BELIEVED:
        verdict = await _ask_host(bridge, match, knock)
    if verdict.allocation_id is not None:
        bound = await _bind(bridge, knock, verdict.allocation_id)
        if isinstance(bound, Claimed):
            return bound
        verdict = bound
    await _note(bridge, knock, verdict)
    raise _refusal(match, verdict)


def _judge(match: Match, knock: Knock) -> Verdict:
    asked = knock.asked
    is_same_claim = None
    if match.claim_nonce is not None:
        is_same_claim = (match.claim_nonce, match.process_id) == (
            asked.claim_nonce,
            asked.process_id,
        )
    is_own_room = match.room_id in (None, asked.room_id)
    return judge_claim(match.status, is_same_claim=is_same_claim, is_own_room=is_own_room)


async def _ask_host(bridge: Bridge, match: Match, knock: Knock) -> Verdict:
    host = await bridge.host_of(match)
    if host is None:
        return Verdict(
            Ruling.BELIEVED, allocation_id=f"{OTHER}-{sha256_hex(knock.asked.code)[:32]}"
        )
    found = await evidence(host, knock.asked.room_id, knock.asked.process_id)
    return judge_place(knock.asked.process_id, found)


async def _bind(bridge: Bridge, knock: Knock, allocation_id: str) -> Claimed | Verdict:
    """Write the claim down, unless another server was first; then why it is refused."""
    asked = knock.asked
    async with bridge.database.begin(knock.customer_id) as tx:
        match = await records.locked(tx, knock.match_id)
        verdict = _judge(match, knock)
        if verdict.ruling is Ruling.REPLAY:
            return _answer(tx, match)
        if verdict.ruling is not Ruling.BELIEVED:
            return verdict
        why = f"claimed from room {asked.room_id}, allocation {allocation_id}"
        await records.move(
            tx,
            match,
            [Move(MatchStatus.LIVE, Actor.GAME_SERVER, knock.who, why)],
            room_id=asked.room_id,
            process_id=asked.process_id,
            allocation_id=allocation_id,
            claim_nonce=asked.claim_nonce,
            claimed_at=tx.now,
            token_id=tx.new_id(),
            token_expires_at=tx.now + TOKEN_LIFE,
            sealed_code=None,
            room_ended_at=None,
            attempts=0,
            due_at=tx.now + (bridge.poll if match.provider != OTHER else TOKEN_LIFE),
            lease_until=None,
        )
        return _answer(tx, await records.read(tx, knock.match_id))


def _answer(tx: Tx, match: Match) -> Claimed:
    """The answer to a claim, made of what was written down: always the same."""
    bound, terms = match.binding, match.terms
    return Claimed(
        token=codes.match_token(
            tx.key,
            customer_id=tx.customer_id,
            match_id=match.match_id,
            token_id=bound.token_id,
            issued_at=bound.claimed_at,
        ),
        signing_key=codes.signing_key(
            tx.key,
            customer_id=tx.customer_id,
            match_id=match.match_id,
            allocation_id=bound.allocation_id,
            nonce=bound.nonce,
        ),
        expires_at=bound.expires_at,
        roster=list(terms.roster),
        room_config=terms.room_config,
        allocation_id=bound.allocation_id,
    )


async def _note(bridge: Bridge, knock: Knock, verdict: Verdict) -> None:
    if verdict.ruling is Ruling.AWAY:
        return
    async with bridge.database.begin(knock.customer_id) as tx:
        match = await records.locked(tx, knock.match_id)
        await records.note(tx, match, knock.who, f"claim refused: {verdict.why}")


def _refusal(match: Match, verdict: Verdict) -> AppError:
    if verdict.ruling is Ruling.AWAY:
        return Unavailable(
            "The control plane can't be asked right now. Claim again with the same claim_nonce.",
            RETRY_SECONDS,
        )
    if verdict.ruling is Ruling.FORBIDDEN:
        return Forbidden(f"The claim was refused: {verdict.why}.")
    return Conflict(
        f"The claim was refused: {verdict.why}.",
        details={"status": match.status, "allowed": sorted(CLAIMABLE)},
    )
