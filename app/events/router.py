"""Events over HTTP."""

from typing import Annotated, Any, Literal, cast

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from app.events import service as events
from app.events.lane import Lanes
from app.events.schemas import (
    BatchResults,
    EventEffects,
    EventLog,
    EventType,
    ExplainedEvent,
    SendBatch,
    SendEvent,
)
from app.events.unit import Accepted, Unit
from app.kit.arguments import provider
from app.kit.door import InPrincipal, InReadTx, InRequestId, TxRoute, access
from app.kit.errors import AppError, ValidationFailed
from app.kit.pages import Cursor, Limit
from app.kit.principal import Credential
from app.kit.schemas import Audience, CallerId

RESERVED = "match:"
REPLAYED = {"Idempotency-Replayed": "true"}
router = APIRouter(prefix="/api/v1/events", tags=["events"], route_class=TxRoute)


@provider
def _lanes(request: Request) -> Lanes:
    return cast(Lanes, request.app.state.lanes)


InLanes = Annotated[Lanes, Depends(_lanes)]


@router.post(
    "",
    response_model=EventEffects,
    summary="Send an event",
    openapi_extra=access(Credential.SECRET, ids_decide=True),
)
async def send_event(
    event: SendEvent, lanes: InLanes, principal: InPrincipal, request_id: InRequestId
) -> Response:
    """Apply the rules to something a user did; the same `event_id` again changes nothing."""
    unit = _unit(event, principal.customer_id, request_id, "")
    if isinstance(unit, AppError):
        raise unit
    [outcome] = await lanes.submit([unit])
    if isinstance(outcome, AppError):
        raise outcome
    return Response(
        outcome[0].answer,
        headers=_headers(outcome[0]),
        media_type="application/json",
    )


@router.post(
    "/batch",
    response_model=BatchResults,
    summary="Send up to 500 events",
    openapi_extra=access(Credential.SECRET, ids_decide=True),
)
async def send_batch(
    batch: SendBatch, lanes: InLanes, principal: InPrincipal, request_id: InRequestId
) -> Response:
    """Take each event for itself: one that is refused does not hold up the others."""
    units = [
        _unit(event, principal.customer_id, request_id, f"/events/{index}")
        for index, event in enumerate(batch.events)
    ]
    taken = iter(await lanes.submit([unit for unit in units if isinstance(unit, Unit)]))
    outcomes = [next(taken) if isinstance(unit, Unit) else unit for unit in units]
    results = ",".join(map(_result, outcomes))
    quotas = [each[0].quota for each in outcomes if isinstance(each, list) and each[0].quota]
    headers = max(quotas, key=lambda quota: quota.used).headers() if quotas else None
    return Response(f'{{"results":[{results}]}}', headers=headers, media_type="application/json")


@router.get("", summary="Read the log of events", openapi_extra=access(Credential.SECRET))
async def list_events(
    tx: InReadTx,
    user_id: Annotated[CallerId | None, Query()] = None,
    type: Annotated[EventType | None, Query()] = None,
    audience: Annotated[Audience | None, Query()] = None,
    order: Literal["asc", "desc"] = "desc",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> EventLog:
    """Newest first; `order=asc` follows the log forward and ends two seconds before now."""
    wanted = events.Wanted(user_id, type, audience)
    return await events.log(tx, wanted, order=order, cursor=cursor, limit=limit)


@router.get("/{event_id}", summary="Explain an event", openapi_extra=access(Credential.SECRET))
async def explain_event(event_id: CallerId, tx: InReadTx) -> ExplainedEvent:
    """Why an event did what it did: every rule, every ledger entry, every delivery."""
    return await events.explain(tx, event_id)


def _unit(event: SendEvent, customer_id: str, request_id: str, at: str) -> Unit | AppError:
    if event.event_id.startswith(RESERVED):
        return ValidationFailed.of(
            f"{at}/event_id", "ids that begin with `match:` belong to the match bridge"
        )
    return Unit(customer_id, [event.to_new_event(request_id)])


def _headers(accepted: Accepted) -> dict[str, str] | None:
    quota = {} if accepted.quota is None else accepted.quota.headers()
    return (quota | REPLAYED if accepted.is_replay else quota) or None


def _result(outcome: list[Accepted] | AppError) -> str:
    if isinstance(outcome, AppError):
        refused: dict[str, Any] = outcome.body(None)
        return orjson.dumps(refused).decode()
    return outcome[0].answer
