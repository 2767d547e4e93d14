"""What an analysis looks at: a span of time, and perhaps one audience.

Everything that is counted carries a UUIDv7 made when it was written, so a span of time is a range
of the keys that are there anyway; no analysis needs an index of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlalchemy import BigInteger, Column, ColumnElement, Label, Table, func, select, type_coerce

from app.buddies.models import buddy
from app.configs import service as configs
from app.configs.audiences import UnknownAudience
from app.kit.clock import EPOCH, MILLISECOND
from app.kit.errors import BadRequest, require
from app.kit.ids import first_id
from app.kit.schemas import Audience, InstantIn
from app.kit.tx import AnyRow, Tx

DAY_MS = 86_400_000
SPAN_DEFAULT = timedelta(days=30)
SPAN_MAX = timedelta(days=366)
HALF = 2**32


class Asked:
    """The query of an analysis: `from` inclusive, `to` exclusive; both may be left out."""

    def __init__(
        self,
        begin: Annotated[InstantIn | None, Query(alias="from")] = None,
        end: Annotated[InstantIn | None, Query(alias="to")] = None,
        audience: Annotated[Audience | None, Query()] = None,
    ) -> None:
        self.begin = begin
        self.end = end
        self.audience = audience


InAsked = Annotated[Asked, Depends(Asked)]


@dataclass(frozen=True, slots=True)
class Scope:
    """From `begin` to just before `end`; an `audience` of None is all of them."""

    begin: datetime
    end: datetime
    audience: str | None

    @classmethod
    async def of(cls, tx: Tx, asked: Asked) -> "Scope":
        """Up to and including now, and the 30 days before its end, unless asked otherwise.

        Raises:
            BadRequest: `from` is after `to`, or more than 366 days before it.
            UnknownAudience: neither the published config nor any buddy has it.
        """
        end = asked.end or tx.now + MILLISECOND
        begin = asked.begin or max(EPOCH, end - min(SPAN_DEFAULT, end - EPOCH))
        require(begin <= end, BadRequest("`from` is after `to`. Swap them, or leave one out."))
        is_bounded = end - begin <= SPAN_MAX
        require(is_bounded, BadRequest("Ask for at most 366 days at once; move `from` and `to`."))
        if asked.audience is not None:
            await _require_known(tx, asked.audience)
        return cls(begin, end, asked.audience)

    def within(self, tx: Tx, table: Table, key: Column[Any]) -> list[ColumnElement[bool]]:
        """The rows of this customer whose `key`, a UUIDv7, was made in the span."""
        return [
            *self.anytime(tx, table),
            key >= first_id(max(self.begin, EPOCH)),
            key < first_id(max(self.end, EPOCH)),
        ]

    def anytime(self, tx: Tx, table: Table) -> list[ColumnElement[bool]]:
        """The rows of this customer, of the audience's buddies if there is one."""
        wanted: list[ColumnElement[bool]] = [table.c.customer_id == tx.customer_id]
        if self.audience is not None:
            members = select(buddy.c.buddy_id).where(
                buddy.c.customer_id == tx.customer_id, buddy.c.audience == self.audience
            )
            wanted.append(table.c.buddy_id.in_(members))
        return wanted


async def _require_known(tx: Tx, audience: str) -> None:
    known = await configs.audiences(tx)
    if audience in known:
        return
    lived = (buddy.c.customer_id == tx.customer_id, buddy.c.audience == audience)
    if await tx.value(select(buddy.c.buddy_id).where(*lived).limit(1)) is None:
        raise UnknownAudience(known, audience)


def milliseconds(column: Column[Any]) -> ColumnElement[int]:
    """A stored instant as the integer that it is."""
    return type_coerce(column, BigInteger)


def exact_sum(amount: ColumnElement[int], name: str) -> tuple[Label[Any], Label[Any]]:
    """Two columns that `sum_of` puts together; SQLite's own sum fails beyond 63 bits."""
    high, low = func.sum(amount // HALF), func.sum(amount % HALF)
    return high.label(f"{name}_high"), low.label(f"{name}_low")


def sum_of(row: AnyRow, name: str) -> int:
    """The exact sum of the two columns of `exact_sum`."""
    found = row._mapping
    return int(found[f"{name}_high"] or 0) * HALF + int(found[f"{name}_low"] or 0)
