"""Identifiers: the ones we make (UUIDv7, RFC 9562 §5.7) and the forms of the ones we are given."""

import os
import re
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
_RANDOM_A = 0xFFF << 64
_RANDOM_B = (1 << 62) - 1


def new_id(now: datetime) -> str:
    """A fresh UUIDv7 in canonical text; later instants sort after earlier ones."""
    chance = int.from_bytes(os.urandom(10))
    value = to_milliseconds(now) << 80 | _VERSION | (chance & _RANDOM_A)
    value |= _VARIANT | (chance & _RANDOM_B)
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


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
