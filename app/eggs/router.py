"""Eggs over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.art.opening import InAtelier
from app.eggs import service as eggs
from app.eggs.schemas import (
    ChangeEggStatus,
    CreateEgg,
    Egg,
    EggStatusChange,
)
from app.eggs.status import EggStatus
from app.kit.door import Answer, InReadTx, InTx, TxRoute, access
from app.kit.pages import InPage
from app.kit.principal import Credential
from app.kit.schemas import CallerId, UuidText
from app.operations.schemas import OperationStarted

ADMIN = access(Credential.SECRET)
EggId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/eggs", tags=["eggs"], route_class=TxRoute)


@router.post(
    "",
    status_code=201,
    summary="Lay an egg",
    response_model=Egg,
    responses={200: {"model": Egg, "description": "`ensure` reused an egg"}},
    openapi_extra=ADMIN,
)
async def create_egg(given: CreateEgg, tx: InTx) -> Answer:
    """A new egg waits; 200 when `ensure` found one to reuse."""
    egg, is_new = await eggs.create(tx, given)
    return Answer(egg, 201 if is_new else 200)


@router.get("", summary="List eggs", openapi_extra=ADMIN)
async def list_eggs(
    tx: InReadTx,
    page: InPage,
    user_id: Annotated[CallerId | None, Query()] = None,
    status: EggStatus | None = None,
) -> list[Egg]:
    """A page of eggs, newest first."""
    return await eggs.list_eggs(tx, user_id=user_id, status=status, page=page)


@router.get("/{egg_id}", summary="Read an egg", openapi_extra=ADMIN)
async def get_egg(egg_id: EggId, tx: InReadTx) -> Egg:
    """One egg."""
    return await eggs.read(tx, egg_id)


@router.patch("/{egg_id}/status", summary="Make ready or cancel", openapi_extra=ADMIN)
async def change_egg_status(egg_id: EggId, given: ChangeEggStatus, tx: InTx) -> EggStatusChange:
    """Only ready eggs hatch; a waiting or ready egg can be cancelled."""
    return await eggs.change_status(tx, egg_id, EggStatus(given.status))


@router.post(
    "/{egg_id}/hatch", status_code=202, summary="Start hatching an egg", openapi_extra=ADMIN
)
async def hatch_egg(egg_id: EggId, tx: InTx, atelier: InAtelier) -> OperationStarted:
    """Answer at once; ask the operation for the buddy, or wait for `buddy.hatched`."""
    operation = await eggs.start_hatching(tx, egg_id, atelier)
    return OperationStarted(operation_id=operation.id, status=operation.status)
