"""The headers that prove where a delivery came from. Pure.

Three families sign the same instant. Standard Webhooks 1.0 signs `id.timestamp.body` with the
bytes behind `whsec_`; the two Hatched families sign `timestamp.body` with the secret's whole text.
"""

import base64
import hmac
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256

from app.kit.crypto import WEBHOOK_SECRET_PREFIX


class PayloadFormat(StrEnum):
    ENVELOPE = "envelope"
    RAW = "raw"


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
        secrets: the live `whsec_…` secrets, newest first; two during a rotation.
        request_id: the API call that caused the event, if one did.

    Raises:
        ValueError: no secret, or one that is not `whsec_` and base64.
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
    if payload_format == PayloadFormat.ENVELOPE:
        headers |= _envelope_family(delivery_id, event_type, timestamp, stamped, secrets)
    else:
        headers |= _raw_family(delivery_id, event_type, timestamp, stamped, secrets)
    if request_id is not None:
        headers["X-Request-Id"] = request_id
    return headers


def _standard(delivery_id: str, stamped: bytes, secrets: Sequence[str]) -> str:
    signed = delivery_id.encode() + b"." + stamped
    marks = (hmac.digest(_standard_key(secret), signed, sha256) for secret in secrets)
    return " ".join("v1," + base64.b64encode(mark).decode() for mark in marks)


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
    return hmac.digest(secret.encode(), stamped, sha256).hex()
