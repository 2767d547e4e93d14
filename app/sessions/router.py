"""Widget sessions and embed tokens over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.customers.keys_router import InAuthenticator
from app.kit.door import InPrincipal, InTx, TxRoute, access
from app.kit.principal import Credential
from app.kit.schemas import UuidText
from app.sessions import service as sessions
from app.sessions.schemas import CreateEmbedToken, CreateSession, EmbedToken, SessionToken

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1", tags=["sessions"], route_class=TxRoute)


@router.post(
    "/widget-sessions", status_code=201, summary="Begin a widget session", openapi_extra=ADMIN
)
async def create_session(given: CreateSession, tx: InTx, principal: InPrincipal) -> SessionToken:
    """A token with which a page acts for one buddy, within its scopes; it can be revoked."""
    return await sessions.create(tx, principal, given)


@router.delete(
    "/widget-sessions/{session_id}",
    status_code=204,
    summary="Revoke a widget session",
    openapi_extra=ADMIN,
)
async def revoke_session(
    session_id: Annotated[UuidText, Path()], tx: InTx, authenticator: InAuthenticator
) -> None:
    """The token is worthless at once, and within two seconds on every other replica."""
    await sessions.revoke(tx, session_id)
    tx.after_commit(lambda: authenticator.forget(session_id))


@router.post(
    "/embed-tokens",
    status_code=201,
    summary="Mint an embed token",
    openapi_extra=access(Credential.SECRET, Credential.PUBLISHABLE),
)
async def create_embed_token(
    given: CreateEmbedToken, tx: InTx, principal: InPrincipal
) -> EmbedToken:
    """A token with which a page shows one buddy; it changes nothing and ends by itself."""
    return await sessions.mint_embed_token(tx, principal, given)
