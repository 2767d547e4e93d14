"""Gates over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.gates import service as gates
from app.gates.schemas import (
    BuddyUnlocks,
    ChangeGate,
    CreateGate,
    Gates,
    TokenGate,
    UnlockResult,
)
from app.kit.door import InReadTx, InTx, TxRoute, access
from app.kit.principal import BUDDY_READERS, Credential
from app.kit.schemas import Key, UuidText

ADMIN = access(Credential.SECRET)
READERS = access(*BUDDY_READERS)
BuddyId = Annotated[UuidText, Path()]
GateKey = Annotated[Key, Path()]
router = APIRouter(prefix="/api/v1/gates", tags=["gates"], route_class=TxRoute)
buddy_router = APIRouter(prefix="/api/v1/buddies", tags=["gates"], route_class=TxRoute)


@router.get("", summary="List gates", openapi_extra=ADMIN)
async def list_gates(tx: InReadTx) -> Gates:
    """Every gate of the customer."""
    return await gates.list_gates(tx)


@router.post("", status_code=201, summary="Create a gate", openapi_extra=ADMIN)
async def create_gate(given: CreateGate, tx: InTx) -> TokenGate:
    """A gate costs a spendable token of the published config."""
    return await gates.create(tx, given)


@router.patch("/{gate_key}", summary="Change a gate", openapi_extra=ADMIN)
async def change_gate(gate_key: GateKey, given: ChangeGate, tx: InTx) -> TokenGate:
    """Change what is given; who has opened the gate keeps it."""
    return await gates.change(tx, gate_key, given)


@router.delete("/{gate_key}", status_code=204, summary="Delete a gate", openapi_extra=ADMIN)
async def delete_gate(gate_key: GateKey, tx: InTx) -> None:
    """Only a gate that nobody has opened."""
    await gates.remove(tx, gate_key)


@buddy_router.post(
    "/{buddy_id}/gates/{gate_key}/unlock", summary="Unlock a gate", openapi_extra=ADMIN
)
async def unlock_gate(buddy_id: BuddyId, gate_key: GateKey, tx: InTx) -> UnlockResult:
    """Pay once; a gate that is open costs nothing more."""
    return await gates.unlock(tx, buddy_id, gate_key)


@buddy_router.get("/{buddy_id}/gates", summary="List unlocked gates", openapi_extra=READERS)
async def list_unlocks(buddy_id: BuddyId, tx: InReadTx) -> BuddyUnlocks:
    """Every gate that the buddy has opened."""
    return await gates.unlocks(tx, buddy_id)
