"""Console sessions: begun with a secret key, ended by signing out, by time, or with their key."""

from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy import delete, insert, select

from app.console import cookie
from app.console.models import console_session as table
from app.console.schemas import ConsoleSession
from app.customers import service as customers
from app.customers.authentication import Visit
from app.kit.db import Database
from app.kit.errors import Forbidden, NotFound, Unauthorized
from app.kit.expiry import forget_over
from app.kit.principal import Principal
from app.kit.tx import Tx

PRUNED_AT_ONCE = 10
SIGN_IN_AGAIN = "This console session has ended. Sign in again."


async def begin(tx: Tx, principal: Principal, key_hash: str) -> tuple[str, ConsoleSession]:
    """Begin a session for the holder of a key; the cookie's value, and the session.

    It survives a crash once it was answered. `key_hash` is of the key that was sent: a key that is
    renewed meanwhile takes the session with it.

    Raises:
        Forbidden: a session asks, not a key; sessions do not prolong themselves.
    """
    if principal.session_id is not None:
        raise Forbidden("Sign in with the secret key itself; a session cannot begin another.")
    expires_at = tx.now + timedelta(seconds=cookie.SESSION_SECONDS)
    if principal.expires_at is not None:
        expires_at = min(expires_at, principal.expires_at)
    session_id = tx.new_id()
    await forget_over(
        tx,
        table,
        ("session_id",),
        table.c.expires_at <= tx.now,
        oldest_by=table.c.expires_at,
        limit=PRUNED_AT_ONCE,
    )
    await tx.execute(
        insert(table).values(
            customer_id=tx.customer_id,
            session_id=session_id,
            key_hash=key_hash,
            created_at=tx.now,
            expires_at=expires_at,
        )
    )
    value = cookie.sealed(tx.key, tx.customer_id, session_id)
    return value, await _shown(tx, principal, expires_at)


async def read(tx: Tx, principal: Principal) -> ConsoleSession:
    """Who asks, and until when the session holds."""
    c = table.c
    expires_at: datetime | None = await tx.value(
        select(c.expires_at).where(
            c.customer_id == tx.customer_id, c.session_id == principal.session_id
        )
    )
    return await _shown(tx, principal, expires_at)


async def end(tx: Tx, principal: Principal) -> None:
    """Sign out: the cookie is worthless from the commit on, in every process.

    Raises:
        NotFound: the key itself was sent, so there is no session to end.
    """
    if principal.session_id is None:
        raise NotFound("console_session", "current")
    await tx.execute(
        delete(table).where(
            table.c.customer_id == tx.customer_id, table.c.session_id == principal.session_id
        )
    )


async def visit_of(database: Database, request: Request, public_origin: str) -> Visit | None:
    """The session that a request's cookie names; None without a cookie that was sealed here.

    Raises:
        Unauthorized: the cookie does not count for this request, or its session has ended. Such
            a cookie was ours, so nobody is guessing and it is not counted as a failure.
    """
    value = request.cookies.get(cookie.COOKIE)
    named = None if value is None else cookie.opened(database.key, value)
    if named is None:
        return None
    own = (f"{request.url.scheme}://{request.url.netloc}", public_origin)
    if not cookie.is_from_console(request.headers, own):
        raise Unauthorized(
            f"The console's cookie counts for the console's own pages alone: they send the header "
            f"{cookie.HEADER}: 1. Programs send Authorization: Bearer hatch_live_…"
        )
    customer_id, session_id = named
    c = table.c
    async with database.read(customer_id) as tx:
        row = await tx.row(
            select(c.key_hash, c.expires_at).where(
                c.customer_id == customer_id, c.session_id == session_id
            )
        )
    if row is None or row.expires_at <= database.clock.now():
        raise Unauthorized(SIGN_IN_AGAIN)
    return Visit(session_id, row.key_hash)


async def _shown(tx: Tx, principal: Principal, expires_at: datetime | None) -> ConsoleSession:
    customer = await customers.read(tx)
    return ConsoleSession(
        customer_id=customer.id,
        customer_name=customer.name,
        is_test=customer.is_test,
        key_id=principal.id,
        scopes=sorted(principal.scopes),
        expires_at=expires_at,
    )
