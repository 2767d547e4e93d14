"""Paths over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.customers.plans import Feature
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.principal import BUDDY_READERS, Credential
from app.kit.schemas import Key, UuidText
from app.paths import service as paths
from app.paths.schemas import ActivePath, BuddyPaths, StepCompleted

ADMIN = access(Credential.SECRET, feature=Feature.PATHS)
READERS = access(*BUDDY_READERS, feature=Feature.PATHS)
BuddyId = Annotated[UuidText, Path()]
InPathKey = Annotated[Key, Path()]
STEP = "/{buddy_id}/paths/{path_key}/steps/{step_key}"
router = APIRouter(prefix="/api/v1/paths", tags=["paths"], route_class=TxRoute)
buddy_router = APIRouter(prefix="/api/v1/buddies", tags=["paths"], route_class=TxRoute)


@router.post("/{path_key}/activate", summary="Activate a path", openapi_extra=ADMIN)
async def activate_path(path_key: InPathKey, tx: InTx) -> ActivePath:
    """Make this path the one that its audience goes; another one rests, nothing of it is lost."""
    return await paths.activate(tx, path_key)


@buddy_router.get("/{buddy_id}/paths", summary="Read paths", openapi_extra=READERS)
async def get_paths(buddy_id: BuddyId, tx: InReadTx) -> BuddyPaths:
    """Where the buddy stands on every path of its audience."""
    return await paths.of_buddy(tx, buddy_id)


@buddy_router.post(f"{STEP}/complete", summary="Complete a step", openapi_extra=ADMIN)
async def complete_step(
    buddy_id: BuddyId, path_key: InPathKey, step_key: InPathKey, tx: InTx
) -> StepCompleted:
    """Complete a step that has neither a condition nor sub-steps."""
    return await paths.complete(tx, buddy_id, path_key, step_key, None)


@buddy_router.post(
    f"{STEP}/{{sub_step_key}}/complete", summary="Complete a sub-step", openapi_extra=ADMIN
)
async def complete_sub_step(
    buddy_id: BuddyId, path_key: InPathKey, step_key: InPathKey, sub_step_key: InPathKey, tx: InTx
) -> StepCompleted:
    """Complete a part of a step; the step completes with its last one."""
    return await paths.complete(tx, buddy_id, path_key, step_key, sub_step_key)
