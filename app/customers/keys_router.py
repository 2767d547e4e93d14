"""Keys over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path

from app.customers import keys
from app.kit.door import InPrincipal, InReadTx, InTx, TxRoute, access
from app.kit.principal import Credential
from app.kit.schemas import Input, InstantIn, InstantOut, Name, Output, UuidText

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1/api-keys", tags=["keys"], route_class=TxRoute)


class CreateKey(Input):
    """A new key."""

    kind: Literal["secret", "publishable", "game_server"] = "secret"
    label: Name
    expires_at: InstantIn | None = None


class NewKey(Output):
    """A key at the one moment when its secret is shown."""

    key_id: str
    kind: Credential
    secret: str


class Key(Output):
    """A key as it is listed."""

    key_id: str
    kind: Credential
    label: str
    last_four: str
    created_at: InstantOut
    expires_at: InstantOut | None
    revoked_at: InstantOut | None


class Keys(Output):
    """All keys, newest first."""

    data: list[Key]


@router.get("", summary="List keys", openapi_extra=ADMIN)
async def list_keys(tx: InReadTx) -> Keys:
    """Every key of the customer, without its secret."""
    found = await keys.list_keys(tx)
    return Keys(data=[Key.model_validate(each, from_attributes=True) for each in found])


@router.post("", status_code=201, summary="Create a key", openapi_extra=ADMIN)
async def create_key(given: CreateKey, tx: InTx, principal: InPrincipal) -> NewKey:
    """The secret is shown this once."""
    made = await keys.create(
        tx,
        kind=Credential(given.kind),
        is_test=principal.is_test,
        label=given.label,
        expires_at=given.expires_at,
    )
    return NewKey(key_id=made.key_id, kind=made.kind, secret=made.secret)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key", openapi_extra=ADMIN)
async def revoke_key(key_id: Annotated[UuidText, Path()], tx: InTx) -> None:
    """The key is worthless within two seconds."""
    await keys.revoke(tx, key_id)
