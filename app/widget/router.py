"""What a browser may ask for with a session or an embed token: always about its own buddy."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Response

from app.buddies.schemas import DressedBuddy
from app.customers.plans import Feature
from app.events.router import REPLAYED, InLanes
from app.events.schemas import EventEffects
from app.items import service as items
from app.items.equipping import equip
from app.items.schemas import ChangeOutfit, Purchase, PurchaseItem
from app.kit.door import InDatabase, InPrincipal, InReadTx, InRequestId, InTx, TxRoute, access
from app.kit.errors import AppError
from app.kit.principal import Credential
from app.sessions.grant import SessionScope
from app.widget import service as widget
from app.widget.schemas import TrackEvent, WidgetState

ETAG_DIGITS = 32
SHOWN = access(Credential.WIDGET_SESSION, Credential.EMBED_TOKEN)
TRACKING = access(Credential.WIDGET_SESSION, session_scope=SessionScope.TRACK, ids_decide=True)
WEARING = access(
    Credential.WIDGET_SESSION, session_scope=SessionScope.EQUIP, feature=Feature.MARKETPLACE
)
BUYING = access(
    Credential.WIDGET_SESSION, session_scope=SessionScope.PURCHASE, feature=Feature.MARKETPLACE
)
router = APIRouter(prefix="/api/v1/widget", tags=["widget"], route_class=TxRoute)


@router.get(
    "/state",
    response_model=WidgetState,
    responses={304: {"description": "It is as `If-None-Match` has it"}},
    summary="Read what the widgets show",
    openapi_extra=SHOWN,
)
async def get_state(
    tx: InReadTx, principal: InPrincipal, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One snapshot of the token's buddy; asked with its `ETag`, 304 says that nothing changed."""
    state = (await widget.read(tx, principal)).model_dump_json().encode()
    etag = f'"{hashlib.sha256(state).hexdigest()[:ETAG_DIGITS]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(state, headers=headers, media_type="application/json")


@router.post(
    "/events",
    response_model=EventEffects,
    summary="Send an event of the token's user",
    openapi_extra=TRACKING,
)
async def track_event(
    given: TrackEvent,
    lanes: InLanes,
    database: InDatabase,
    principal: InPrincipal,
    request_id: InRequestId,
) -> Response:
    """Apply the rules; the same `event_id` again changes nothing. A browser can claim anything."""
    unit = await widget.event_of(database, principal, given, request_id)
    [outcome] = await lanes.submit([unit])
    if isinstance(outcome, AppError):
        raise outcome
    [accepted] = outcome
    headers = {} if accepted.quota is None else accepted.quota.headers()
    if accepted.is_replay:
        headers |= REPLAYED
    return Response(accepted.answer, headers=headers, media_type="application/json")


@router.post("/equip", summary="Change the buddy's outfit", openapi_extra=WEARING)
async def equip_items(given: ChangeOutfit, tx: InTx, principal: InPrincipal) -> DressedBuddy:
    """As `POST /buddies/{buddy_id}/equip`, for the token's buddy."""
    return await equip(tx, str(principal.subject), given)


@router.post("/purchases", summary="Buy an item for the buddy", openapi_extra=BUYING)
async def purchase_item(given: PurchaseItem, tx: InTx, principal: InPrincipal) -> Purchase:
    """As `POST /buddies/{buddy_id}/purchases`, for the token's buddy."""
    return await items.buy(tx, str(principal.subject), given.item_id)
