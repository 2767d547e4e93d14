"""The marketplace over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.buddies.schemas import DressedBuddy
from app.customers.plans import Feature
from app.items import service as items
from app.items.equipping import equip
from app.items.schemas import ChangeOutfit, Items, OwnedItems, Purchase, PurchaseItem
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.principal import BUDDY_READERS, Credential
from app.kit.schemas import UuidText

ADMIN = access(Credential.SECRET, feature=Feature.MARKETPLACE)
READERS = access(*BUDDY_READERS, feature=Feature.MARKETPLACE)
BuddyId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/items", tags=["items"], route_class=TxRoute)
buddy_router = APIRouter(prefix="/api/v1/buddies", tags=["items"], route_class=TxRoute)


@router.get("", summary="List items", openapi_extra=ADMIN)
async def list_items(tx: InReadTx, buddy_id: Annotated[UuidText | None, Query()] = None) -> Items:
    """The published marketplace; with `buddy_id`, what that buddy sees and can pay."""
    return await items.list_items(tx, buddy_id)


@buddy_router.post(
    "/{buddy_id}/purchases", status_code=201, summary="Buy an item", openapi_extra=ADMIN
)
async def purchase_item(buddy_id: BuddyId, given: PurchaseItem, tx: InTx) -> Purchase:
    """Debit and item together or not at all; send an `Idempotency-Key`, or a retry buys again."""
    return await items.buy(tx, buddy_id, given.item_id)


@buddy_router.get("/{buddy_id}/items", summary="List owned items", openapi_extra=READERS)
async def list_owned_items(buddy_id: BuddyId, tx: InReadTx) -> OwnedItems:
    """Everything that the buddy owns."""
    return await items.owned(tx, buddy_id)


@buddy_router.post("/{buddy_id}/equip", summary="Change the outfit", openapi_extra=ADMIN)
async def equip_items(buddy_id: BuddyId, given: ChangeOutfit, tx: InTx) -> DressedBuddy:
    """At most four items, one of each category; accessories stack.

    An outfit that has been drawn before is shown at once; otherwise `operation_id` says what to
    wait for.
    """
    return await equip(tx, buddy_id, given)
