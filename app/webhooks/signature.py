"""The headers that prove where a delivery came from. Pure.

Three families sign the same instant. Standard Webhooks 1.0 signs `id.timestamp.body`: `v1` by HMAC
with the bytes behind `whsec_`, `v1a` by Ed25519 (RFC 8032). The two Hatched families sign
`timestamp.body` with the whole text of a `whsec_`; Ed25519 endpoints do without them.
"""

import base64
import hmac
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kit.crypto import WEBHOOK_SECRET_PREFIX

ED25519_PRIVATE_PREFIX = "whsk_"
ED25519_PUBLIC_PREFIX = "whpk_"
KEYS_KEPT = 4096


class PayloadFormat(StrEnum):
    ENVELOPE = "envelope"
    RAW = "raw"


class SignatureKind(StrEnum):
    """How an endpoint's deliveries are signed; `ed25519` in the Standard family alone."""

    HMAC = "hmac"
    ED25519 = "ed25519"


def ed25519_secret(seed: bytes) -> str:
    """The text by which an Ed25519 key is kept, from its 32-byte seed."""
    return ED25519_PRIVATE_PREFIX + base64.b64encode(seed).decode()


def shown_secret(secret: str) -> str:
    """What a receiver needs to verify: the secret itself, of an Ed25519 key the public half."""
    if not secret.startswith(ED25519_PRIVATE_PREFIX):
        return secret
    public = _private_key(secret).public_key().public_bytes_raw()
    return ED25519_PUBLIC_PREFIX + base64.b64encode(public).decode()


def signed_headers(
    *,
    delivery_id: str,
    event_type: str,
    body: bytes,
    timestamp: int,
    secrets: Sequence[str],
    payload_format: PayloadFormat,
    request_id: str | None,
) -> dict[str, str]:
    """Return all headers of one delivery attempt.

    Args:
        delivery_id: what receivers dedupe by; also `webhook-id`.
        body: exactly the bytes that will be sent.
        timestamp: the attempt's Unix time in seconds.
        secrets: the live `whsec_…` or `whsk_…` secrets, newest first; several in a rotation.
        request_id: the API call that caused the event, if one did.

    Raises:
        ValueError: no secret, or one that is neither `whsec_` nor `whsk_` and base64.
    """
    if not secrets:
        raise ValueError("a delivery cannot be signed without a secret")
    stamped = b"%d.%s" % (timestamp, body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": _standard(delivery_id, stamped, secrets),
    }
    if not secrets[0].startswith(ED25519_PRIVATE_PREFIX):
        family = _raw_family if payload_format == PayloadFormat.RAW else _envelope_family
        headers |= family(delivery_id, event_type, timestamp, stamped, secrets)
    if request_id is not None:
        headers["X-Request-Id"] = request_id
    return headers


def _standard(delivery_id: str, stamped: bytes, secrets: Sequence[str]) -> str:
    signed = delivery_id.encode() + b"." + stamped
    return " ".join([_standard_mark(secret, signed) for secret in secrets])


def _standard_mark(secret: str, signed: bytes) -> str:
    if secret.startswith(ED25519_PRIVATE_PREFIX):
        return "v1a," + base64.b64encode(_private_key(secret).sign(signed)).decode()
    mark = hmac.digest(_standard_key(secret), signed, "sha256")
    return "v1," + base64.b64encode(mark).decode()


@lru_cache(KEYS_KEPT)
def _private_key(secret: str) -> Ed25519PrivateKey:
    seed = base64.b64decode(secret.removeprefix(ED25519_PRIVATE_PREFIX), validate=True)
    return Ed25519PrivateKey.from_private_bytes(seed)


@lru_cache(KEYS_KEPT)
def _standard_key(secret: str) -> bytes:
    encoded = secret.removeprefix(WEBHOOK_SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if encoded == secret or not key:
        raise ValueError("a webhook secret is whsec_ and base64")
    return key


def _envelope_family(
    delivery_id: str, event_type: str, timestamp: int, stamped: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    marks = ",".join("v1=" + _hex_mark(secret, stamped) for secret in secrets)
    return {
        "Hatched-Signature": f"t={timestamp},{marks}",
        "Hatched-Delivery-Id": delivery_id,
        "Hatched-Event-Type": event_type,
    }


def _raw_family(
    delivery_id: str, event_type: str, timestamp: int, stamped: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    return {
        "X-Hatched-Signature": "sha256=" + _hex_mark(secrets[0], stamped),
        "X-Hatched-Timestamp": str(timestamp),
        "X-Hatched-Delivery": delivery_id,
        "X-Hatched-Event": event_type,
    }


def _hex_mark(secret: str, stamped: bytes) -> str:
    return hmac.digest(secret.encode(), stamped, "sha256").hex()
