"""The rows of matches: read, locked, moved, each move with its line in the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import orjson
from sqlalchemy import Select, select, update

from app.kit.clock import to_milliseconds
from app.kit.due import Due
from app.kit.errors import NotFound
from app.kit.tx import AnyRow, Tx
from app.matches import counting
from app.matches.lifecycle import Actor, MatchStatus, may_move
from app.matches.models import match_history, match_record

DUE = Due(match_record, "match_id", match_record.c.due_at.is_not(None))
HISTORY = tuple(column.name for column in match_history.columns)
WHY_CHARACTERS_MAX = 1024
BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a match was ordered with. `roster` is empty where the match is open."""

    roster: tuple[str, ...]
    is_open: bool
    room_config: dict[str, Any]
    deployment_id: str | None
    client_ips: tuple[str, ...] | None
    mode: str | None
    map_name: str | None

    @classmethod
    def read(cls, request: str) -> Self:
        """From the stored request."""
        given = orjson.loads(request)
        client_ips = given.get("client_ips")
        return cls(
            roster=tuple(given.get("roster", ())),
            is_open=given.get("open", False),
            room_config=given.get("room_config", {}),
            deployment_id=given.get("deployment_id"),
            client_ips=None if client_ips is None else tuple(client_ips),
            mode=given.get("mode"),
            map_name=given.get("map"),
        )


@dataclass(frozen=True, slots=True)
class Binding:
    """What a claim bound a match to."""

    room_id: str
    process_id: str
    allocation_id: str
    nonce: str
    claimed_at: datetime
    token_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """A match as its row says; the fields are the row's columns."""

    customer_id: str
    match_id: str
    provider: str
    app_id: str | None
    region: str | None
    request: str
    status: MatchStatus
    room_id: str | None
    process_id: str | None
    allocation_id: str | None
    code_hash: str
    sealed_code: str | None
    claim_nonce: str | None
    claimed_at: datetime | None
    token_id: str | None
    token_expires_at: datetime | None
    result: str | None
    answer: str | None
    reported_at: datetime | None
    room_ended_at: datetime | None
    room_freed_at: datetime | None
    attempts: int
    entries: int
    created_at: datetime
    moved_at: datetime
    due_at: datetime | None
    lease_until: datetime | None

    @classmethod
    def of(cls, row: AnyRow) -> Self:
        """From a whole row."""
        values = dict(row._mapping)
        return cls(**{**values, "status": MatchStatus(values["status"])})

    @property
    def terms(self) -> Terms:
        """What the match was ordered with."""
        return Terms.read(self.request)

    @property
    def binding(self) -> "Binding":
        """How the match was claimed; our mistake to ask before it was."""
        assert self.room_id is not None
        assert self.process_id is not None
        assert self.allocation_id is not None
        assert self.claim_nonce is not None
        assert self.claimed_at is not None
        assert self.token_id is not None
        assert self.token_expires_at is not None
        return Binding(
            self.room_id,
            self.process_id,
            self.allocation_id,
            self.claim_nonce,
            self.claimed_at,
            self.token_id,
            self.token_expires_at,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a history: `who` did it, `why` in words."""

    status: MatchStatus
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a match: where to, moved by whom, for what reason."""

    to: MatchStatus
    actor: Actor
    who: str
    why: str


async def find(tx: Tx, match_id: str) -> Match | None:
    """A match, or None where this customer has none of that id."""
    row = await tx.row(_one(tx, match_id))
    return None if row is None else Match.of(row)


async def read(tx: Tx, match_id: str) -> Match:
    """A match.

    Raises:
        NotFound: this customer has none of that id.
    """
    match = await find(tx, match_id)
    if match is None:
        raise NotFound("match", match_id)
    return match


async def locked(tx: Tx, match_id: str) -> Match:
    """A match that exists, locked until the transaction ends."""
    row = await tx.row(_one(tx, match_id).with_for_update())
    assert row is not None, "matches are never deleted"
    return Match.of(row)


async def page(
    tx: Tx, status: MatchStatus | None, *, offset: int, limit: int
) -> tuple[list[Match], int]:
    """A page of matches, newest first, and how many there are."""
    c = match_record.c
    wanted = [c.customer_id == tx.customer_id]
    if status is not None:
        wanted.append(c.status == status.value)
    rows = await tx.rows(
        select(match_record)
        .where(*wanted)
        .order_by(c.created_at.desc(), c.match_id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Match.of(row) for row in rows], await counting.number_of(tx, status)


async def history(tx: Tx, match_id: str) -> list[Entry]:
    """Everything that happened to a match, oldest first."""
    c = match_history.c
    rows = await tx.rows(
        select(c.status, c.who, c.why, c.at)
        .where(c.customer_id == tx.customer_id, c.match_id == match_id)
        .order_by(c.number)
    )
    return [Entry(MatchStatus(row.status), row.who, row.why, row.at) for row in rows]


async def add(tx: Tx, values: dict[str, Any], who: str, why: str) -> bool:
    """Insert a match with the first line of its history; False where the id is taken.

    The instants among the values are milliseconds.
    """
    columns = ("customer_id", *values)
    row = (tx.customer_id, *values.values())
    if not await tx.insert_new(match_record, columns, [row], "match_id"):
        return False
    line = (tx.customer_id, values["match_id"], 1, values["status"], who, why)
    await tx.insert_set(match_history, HISTORY, [(*line, to_milliseconds(tx.now))])
    return True


async def move(tx: Tx, match: Match, moves: Sequence[Move], **values: Any) -> None:
    """Take a locked match through its next statuses; `values` are other columns to set."""
    status = match.status
    for each in moves:
        assert may_move(status, each.to, each.actor), f"{status} to {each.to} by {each.actor}"
        status = each.to
    entries = [(each.to, each.who, each.why) for each in moves]
    await _write(tx, match, entries, status=status.value, moved_at=tx.now, **values)
    await counting.record(tx, match.status, status)


async def note(tx: Tx, match: Match, who: str, why: str, **values: Any) -> None:
    """Write a line into a locked match's history that does not change its status."""
    await _write(tx, match, [(match.status, who, why)], **values)


async def put_back(tx: Tx, match: Match, due_at: datetime | None, **values: Any) -> None:
    """End the lease that a worker holds; nothing happens where somebody else has it by now."""
    c = match_record.c
    await tx.execute(
        update(match_record)
        .where(
            c.customer_id == tx.customer_id,
            c.match_id == match.match_id,
            c.status == match.status.value,
            c.lease_until == match.lease_until,
        )
        .values(due_at=due_at, lease_until=None, **values)
    )


async def claim_due(tx: Tx, *, limit: int, lease: timedelta) -> list[Match]:
    """Lease matches that are due."""
    return [Match.of(row) for row in await DUE.claim(tx, limit=limit, lease=lease)]


async def give_back(tx: Tx, match: Match) -> None:
    """End the lease of a match, if it is still the one that it was claimed with."""
    c = match_record.c
    await tx.execute(
        update(match_record)
        .where(
            c.customer_id == tx.customer_id,
            c.match_id == match.match_id,
            c.lease_until == match.lease_until,
        )
        .values(lease_until=None)
    )


async def _write(
    tx: Tx, match: Match, entries: Sequence[tuple[MatchStatus, str, str]], **values: Any
) -> None:
    c = match_record.c
    await tx.execute(
        update(match_record)
        .where(c.customer_id == tx.customer_id, c.match_id == match.match_id)
        .values(entries=match.entries + len(entries), **values)
    )
    at = to_milliseconds(tx.now)
    rows = [
        (tx.customer_id, match.match_id, number, status.value, who, why[:WHY_CHARACTERS_MAX], at)
        for number, (status, who, why) in enumerate(entries, match.entries + 1)
    ]
    await tx.insert_set(match_history, HISTORY, rows)


def _one(tx: Tx, match_id: str) -> Select[Any]:
    c = match_record.c
    return select(match_record).where(c.customer_id == tx.customer_id, c.match_id == match_id)
