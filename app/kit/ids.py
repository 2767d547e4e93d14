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
UUID_TEXT = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
REQUEST_ID = re.compile(r"^[\x20-\x7e]{1,128}$")

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_B = (1 << 62) - 1
_START = (1 << 73) - 1  # the highest bit left free: room to count up


def new_id(now: datetime) -> str:
    """A fresh UUIDv7 in canonical text; later instants sort after earlier ones."""
    return next(new_ids(now))


def new_ids(now: datetime) -> Iterator[str]:
    """Fresh UUIDv7 of one instant, each after the one before.

    73 random bits begin the row and count up from there (RFC 9562 §6.2, method 2), so that the
    many ids of one transaction cost one draw.
    """
    stamp = to_milliseconds(now) << 80 | _VERSION | _VARIANT
    chance = int.from_bytes(os.urandom(10)) & _START
    while True:
        value = stamp | (chance & _RANDOM_B) | (chance >> 62) << 64
        chance += 1
        digits = f"{value:032x}"
        yield f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


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
