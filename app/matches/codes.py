"""Claim codes, room ids, match tokens and signing keys: what a match is recognised by."""

import base64
import hashlib
import hmac
from datetime import datetime

from app.customers import tokens
from app.kit.crypto import MasterKey, new_secret
from app.kit.ids import is_uuid
from app.kit.principal import Credential
from app.matches.lifecycle import SPOOL_LIFE, TOKEN_LIFE

CODE_PREFIX = "clm_"
ROOM_ID_HEX_DIGITS = 40


def new_code(customer_id: str) -> str:
    """`clm_<customer>_` and 32 random bytes, URL-safe."""
    return new_secret(f"{CODE_PREFIX}{customer_id}_")


def customer_of(code: str) -> str | None:
    """The customer that a code names, or None where it has not the form of a code."""
    prefix, _, rest = code.partition("_")
    customer_id, _, secret = rest.partition("_")
    has_form = f"{prefix}_" == CODE_PREFIX and is_uuid(customer_id) and secret
    return customer_id if has_form else None


def code_row(match_id: str) -> str:
    """What a sealed code is bound to."""
    return f"match_record/{match_id}/code"


def room_id(key: MasterKey, customer_id: str, match_id: str) -> str:
    """The id of a match's room: always the same, and nobody else can know it beforehand."""
    digest = _hmac(key, "match-room", customer_id, match_id).hex()
    return f"clutch-{digest[:ROOM_ID_HEX_DIGITS]}"


def signing_key(
    key: MasterKey, *, customer_id: str, match_id: str, allocation_id: str, nonce: str
) -> str:
    """The key that a server signs log lines with, base64url; recomputed, never stored."""
    digest = _hmac(key, "match-signing", customer_id, match_id, allocation_id, nonce)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def match_token(
    key: MasterKey, *, customer_id: str, match_id: str, token_id: str, issued_at: datetime
) -> str:
    """The right to report one result; the same arguments give the same text."""
    return tokens.mint(
        key,
        Credential.MATCH_TOKEN,
        customer_id=customer_id,
        subject=match_id,
        token_id=token_id,
        issued_at=issued_at,
        expires_at=issued_at + TOKEN_LIFE + SPOOL_LIFE,
    )


def _hmac(key: MasterKey, purpose: str, *parts: str) -> bytes:
    return hmac.new(key.derive(purpose), "\n".join(parts).encode(), hashlib.sha256).digest()
