"""Identifiers: the ones we make (UUIDv7, RFC 9562 §5.7) and the forms of the ones we are given."""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from app.kit.clock import to_milliseconds

CALLER_ID = r"^[A-Za-z0-9._:|@=+~-]{1,128}$"
MATCH_ID = r"^[A-Za-z0-9._|@=+~-]{1,128}$"
KEY = r"^[a-z0-9_-]{1,64}$"
AUDIENCE = r"^[a-z0-9_-]{1,32}$"
UUID_TEXT = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
REQUEST_ID = re.compile(r"^[\x20-\x7e]{1,128}$")

_COUNTER_BITS = 48  # the last group of digits


def new_id(now: datetime) -> str:
    """A fresh UUIDv7 in canonical text; later instants sort after earlier ones."""
    return next(new_ids(now))


def new_ids(now: datetime) -> Iterator[str]:
    """Fresh UUIDv7 of one instant, each after the one before.

    The bits after the time are drawn once; the last 48 of them count up from there (RFC 9562 §6.2,
    method 2), so that the many ids of one transaction cost one draw.
    """
    chance = int.from_bytes(os.urandom(10))
    count = chance & (1 << _COUNTER_BITS) - 1
    count >>= 1  # the highest bit left free: room to count up
    variant = 0x8000 | chance >> _COUNTER_BITS & 0x3FFF
    head = f"{to_milliseconds(now):012x}"
    head = f"{head[:8]}-{head[8:]}-7{chance >> 68:03x}-{variant:04x}-"
    while True:
        yield f"{head}{count:012x}"
        count += 1


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID that the database would take."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def first_id(instant: datetime) -> str:
    """The smallest id that `new_id` could make at an instant; ids before it are older."""
    digits = f"{to_milliseconds(instant):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
