"""Pages of lists and cursors of feeds."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Query
from sqlalchemy import ColumnElement, select

from app.kit.errors import ValidationFailed
from app.kit.ids import is_uuid
from app.kit.schemas import Output
from app.kit.tx import Tx

ROWS_MAX = 10_000
LOOKED_AT_MAX = 10_000
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


async def horizon(
    tx: Tx, position: ColumnElement[T], within: Sequence[ColumnElement[bool]], order: str
) -> T | None:
    """How far one page of a feed looks for rows that no index finds; None is to the end.

    `within` and `position` must be an index. The last of at most 10,000 rows is the position that
    a page ends at which has found less than it should: the next one goes on from there.
    """
    by = position.asc() if order == "asc" else position.desc()
    found: T | None = await tx.value(
        select(position).where(*within).order_by(by).offset(LOOKED_AT_MAX - 1).limit(1)
    )
    return found


def _is_position(value: Any) -> bool:
    """Feeds stand at an id or at a sequence; a forged cursor can hold anything."""
    return is_uuid(value) if isinstance(value, str) else 0 <= value < 2**63
