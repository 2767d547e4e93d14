"""Evolution and pictures over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.art.opening import InAtelier
from app.buddies import readiness
from app.buddies.redrawing import rerender
from app.buddies.schemas import EvolutionReadiness
from app.customers.plans import Feature
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.principal import BUDDY_READERS, Credential
from app.kit.schemas import UuidText
from app.operations.schemas import OperationStarted

READERS = access(*BUDDY_READERS)
BuddyId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/buddies", tags=["buddies"], route_class=TxRoute)


@router.get("/{buddy_id}/evolution", summary="Read how near a stage is", openapi_extra=READERS)
async def get_evolution(buddy_id: BuddyId, tx: InReadTx) -> EvolutionReadiness:
    """The buddy's stage, the next one, and what is missing for it."""
    return await readiness.read(tx, buddy_id)


@router.post(
    "/{buddy_id}/evolve",
    status_code=202,
    summary="Start an evolution",
    openapi_extra=access(Credential.SECRET, feature=Feature.EVOLUTION),
)
async def evolve_buddy(buddy_id: BuddyId, tx: InTx, atelier: InAtelier) -> OperationStarted:
    """Answer at once; ask the operation for the stage, or wait for `buddy.evolved`."""
    operation = await readiness.start(tx, buddy_id, atelier)
    return OperationStarted(operation_id=operation.id, status=operation.status)


@router.post(
    "/{buddy_id}/rerender",
    status_code=202,
    summary="Draw a buddy again",
    openapi_extra=access(Credential.SECRET),
)
async def rerender_buddy(buddy_id: BuddyId, tx: InTx, atelier: InAtelier) -> OperationStarted:
    """The old picture stays until the new one is there."""
    operation = await rerender(tx, buddy_id, atelier)
    return OperationStarted(operation_id=operation.id, status=operation.status)
