"""Widget sessions and embed tokens: what a browser is given to act for one buddy.

Customer, user and buddy are checked against each other when a token is minted, and stand in it
from then on.
"""

import orjson
from sqlalchemy import func, insert, literal, select, update

from app.buddies.models import buddy
from app.customers import tokens
from app.customers.tokens import Bearer
from app.kit.db import Database
from app.kit.errors import Forbidden, NotFound
from app.kit.expiry import forget_over
from app.kit.ids import is_uuid
from app.kit.permission import READ
from app.kit.principal import Credential, Principal
from app.kit.tx import Tx
from app.sessions.grant import ends_at, origins_of, scopes_of
from app.sessions.models import widget_session
from app.sessions.schemas import CreateEmbedToken, CreateSession, EmbedToken, SessionToken

PRUNED_AT_ONCE = 10


async def create(tx: Tx, minter: Principal, given: CreateSession) -> SessionToken:
    """Begin a session and mint its token.

    Raises:
        NotFound: this customer has no such buddy, or it is another user's.
        Forbidden: an origin that the minting key is not for.
    """
    await _require_owner(tx, given.buddy_id, given.user_id)
    scopes = scopes_of(given.scopes)
    expires_at = ends_at(minter, tx.now, given.ttl_seconds)
    session_id = tx.new_id()
    token = tokens.mint(
        tx.key,
        Credential.WIDGET_SESSION,
        customer_id=tx.customer_id,
        subject=given.buddy_id,
        token_id=session_id,
        issued_at=tx.now,
        expires_at=expires_at,
        bearer=Bearer(
            given.user_id, scopes, origins_of(minter, given.allowed_origins), minter.is_test
        ),
    )
    await forget_over(
        tx,
        widget_session,
        ("session_id",),
        widget_session.c.expires_at <= tx.now,
        oldest_by=widget_session.c.expires_at,
        limit=PRUNED_AT_ONCE,
    )
    await tx.execute(
        insert(widget_session).values(
            customer_id=tx.customer_id,
            session_id=session_id,
            buddy_id=given.buddy_id,
            user_id=given.user_id,
            scopes=orjson.dumps(scopes).decode(),
            created_at=tx.now,
            expires_at=expires_at,
        )
    )
    return SessionToken(
        token=token, session_id=session_id, expires_at=expires_at, scopes=list(scopes)
    )


async def revoke(tx: Tx, session_id: str) -> None:
    """End a session; every process knows it within two seconds. Safe to repeat.

    Raises:
        NotFound: this customer has no such session, or it ended long ago.
    """
    c = widget_session.c
    touched = await tx.execute(
        update(widget_session)
        .where(c.customer_id == tx.customer_id, c.session_id == session_id)
        .values(revoked_at=func.coalesce(c.revoked_at, literal(tx.now, c.revoked_at.type)))
    )
    if not touched:
        raise NotFound("widget_session", session_id)


async def mint_embed_token(tx: Tx, minter: Principal, given: CreateEmbedToken) -> EmbedToken:
    """A token that shows one buddy; nothing is kept about it.

    Raises:
        NotFound: this customer has no such buddy, or it is another user's.
        Forbidden: an origin that the minting key is not for.
    """
    await _require_owner(tx, given.buddy_id, given.user_id)
    expires_at = ends_at(minter, tx.now, given.ttl_seconds)
    token = tokens.mint(
        tx.key,
        Credential.EMBED_TOKEN,
        customer_id=tx.customer_id,
        subject=given.buddy_id,
        token_id=tx.new_id(),
        issued_at=tx.now,
        expires_at=expires_at,
        bearer=Bearer(
            given.user_id, (READ,), origins_of(minter, given.allowed_origins), minter.is_test
        ),
    )
    return EmbedToken(token=token, expires_at=expires_at, mode="read-only")


async def is_live(database: Database, holder: Principal) -> bool:
    """Whether the session of a token was not revoked."""
    c = widget_session.c
    async with database.read(holder.customer_id) as tx:
        row = await tx.row(
            select(c.revoked_at).where(c.customer_id == tx.customer_id, c.session_id == holder.id)
        )
    return row is not None and row.revoked_at is None


async def refuse_other_buddy(database: Database, holder: Principal, buddy_id: str) -> None:
    """Refuse a token that names a buddy which is not its own; what is no id is left to the form.

    Raises:
        Forbidden: the buddy is the customer's, but not the token's.
        NotFound: the customer has no such buddy.
    """
    if not is_uuid(buddy_id):
        return
    async with database.read(holder.customer_id) as tx:
        if await _owner(tx, buddy_id) is None:
            raise NotFound("buddy", buddy_id)
    raise Forbidden(
        f"This token is for the buddy {holder.subject} alone.",
        details={"buddy_id": holder.subject},
    )


async def _require_owner(tx: Tx, buddy_id: str, user_id: str) -> None:
    if await _owner(tx, buddy_id) != user_id:
        raise NotFound("buddy", buddy_id)


async def _owner(tx: Tx, buddy_id: str) -> str | None:
    """The user of a buddy, or None where the customer has no such buddy."""
    c = buddy.c
    owner: str | None = await tx.value(
        select(c.user_id).where(c.customer_id == tx.customer_id, c.buddy_id == buddy_id)
    )
    return owner
