"""Pages of lists and cursors of feeds."""

import base64
import binascii
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Query

from app.kit.errors import ValidationFailed
from app.kit.ids import is_uuid
from app.kit.schemas import Output

ROWS_MAX = 10_000
T = TypeVar("T")


class Page:
    """Which part of a list is wanted."""

    def __init__(
        self,
        page: Annotated[int, Query(ge=1)] = 1,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> None:
        if page * limit > ROWS_MAX:
            raise ValidationFailed.of(
                "query.page", f"page x limit may be at most {ROWS_MAX}; filter the list instead"
            )
        self.page = page
        self.limit = limit

    @property
    def offset(self) -> int:
        """How many rows to leave out."""
        return (self.page - 1) * self.limit


InPage = Annotated[Page, Depends(Page)]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=512)]


class Meta(Output):
    """Where in a list a page stands."""

    total: int
    page: int
    limit: int


def encode_cursor(value: Any) -> str:
    """A position in a feed, opaque to callers."""
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The position that `encode_cursor` wrote down, or None for the start.

    Raises:
        ValidationFailed: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        value = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        value = None
    if type(value) is not kind or not _is_position(value):
        raise ValidationFailed.of("query.cursor", "use the next_cursor of the page before")
    return value


def _is_position(value: Any) -> bool:
    """Feeds stand at an id or at a sequence; a forged cursor can hold anything."""
    return is_uuid(value) if isinstance(value, str) else 0 <= value < 2**63
