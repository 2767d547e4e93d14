"""Keys over HTTP."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field

from app.customers import keys
from app.customers.authentication import Authenticator
from app.customers.delegation import PUBLISHABLE_SCOPES
from app.customers.origins import Origins
from app.kit.arguments import provider
from app.kit.door import InPrincipal, InReadTx, InTx, TxRoute, access
from app.kit.errors import ValidationFailed
from app.kit.principal import Credential
from app.kit.schemas import Input, InstantIn, InstantOut, Name, Output, Text256, UuidText
from app.kit.tx import Tx

Scopes = Annotated[list[Text256], Field(min_length=1, max_length=64)]
ADMIN = access(Credential.SECRET)
KeyId = Annotated[UuidText, Path()]
router = APIRouter(prefix="/api/v1/api-keys", tags=["keys"], route_class=TxRoute)


class CreateKey(Input):
    """A new key.

    Without `scopes` a secret key may do everything, a publishable key `read:operations` and
    `write:embed-tokens`. Without `allowed_origins` a publishable key is for pages of any origin.
    """

    kind: Literal["secret", "publishable", "game_server"] = "secret"
    label: Name
    scopes: Scopes | None = None
    allowed_origins: Origins | None = None
    expires_at: InstantIn | None = None


class NewKey(Output):
    """A key at the one moment when its secret is shown."""

    key_id: str
    kind: Credential
    secret: str
    label: str
    scopes: list[str]
    allowed_origins: list[str]
    expires_at: InstantOut | None


class Key(Output):
    """A key as it is listed. Without scopes a secret key may do everything."""

    key_id: str
    kind: Credential
    label: str
    last_four: str
    scopes: list[str]
    allowed_origins: list[str]
    created_at: InstantOut
    expires_at: InstantOut | None
    revoked_at: InstantOut | None


class Keys(Output):
    """All keys, newest first."""

    data: list[Key]


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
    _refuse_nonsense(tx, given, served)
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


def _refuse_nonsense(tx: Tx, given: CreateKey, served: frozenset[str]) -> None:
    """What the form alone can't say.

    Raises:
        ValidationFailed: scopes or origins that this kind has not, or an end in the past.
    """
    possible = {"secret": served, "publishable": PUBLISHABLE_SCOPES}.get(given.kind, frozenset())
    wrong: list[dict[str, str]] = []
    for index, scope in enumerate(given.scopes or ()):
        if scope not in possible:
            listed = ", ".join(sorted(possible)) or "none"
            message = f"a {given.kind} key has no such scope; possible: {listed}"
            wrong.append({"path": f"/scopes/{index}", "message": message})
    if given.allowed_origins is not None and given.kind != "publishable":
        message = "only publishable keys are used by web pages"
        wrong.append({"path": "/allowed_origins", "message": message})
    if given.expires_at is not None and given.expires_at <= tx.now:
        wrong.append({"path": "/expires_at", "message": "must be in the future"})
    if wrong:
        raise ValidationFailed(wrong)
