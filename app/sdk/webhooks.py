"""Verify webhooks on the receiving side. Standard library only; copy it if that is easier.

Public keys (`whpk_…`, Ed25519 endpoints) alone need the `cryptography` package.

    verifier = WebhookVerifier("whsec_…")
    event = verifier.verify(raw_body, request.headers)   # raises WebhookRejected
    if first_time(event.id): handle(event.type, event.data)

A verifier takes exactly one signature family and never falls back to another. What an event says
about itself (`id`, `type`) is taken from signed bytes only, never from a bare header. Hand over the
body as it came: JSON that was parsed and written again has another signature.
"""

import base64
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TOLERANCE_SECONDS = 300
SECRET_PREFIX = "whsec_"
PUBLIC_PREFIX = "whpk_"
OPTIONAL = ("event_id", "caused_by", "sequence", "created_at")
_UNIX_TIME = re.compile(r"[0-9]{1,12}")


class Family(StrEnum):
    """`standard`: Standard Webhooks 1.0, `webhook-*`. `hatched`: `Hatched-Signature: t=,v1=`."""

    STANDARD = "standard"
    HATCHED = "hatched"


class Reason(StrEnum):
    """Why a delivery was rejected."""

    MISSING_HEADER = "missing_header"
    MALFORMED_HEADER = "malformed_header"
    MISSING_BODY = "missing_body"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    INVALID_SIGNATURE = "invalid_signature"
    INVALID_JSON = "invalid_json"
    NOT_AN_EVENT = "not_an_event"


class WebhookRejected(Exception):
    """The delivery must not be trusted; answer 400 and do nothing else."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A verified event. Deliveries repeat: handle each `id` once.

    For an endpoint with `payload_format: "raw"` only `id`, `timestamp` and `data` are signed; the
    other fields are None.
    """

    id: str
    timestamp: int
    data: dict[str, Any]
    type: str | None = None
    event_id: str | None = None
    caused_by: str | None = None
    sequence: int | None = None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class _Signed:
    """The signature headers of one delivery, read but not yet believed."""

    content: bytes
    timestamp: int
    marks: Sequence[str]
    delivery_id: str | None
    public: Sequence[str] = ()


class WebhookVerifier:
    """Checks deliveries of one endpoint; safe to share between threads."""

    def __init__(
        self,
        secrets: str | Iterable[str],
        *,
        family: Family = Family.STANDARD,
        raw_payloads: bool = False,
        tolerance_seconds: int = TOLERANCE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the endpoint's secret, or several while one is being rotated.

        Args:
            raw_payloads: the endpoint was made with `payload_format: "raw"`.
            clock: says the Unix time in seconds.

        Raises:
            ValueError: no secret, or neither a `whsec_…` nor a `whpk_…` one; or raw payloads or a
                public key in the Hatched family, where nothing signed would name the delivery.
        """
        texts = [secrets] if isinstance(secrets, str) else list(secrets)
        if not texts:
            raise ValueError("a verifier needs at least one secret")
        self._public = [_public_key(text) for text in texts if text.startswith(PUBLIC_PREFIX)]
        self._keys = [_key(text, family) for text in texts if not text.startswith(PUBLIC_PREFIX)]
        if family == Family.HATCHED and (raw_payloads or self._public):
            raise ValueError("raw payloads and public keys are of the standard family")
        self._family = family
        self._raw_payloads = raw_payloads
        self._tolerance_seconds = tolerance_seconds
        self._clock = clock

    def verify(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent:
        """Return the event of a delivery; header names may be in any case.

        Raises:
            WebhookRejected: with the `reason`.
        """
        return _event(body, self._signed(body, headers), self._raw_payloads)

    def signs(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the signature is good and fresh, whatever the body says."""
        try:
            self._signed(body, headers)
        except WebhookRejected:
            return False
        return True

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> _Signed:
        if not body:
            raise WebhookRejected(Reason.MISSING_BODY, "the request has no body")
        read = _read_standard if self._family == Family.STANDARD else _read_hatched
        signed = read(body, _Headers(headers))
        self._check_time(signed.timestamp)
        self._check_marks(signed)
        return signed

    def _check_time(self, timestamp: int) -> None:
        age_seconds = self._clock() - timestamp
        if age_seconds > self._tolerance_seconds:
            raise WebhookRejected(Reason.TOO_OLD, "the delivery was signed too long ago")
        if age_seconds < -self._tolerance_seconds:
            raise WebhookRejected(Reason.TOO_NEW, "the delivery was signed in the future")

    def _check_marks(self, signed: _Signed) -> None:
        encode = _base64_mark if self._family == Family.STANDARD else _hex_mark
        expected = [encode(key, signed.content) for key in self._keys]
        # All pairs are compared, so that the time taken does not tell which one matched.
        matches = [
            hmac.compare_digest(mark.encode(), own) for mark in signed.marks for own in expected
        ]
        matches += [check(mark, signed.content) for mark in signed.public for check in self._public]
        if not any(matches):
            raise WebhookRejected(Reason.INVALID_SIGNATURE, "no signature matches a secret")


def verify_signature(
    raw_body: bytes | str,
    signature_header: str,
    secret: str | Iterable[str],
    *,
    tolerance_seconds: int = TOLERANCE_SECONDS,
    now: Callable[[], float] = time.time,
) -> bool:
    """Whether a `Hatched-Signature: t=…,v1=…` is good for a body, and not too old.

    Prefer `WebhookVerifier`, which says why not, and what was signed. `now` is in Unix seconds.

    Raises:
        ValueError: the secret is none.
    """
    body = raw_body.encode() if isinstance(raw_body, str) else raw_body
    verifier = WebhookVerifier(
        secret, family=Family.HATCHED, tolerance_seconds=tolerance_seconds, clock=now
    )
    return verifier.signs(body, {"Hatched-Signature": signature_header})


class _Headers:
    """Headers by lower-case name; one that is there twice is nobody's."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in headers.items():
            self._values.setdefault(name.lower(), []).append(value)

    def one(self, name: str) -> str:
        values = self._values.get(name.lower(), [])
        if not values or not values[0]:
            raise WebhookRejected(Reason.MISSING_HEADER, f"the header {name} is missing")
        if len(values) > 1:
            raise WebhookRejected(Reason.MALFORMED_HEADER, f"the header {name} is there twice")
        if not values[0].isascii():
            raise WebhookRejected(Reason.MALFORMED_HEADER, f"the header {name} is not ASCII")
        return values[0]


def _read_standard(body: bytes, headers: _Headers) -> _Signed:
    delivery_id = headers.one("webhook-id")
    stamp = headers.one("webhook-timestamp")
    listed = headers.one("webhook-signature").split(" ")
    return _Signed(
        content=b"%s.%s.%s" % (delivery_id.encode(), stamp.encode(), body),
        timestamp=_timestamp(stamp),
        marks=[mark.removeprefix("v1,") for mark in listed if mark.startswith("v1,")],
        delivery_id=delivery_id,
        public=[mark.removeprefix("v1a,") for mark in listed if mark.startswith("v1a,")],
    )


def _read_hatched(body: bytes, headers: _Headers) -> _Signed:
    fields = [part.strip().split("=", 1) for part in headers.one("Hatched-Signature").split(",")]
    if any(len(field) != 2 for field in fields):
        raise WebhookRejected(Reason.MALFORMED_HEADER, "Hatched-Signature is t=…,v1=…")
    stamps = [value for name, value in fields if name == "t"]
    if len(stamps) != 1:
        raise WebhookRejected(Reason.MALFORMED_HEADER, "Hatched-Signature has one t=…")
    return _Signed(
        content=b"%s.%s" % (stamps[0].encode(), body),
        timestamp=_timestamp(stamps[0]),
        marks=[value for name, value in fields if name == "v1"],
        delivery_id=None,
    )


def _timestamp(text: str) -> int:
    if not _UNIX_TIME.fullmatch(text):
        raise WebhookRejected(Reason.MALFORMED_HEADER, "the timestamp is not a Unix time")
    return int(text)


def _event(body: bytes, signed: _Signed, raw_payloads: bool) -> WebhookEvent:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookRejected(Reason.INVALID_JSON, "the body is not JSON") from None
    if not isinstance(document, dict):
        raise WebhookRejected(Reason.NOT_AN_EVENT, "the body is not an object")
    if raw_payloads:
        assert signed.delivery_id is not None
        return WebhookEvent(signed.delivery_id, signed.timestamp, document)
    _require_envelope(document)
    if signed.delivery_id not in (None, document["delivery_id"]):
        raise WebhookRejected(Reason.NOT_AN_EVENT, "webhook-id and the body's id differ")
    delivery_id, type_, data = document["delivery_id"], document["type"], document["data"]
    told = {name: document.get(name) for name in OPTIONAL}
    return WebhookEvent(delivery_id, signed.timestamp, data, type_, **told)


def _require_envelope(document: dict[str, Any]) -> None:
    named = all(isinstance(document.get(name), str) for name in ("delivery_id", "type"))
    if not named or not isinstance(document.get("data"), dict):
        raise WebhookRejected(
            Reason.NOT_AN_EVENT, "the body has no delivery_id, type and data; is it a raw one?"
        )


def _key(secret: str, family: Family) -> bytes:
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if encoded == secret or not key:
        raise ValueError("a webhook secret begins with whsec_ and goes on in base64")
    return key if family == Family.STANDARD else secret.encode()


def _public_key(text: str) -> Callable[[str, bytes], bool]:
    """What checks a `v1a` mark: Ed25519 (RFC 8032) over the same content as `v1`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix(PUBLIC_PREFIX)))

    def check(mark: str, content: bytes) -> bool:
        with suppress(InvalidSignature, ValueError):
            key.verify(base64.b64decode(mark, validate=True), content)
            return True
        return False

    return check


def _base64_mark(key: bytes, content: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, content, "sha256"))


def _hex_mark(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256").hex().encode()
