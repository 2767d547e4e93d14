"""Matches over HTTP."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from app.kit.door import InDatabase, InPrincipal, InReadTx, InTx, TxRoute, access
from app.kit.pages import InPage
from app.kit.principal import Credential
from app.matches import claims, results, voiding
from app.matches import service as matches
from app.matches.bridge import Bridge
from app.matches.lifecycle import MatchStatus
from app.matches.results import Reported
from app.matches.schemas import (
    Claimed,
    ClaimMatch,
    CreateMatch,
    MatchApplied,
    MatchDetail,
    MatchId,
    MatchOut,
    MatchPage,
    MatchPending,
    MatchResult,
    MatchVoided,
    VoidMatch,
)

RESULT_BYTES_MAX = 256 * 1024
REPLAYED = {"Idempotency-Replayed": "true"}
PENDING: dict[int | str, dict[str, Any]] = {202: {"model": MatchPending}}
StatusFilter = Literal[
    "allocating",
    "waiting",
    "live",
    "reported",
    "pending_verification",
    "applied",
    "abandoned",
    "rejected",
    "voided",
]
router = APIRouter(prefix="/api/v1/matches", tags=["matches"], route_class=TxRoute)


async def _bridge(request: Request, database: InDatabase) -> Bridge:
    state = request.app.state
    poll = timedelta(seconds=state.settings.match_poll_seconds)
    return Bridge(database, state.hosts, state.lanes, poll)


async def _public_url(request: Request) -> str:
    return cast(str, request.app.state.settings.public_url)


InBridge = Annotated[Bridge, Depends(_bridge)]
InPublicUrl = Annotated[str, Depends(_public_url)]


@router.post(
    "",
    status_code=202,
    summary="Order a match",
    openapi_extra=access(Credential.SECRET),
)
async def create_match(
    order: CreateMatch, tx: InTx, principal: InPrincipal, public_url: InPublicUrl
) -> MatchOut:
    """A room is opened for it soon; the game server in it claims the match and reports it."""
    return await matches.create(tx, order, who=f"api key {principal.id}", public_url=public_url)


@router.get("", summary="List matches", openapi_extra=access(Credential.SECRET))
async def list_matches(
    tx: InReadTx, page: InPage, status: Annotated[StatusFilter | None, Query()] = None
) -> MatchPage:
    """Newest first."""
    return await matches.list_matches(tx, None if status is None else MatchStatus(status), page)


@router.get("/{match_id}", summary="Read a match", openapi_extra=access(Credential.SECRET))
async def get_match(match_id: MatchId, tx: InReadTx) -> MatchDetail:
    """The match with its result and everything that happened to it: who, when, why."""
    return await matches.read(tx, match_id)


@router.post(
    "/{match_id}/claim",
    summary="Claim a match",
    openapi_extra=access(Credential.CLAIM_CODE, ids_decide=True),
)
async def claim_match(
    match_id: MatchId, asked: ClaimMatch, request: Request, bridge: InBridge
) -> Claimed:
    """For game servers: trade the code of the room config for a token that reports one result.

    Repeat it with the same `claim_nonce` until there is an answer.
    """
    address = request.client.host if request.client else "unknown"
    failed = partial(request.app.state.authenticator.failed, address)
    return await claims.claim(bridge, match_id, asked, on_wrong_code=failed)


@router.post(
    "/{match_id}/result",
    response_model=MatchApplied,
    responses=PENDING,
    summary="Report the result of a match",
    openapi_extra=access(Credential.MATCH_TOKEN, body_bytes_max=RESULT_BYTES_MAX, ids_decide=True),
)
async def report_result(
    match_id: MatchId,
    result: MatchResult,
    request: Request,
    principal: InPrincipal,
    bridge: InBridge,
) -> Response:
    """For game servers. The same result again gets the same answer; 202 means it is kept."""
    reported = Reported(
        principal, match_id, result, results.canonical_text(result), request.state.request_id
    )
    receipt = await results.report(bridge, reported)
    return Response(
        receipt.text,
        receipt.status,
        REPLAYED if receipt.is_replay else None,
        media_type="application/json",
    )


@router.post("/{match_id}/void", summary="Void a match", openapi_extra=access(Credential.SECRET))
async def void_match(
    match_id: MatchId, given: VoidMatch, tx: InTx, principal: InPrincipal
) -> MatchVoided:
    """Take back what the match gave; what was spent meanwhile is `uncollected`.

    Badges, streak ticks, skills and stages stay. Voiding again answers the same.
    """
    return await voiding.void(tx, match_id, reason=given.reason, who=f"api key {principal.id}")
