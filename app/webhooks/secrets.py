"""The secrets of endpoints: made, sealed, opened, rotated.

An endpoint keeps a list, newest first. The newest has no end; the ones before it sign beside it
until theirs, so that a receiver can change over whenever it likes. Symmetric ones are `whsec_` and
the base64 of 32 random bytes; Ed25519 ones are kept as `whsk_` and the base64 of the 32-byte seed,
and receivers are shown `whpk_` and the base64 of the public key (Standard Webhooks 1.0).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import orjson

from app.kit.clock import from_milliseconds, to_milliseconds
from app.kit.crypto import KEY_BYTES, MasterKey, new_webhook_secret, random_bytes
from app.webhooks.signature import SignatureKind, ed25519_secret

SECRETS_MAX = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and, where a newer one is there, the instant at which it ends."""

    text: str
    until: datetime | None


def fresh(kind: SignatureKind) -> str:
    """A new secret as it is kept."""
    if kind is SignatureKind.ED25519:
        return ed25519_secret(random_bytes(KEY_BYTES))
    return new_webhook_secret()


def seal(key: MasterKey, customer_id: str, endpoint_id: str, secrets: Sequence[Secret]) -> str:
    """The text that an endpoint's row keeps."""
    row = row_name(endpoint_id)
    return orjson.dumps(
        [
            {
                "sealed": key.seal(secret.text.encode(), customer_id=customer_id, row=row),
                "until": None if secret.until is None else to_milliseconds(secret.until),
            }
            for secret in secrets
        ]
    ).decode()


@lru_cache(maxsize=4096)
def unseal(key: MasterKey, customer_id: str, endpoint_id: str, sealed: str) -> tuple[Secret, ...]:
    """All secrets of an endpoint, newest first; opened once for each sealed text.

    Raises:
        SealBroken: they were sealed for another row or under another master key.
    """
    row = row_name(endpoint_id)
    return tuple(
        Secret(
            key.open(each["sealed"], customer_id=customer_id, row=row).decode(),
            None if each["until"] is None else from_milliseconds(each["until"]),
        )
        for each in orjson.loads(sealed)
    )


def live(secrets: Sequence[Secret], now: datetime) -> tuple[str, ...]:
    """The secrets to sign with at an instant, newest first; never none."""
    return tuple(each.text for each in secrets if each.until is None or now < each.until)


def rotated(
    secrets: Sequence[Secret], new: str, overlap: timedelta, now: datetime
) -> tuple[Secret, ...]:
    """The list after a rotation: what is live stays so for `overlap` at most. Pure."""
    end = now + overlap
    older = [Secret(each.text, min(end, each.until or end)) for each in secrets]
    kept = [each for each in older if each.until is not None and now < each.until]
    return (Secret(new, None), *kept[: SECRETS_MAX - 1])


def row_name(endpoint_id: str) -> str:
    """What an endpoint's seals are bound to."""
    return f"webhook_endpoint/{endpoint_id}"
