"""JSON Web Tokens: HS256 only, a key and an audience of its own for each kind."""

from datetime import datetime
from typing import Any

import jwt

from app.kit.crypto import MasterKey
from app.kit.principal import Credential, Principal

ALGORITHM = "HS256"
KINDS = frozenset({Credential.MATCH_TOKEN, Credential.WIDGET_SESSION, Credential.EMBED_TOKEN})


def mint(
    key: MasterKey,
    kind: Credential,
    *,
    customer_id: str,
    subject: str,
    token_id: str,
    issued_at: datetime,
    expires_at: datetime,
) -> str:
    """A signed token; the same arguments give the same text."""
    assert kind in KINDS, "this kind of credential is no token"
    claims = {
        "aud": kind.value,
        "cus": customer_id,
        "sub": subject,
        "jti": token_id,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    return jwt.encode(claims, key.derive(f"token/{kind}"), algorithm=ALGORITHM)


def read(key: MasterKey, token: str, now: datetime) -> Principal | None:
    """Whose token this is, or None when it is forged, of an unknown kind or too old."""
    kind = _kind(token)
    if kind is None:
        return None
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.derive(f"token/{kind}"),
            algorithms=[ALGORITHM],
            audience=kind.value,
            options={
                "require": ["aud", "cus", "sub", "jti", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError:
        return None
    if claims["exp"] <= now.timestamp():
        return None
    return Principal(kind, claims["cus"], claims["jti"], subject=claims["sub"])


def _kind(token: str) -> Credential | None:
    """The kind that a token says it is of; believed only once its signature holds."""
    try:
        audience: object = jwt.decode(token, options={"verify_signature": False}).get("aud")
    except (jwt.InvalidTokenError, RecursionError):
        return None
    return Credential(audience) if isinstance(audience, str) and audience in KINDS else None
