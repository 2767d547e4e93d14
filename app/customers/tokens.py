"""JSON Web Tokens: HS256 only, a key and an audience of its own for each kind."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from app.kit.crypto import MasterKey
from app.kit.principal import Credential, Principal

ALGORITHM = "HS256"
KINDS = frozenset({Credential.MATCH_TOKEN, Credential.WIDGET_SESSION, Credential.EMBED_TOKEN})


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a browser's token is for, and what it may do from where."""

    user_id: str
    scopes: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    is_test: bool


def mint(
    key: MasterKey,
    kind: Credential,
    *,
    customer_id: str,
    subject: str,
    token_id: str,
    issued_at: datetime,
    expires_at: datetime,
    bearer: Bearer | None = None,
) -> str:
    """A signed token; the same arguments give the same text. It ends at a whole second."""
    assert kind in KINDS, "this kind of credential is no token"
    claims: dict[str, Any] = {
        "aud": kind.value,
        "cus": customer_id,
        "sub": subject,
        "jti": token_id,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    if bearer is not None:
        claims |= {
            "user_id": bearer.user_id,
            "scopes": list(bearer.scopes),
            "origins": list(bearer.allowed_origins),
            "test": bearer.is_test,
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
    return Principal(
        kind,
        claims["cus"],
        claims["jti"],
        is_test=claims.get("test", False),
        scopes=frozenset(claims.get("scopes", ())),
        subject=claims["sub"],
        user_id=claims.get("user_id"),
        allowed_origins=frozenset(claims.get("origins", ())),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def _kind(token: str) -> Credential | None:
    """The kind that a token says it is of; believed only once its signature holds."""
    try:
        audience: object = jwt.decode(token, options={"verify_signature": False}).get("aud")
    except (jwt.InvalidTokenError, RecursionError):
        return None
    return Credential(audience) if isinstance(audience, str) and audience in KINDS else None
