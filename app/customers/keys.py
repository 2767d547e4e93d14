"""Keys: 32 random bytes, shown once, kept as a SHA-256."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import insert, select, update

from app.customers.models import api_key
from app.kit.crypto import new_secret, sha256_hex
from app.kit.errors import NotFound
from app.kit.principal import Credential
from app.kit.tx import Tx


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when its secret is known."""

    key_id: str
    kind: Credential
    secret: str


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


async def create(
    tx: Tx,
    *,
    kind: Credential,
    is_test: bool,
    label: str,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key. A game server's secret signs requests, so it is kept sealed, not hashed."""
    key_id = tx.new_id()
    secret = new_secret(_prefix(kind, is_test))
    is_signing = kind == Credential.GAME_SERVER
    sealed = tx.key.seal(secret.encode(), customer_id=tx.customer_id, row=f"api_key/{key_id}")
    await tx.execute(
        insert(api_key).values(
            key_hash=sha256_hex(key_id if is_signing else secret),
            customer_id=tx.customer_id,
            key_id=key_id,
            kind=kind.value,
            label=label,
            scopes=orjson.dumps([]).decode(),
            last_four=secret[-4:],
            sealed_secret=sealed if is_signing else None,
            created_at=tx.now,
            expires_at=expires_at,
        )
    )
    return NewKey(key_id, kind, secret)


async def list_keys(tx: Tx) -> list[Key]:
    """Every key of the customer, newest first."""
    c = api_key.c
    rows = await tx.rows(
        select(c.key_id, c.kind, c.label, c.last_four, c.created_at, c.expires_at, c.revoked_at)
        .where(c.customer_id == tx.customer_id)
        .order_by(c.key_id.desc())
    )
    return [Key(*row) for row in rows]


async def revoke(tx: Tx, key_id: str) -> None:
    """Make a key worthless; every process knows it within two seconds.

    Raises:
        NotFound: this customer has no such key.
    """
    c = api_key.c
    touched = await tx.execute(
        update(api_key)
        .where(c.customer_id == tx.customer_id, c.key_id == key_id, c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    if not touched:
        raise NotFound("key", key_id)


def _prefix(kind: Credential, is_test: bool) -> str:
    if kind == Credential.PUBLISHABLE:
        return "hatch_pk_"
    if kind == Credential.GAME_SERVER:
        return "hatch_gs_"
    return "hatch_test_" if is_test else "hatch_live_"
