"""Keys over HTTP."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request

from app.customers import keys
from app.customers.authentication import Authenticator
from app.customers.key_schemas import CreateKey, Key, Keys, NewKey
from app.kit.arguments import provider
from app.kit.door import InPrincipal, InReadTx, InTx, TxRoute, access
from app.kit.principal import Credential
from app.kit.schemas import UuidText

ADMIN = access(Credential.SECRET)
KeyId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/api-keys", tags=["keys"], route_class=TxRoute)


@provider
def _served_scopes(request: Request) -> frozenset[str]:
    return cast(frozenset[str], request.app.state.scopes)


@provider
def _authenticator(request: Request) -> Authenticator:
    return cast(Authenticator, request.app.state.authenticator)


InServedScopes = Annotated[frozenset[str], Depends(_served_scopes)]
InAuthenticator = Annotated[Authenticator, Depends(_authenticator)]


@router.get("", summary="List keys", openapi_extra=ADMIN)
async def list_keys(tx: InReadTx) -> Keys:
    """Every key of the customer, without its secret."""
    found = await keys.list_keys(tx)
    return Keys(data=[Key.model_validate(each, from_attributes=True) for each in found])


@router.post("", status_code=201, summary="Create a key", openapi_extra=ADMIN)
async def create_key(
    given: CreateKey, tx: InTx, principal: InPrincipal, served: InServedScopes
) -> NewKey:
    """The secret is shown this once. A key makes only keys that may do no more than itself."""
    given.refuse_nonsense(tx.now, served)
    made = await keys.create(
        tx,
        kind=Credential(given.kind),
        is_test=principal.is_test,
        label=given.label,
        scopes=None if given.scopes is None else frozenset(given.scopes),
        allowed_origins=frozenset(given.allowed_origins or ()),
        expires_at=given.expires_at,
        by=principal,
    )
    return NewKey.model_validate(made, from_attributes=True)


@router.post("/{key_id}/rotate", summary="Renew a key's secret", openapi_extra=ADMIN)
async def rotate_key(
    key_id: KeyId, tx: InTx, principal: InPrincipal, authenticator: InAuthenticator
) -> NewKey:
    """The new secret is shown this once; the old one is worthless at once."""
    made = await keys.rotate(tx, key_id, by=principal, is_test=principal.is_test)
    tx.after_commit(lambda: authenticator.forget(key_id))
    return NewKey.model_validate(made, from_attributes=True)


@router.delete("/{key_id}", status_code=204, summary="Revoke a key", openapi_extra=ADMIN)
async def revoke_key(
    key_id: KeyId, tx: InTx, principal: InPrincipal, authenticator: InAuthenticator
) -> None:
    """The key is worthless at once, and within two seconds on every other replica."""
    await keys.revoke(tx, key_id, by=principal)
    tx.after_commit(lambda: authenticator.forget(key_id))
