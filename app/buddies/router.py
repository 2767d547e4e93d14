"""Buddies over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from app.buddies import listing, reversing, schemas
from app.buddies import service as buddies
from app.kit.door import Answer, InReadTx, InTx, TxRoute, access
from app.kit.pages import Cursor, InPage, Limit
from app.kit.principal import BUDDY_READERS, Credential
from app.kit.schemas import CallerId, UuidText

READERS = access(*BUDDY_READERS)
ADMIN = access(Credential.SECRET)
BuddyId = Annotated[UuidText, Path()]
LedgerId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/buddies", tags=["buddies"], route_class=TxRoute)


@router.get("", summary="List buddies", openapi_extra=ADMIN)
async def list_buddies(
    tx: InReadTx,
    page: InPage,
    user_id: Annotated[CallerId | None, Query()] = None,
    status: Literal["active", "archived"] | None = None,
    evolution_stage: Annotated[int | None, Query(ge=1, le=5)] = None,
    sort: Literal["created_at", "updated_at", "name", "evolution_stage", "coins"] = "created_at",
    order: Literal["asc", "desc"] = "desc",
) -> schemas.BuddyList:
    """A page of buddies, newest first unless asked otherwise."""
    wanted = {"user_id": user_id, "status": status, "stage": evolution_stage}
    return await listing.list_buddies(tx, wanted, sort=sort, order=order, page=page)


@router.get("/{buddy_id}", summary="Read a buddy", openapi_extra=READERS)
async def get_buddy(buddy_id: BuddyId, tx: InReadTx) -> schemas.Buddy:
    """One buddy with its balances and progression."""
    return await buddies.read(tx, buddy_id)


@router.patch("/{buddy_id}", summary="Rename a buddy", openapi_extra=ADMIN)
async def rename_buddy(buddy_id: BuddyId, given: schemas.Rename, tx: InTx) -> schemas.Buddy:
    """Give the buddy another name."""
    return await buddies.rename(tx, buddy_id, given.name)


@router.post("/{buddy_id}/archive", summary="Archive a buddy", openapi_extra=ADMIN)
async def archive_buddy(buddy_id: BuddyId, tx: InTx) -> schemas.Buddy:
    """End the buddy's life; its ledger stays, and its user may hatch another."""
    return await buddies.archive(tx, buddy_id)


@router.post("/{buddy_id}/tokens", status_code=201, summary="Credit tokens", openapi_extra=ADMIN)
@router.post("/{buddy_id}/coins", status_code=201, summary="Credit tokens", openapi_extra=ADMIN)
async def earn_tokens(
    buddy_id: BuddyId, given: schemas.EarnTokens, tx: InTx
) -> schemas.LedgerEntry:
    """Credit tokens by hand; send an `Idempotency-Key` so that a retry counts once."""
    return await buddies.earn(tx, buddy_id, given)


@router.post(
    "/{buddy_id}/coins/spend", status_code=201, summary="Debit tokens", openapi_extra=ADMIN
)
async def spend_tokens(
    buddy_id: BuddyId, given: schemas.SpendTokens, tx: InTx
) -> schemas.LedgerEntry:
    """Debit tokens by hand; a balance never falls below zero."""
    return await buddies.spend(tx, buddy_id, given)


@router.get("/{buddy_id}/tokens", summary="Read balances", openapi_extra=READERS)
async def get_tokens(buddy_id: BuddyId, tx: InReadTx) -> schemas.TokensSummary:
    """What the buddy has, and ever had, of every token."""
    return await buddies.tokens(tx, buddy_id)


@router.get("/{buddy_id}/ledger", summary="Read the ledger", openapi_extra=ADMIN)
async def get_ledger(
    buddy_id: BuddyId, tx: InReadTx, cursor: Cursor = None, limit: Limit = 50
) -> schemas.LedgerFeed:
    """Every movement of the buddy's tokens, newest first."""
    return await buddies.ledger_feed(tx, buddy_id, cursor=cursor, limit=limit)


@router.post(
    "/{buddy_id}/ledger/{ledger_id}/reverse",
    status_code=201,
    summary="Take a ledger entry back",
    response_model=schemas.LedgerEntry,
    responses={200: {"model": schemas.LedgerEntry, "description": "It was taken back before"}},
    openapi_extra=ADMIN,
)
async def reverse_entry(
    buddy_id: BuddyId, ledger_id: LedgerId, given: schemas.ReverseEntry, tx: InTx
) -> Answer:
    """A new entry undoes the old one, once; 200 with the first when asked again."""
    entry, is_new = await reversing.reverse(tx, buddy_id, ledger_id, given.reason)
    return Answer(entry, 201 if is_new else 200)


@router.post(
    "/{buddy_id}/badges",
    status_code=201,
    summary="Award a badge",
    response_model=schemas.BadgeAward,
    responses={200: {"model": schemas.BadgeAward, "description": "The buddy held it before"}},
    openapi_extra=ADMIN,
)
async def award_badge(buddy_id: BuddyId, given: schemas.AwardBadge, tx: InTx) -> Answer:
    """Give a badge by hand; 200 when the buddy holds it already."""
    award, is_new = await buddies.award_badge(tx, buddy_id, given.badge_key)
    return Answer(award, 201 if is_new else 200)


@router.get("/{buddy_id}/evolutions", summary="Read past stages", openapi_extra=READERS)
async def get_evolutions(buddy_id: BuddyId, tx: InReadTx, page: InPage) -> schemas.Evolutions:
    """The stages that the buddy reached, newest first."""
    return await buddies.evolutions(tx, buddy_id, page)
