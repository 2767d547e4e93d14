"""The console over HTTP: signing in and out."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from app.console import cookie
from app.console import service as console
from app.console.schemas import ConsoleSession
from app.kit.arguments import provider
from app.kit.crypto import sha256_hex
from app.kit.door import Answer, InPrincipal, InReadTx, InTx, TxRoute, access
from app.kit.principal import Credential

ADMIN = access(Credential.SECRET)
router = APIRouter(prefix="/api/v1/console-session", tags=["console"], route_class=TxRoute)


@provider
def _key_hash(request: Request) -> str:
    return sha256_hex(request.headers.get("authorization", "").partition(" ")[2])


@provider
def _is_https(request: Request) -> bool:
    public_url = cast(str, request.app.state.settings.public_url)
    return request.url.scheme == "https" or public_url.startswith("https:")


InKeyHash = Annotated[str, Depends(_key_hash)]
IsHttps = Annotated[bool, Depends(_is_https)]


@router.post(
    "",
    status_code=201,
    summary="Sign in to the console",
    response_model=ConsoleSession,
    openapi_extra=ADMIN,
)
async def sign_in(
    tx: InTx, principal: InPrincipal, key_hash: InKeyHash, is_https: IsHttps
) -> Answer:
    """Trade a secret key for a cookie that holds for an hour, on the console's pages alone."""
    value, session = await console.begin(tx, principal, key_hash)
    kept = cookie.setting(value, cookie.SESSION_SECONDS, is_https=is_https)
    return Answer(session, 201, {"Set-Cookie": kept, "Cache-Control": "no-store"})


@router.get("", summary="Who is signed in to the console", openapi_extra=ADMIN)
async def read_session(tx: InReadTx, principal: InPrincipal) -> ConsoleSession:
    """The customer, what the key may do, and when the session ends."""
    return await console.read(tx, principal)


@router.delete(
    "",
    status_code=204,
    summary="Sign out of the console",
    response_model=None,
    openapi_extra=ADMIN,
)
async def sign_out(tx: InTx, principal: InPrincipal, is_https: IsHttps) -> Answer:
    """The session ends at once, in every process; the key stays as it is."""
    await console.end(tx, principal)
    return Answer(None, 204, {"Set-Cookie": cookie.setting("", 0, is_https=is_https)})
