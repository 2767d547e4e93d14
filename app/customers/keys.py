"""Keys: 32 random bytes, shown once, kept as a SHA-256."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import insert, select, update

from app.customers.delegation import PUBLISHABLE_DEFAULT, Grant, refuse_more
from app.customers.models import api_key
from app.kit.crypto import new_secret, sha256_hex
from app.kit.errors import Conflict, NotFound
from app.kit.principal import Credential, Principal
from app.kit.tx import AnyRow, Tx


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when its secret is known."""

    key_id: str
    kind: Credential
    secret: str
    label: str
    scopes: list[str]
    allowed_origins: list[str]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed."""

    key_id: str
    kind: str
    label: str
    last_four: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    scopes: list[str]
    allowed_origins: list[str]


async def create(
    tx: Tx,
    *,
    kind: Credential,
    is_test: bool,
    label: str,
    scopes: frozenset[str] | None = None,
    allowed_origins: frozenset[str] = frozenset(),
    expires_at: datetime | None = None,
    by: Principal | None = None,
) -> NewKey:
    """Make a key. A game server's secret signs requests, so it is kept sealed, not hashed.

    `by` is the key that asks, None the operator. Scopes that are left out are everything for a
    secret key, and the default ones for a publishable key.

    Raises:
        Forbidden: the new key could do more than the one that asks.
    """
    if scopes is None:
        scopes = PUBLISHABLE_DEFAULT if kind == Credential.PUBLISHABLE else frozenset()
    if by is not None:
        refuse_more(by, Grant(kind, scopes, allowed_origins, expires_at))
    key_id = tx.new_id()
    secret = new_secret(_prefix(kind, is_test))
    listed, origins = sorted(scopes), sorted(allowed_origins)
    await tx.execute(
        insert(api_key).values(
            customer_id=tx.customer_id,
            key_id=key_id,
            kind=kind.value,
            label=label,
            scopes=orjson.dumps(listed).decode(),
            allowed_origins=orjson.dumps(origins).decode(),
            created_at=tx.now,
            expires_at=expires_at,
            **_kept(tx, kind, key_id, secret),
        )
    )
    return NewKey(key_id, kind, secret, label, listed, origins, expires_at)


async def list_keys(tx: Tx) -> list[Key]:
    """Every key of the customer, newest first."""
    c = api_key.c
    rows = await tx.rows(
        select(
            c.key_id,
            c.kind,
            c.label,
            c.last_four,
            c.created_at,
            c.expires_at,
            c.revoked_at,
            c.scopes,
            c.allowed_origins,
        )
        .where(c.customer_id == tx.customer_id)
        .order_by(c.key_id.desc())
    )
    return [_listed(row) for row in rows]


async def rotate(tx: Tx, key_id: str, *, by: Principal, is_test: bool) -> NewKey:
    """Give a key another secret; the one before is worthless from the commit on.

    Raises:
        NotFound: this customer has no such key.
        Conflict: it was revoked, or it has expired.
        Forbidden: the key may do more than the one that asks.
    """
    row = await _locked(tx, key_id)
    grant = _grant(row)
    refuse_more(by, grant)
    if row.revoked_at is not None:
        raise Conflict("This key was revoked. Create another.", details={"status": "revoked"})
    if row.expires_at is not None and row.expires_at <= tx.now:
        raise Conflict("This key has expired. Create another.", details={"status": "expired"})
    secret = new_secret(_prefix(grant.kind, is_test))
    await tx.execute(
        update(api_key)
        .where(api_key.c.customer_id == tx.customer_id, api_key.c.key_id == key_id)
        .values(**_kept(tx, grant.kind, key_id, secret))
    )
    return NewKey(
        key_id,
        grant.kind,
        secret,
        row.label,
        sorted(grant.scopes),
        sorted(grant.allowed_origins),
        row.expires_at,
    )


async def revoke(tx: Tx, key_id: str, *, by: Principal | None = None) -> None:
    """Make a key worthless; every process knows it within two seconds.

    Raises:
        NotFound: this customer has no such key that is not revoked yet.
        Forbidden: the key may do more than the one that asks.
    """
    row = await _locked(tx, key_id)
    if row.revoked_at is not None:
        raise NotFound("key", key_id)
    if by is not None:
        refuse_more(by, _grant(row))
    await tx.execute(
        update(api_key)
        .where(api_key.c.customer_id == tx.customer_id, api_key.c.key_id == key_id)
        .values(revoked_at=tx.now)
    )


async def _locked(tx: Tx, key_id: str) -> AnyRow:
    c = api_key.c
    row = await tx.row(
        select(c.kind, c.label, c.scopes, c.allowed_origins, c.expires_at, c.revoked_at)
        .where(c.customer_id == tx.customer_id, c.key_id == key_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("key", key_id)
    return row


def _listed(row: AnyRow) -> Key:
    return Key(
        row.key_id,
        row.kind,
        row.label,
        row.last_four,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        orjson.loads(row.scopes),
        orjson.loads(row.allowed_origins),
    )


def _grant(row: AnyRow) -> Grant:
    scopes, origins = orjson.loads(row.scopes), orjson.loads(row.allowed_origins)
    return Grant(Credential(row.kind), frozenset(scopes), frozenset(origins), row.expires_at)


def _kept(tx: Tx, kind: Credential, key_id: str, secret: str) -> dict[str, str | None]:
    """What stands in the row about a secret."""
    if kind != Credential.GAME_SERVER:
        return {"key_hash": sha256_hex(secret), "last_four": secret[-4:], "sealed_secret": None}
    sealed = tx.key.seal(secret.encode(), customer_id=tx.customer_id, row=key_row(key_id))
    return {"key_hash": sha256_hex(key_id), "last_four": secret[-4:], "sealed_secret": sealed}


def key_row(key_id: str) -> str:
    """What a game server's sealed secret is bound to."""
    return f"api_key/{key_id}"


def _prefix(kind: Credential, is_test: bool) -> str:
    if kind == Credential.PUBLISHABLE:
        return "hatch_pk_"
    if kind == Credential.GAME_SERVER:
        return "hatch_gs_"
    return "hatch_test_" if is_test else "hatch_live_"
