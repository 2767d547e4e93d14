"""Deliveries and their attempts, as customers read and replay them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, select, update

from app.kit.errors import Conflict, NotFound, ValidationFailed, require
from app.kit.ids import is_uuid
from app.kit.pages import decode_cursor, encode_cursor, horizon
from app.kit.tx import AnyRow, Tx
from app.webhooks.models import webhook_attempt, webhook_delivery, webhook_endpoint
from app.webhooks.outbox import DUE, IS_PENDING
from app.webhooks.service import EndpointStatus


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery; `next_attempt_at` is set while it waits for one, `body` is what is sent."""

    id: str
    endpoint_id: str
    type: str
    caused_by: str | None
    body: str
    status: DeliveryStatus
    attempts: int
    response_status: int | None
    error: str | None
    created_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `error` is its class where it failed, `answer` at most 4 KiB of text."""

    number: int
    started_at: datetime
    duration_ms: int
    status: int | None
    error: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a list is to have; None stands for all."""

    endpoint_id: str | None
    status: str | None
    cursor: str | None
    limit: int


async def page(tx: Tx, wanted: Wanted) -> tuple[list[Delivery], str | None]:
    """Deliveries, newest first, and the cursor of the next page.

    A page looks through 10,000 of them for a status; it may be short, and go on.

    Raises:
        NotFound: this customer never had such an endpoint.
        ValidationFailed: the cursor is none of ours.
    """
    c = webhook_delivery.c
    conditions = [c.customer_id == tx.customer_id]
    if wanted.endpoint_id is not None:
        await _is_deleted(tx, wanted.endpoint_id)
        conditions.append(c.endpoint_id == wanted.endpoint_id)
    after = decode_cursor(wanted.cursor, str)
    if after is not None:
        message = "use the next_cursor of the page before"
        require(is_uuid(after), ValidationFailed.of("query.cursor", message))
        conditions.append(c.delivery_id < after)
    edge = None
    if wanted.status is not None:
        edge = await horizon(tx, c.delivery_id, conditions, "desc")
        conditions.append(c.status == wanted.status)
    if edge is not None:
        conditions.append(c.delivery_id >= edge)
    rows = await tx.rows(
        _select().where(*conditions).order_by(c.delivery_id.desc()).limit(wanted.limit + 1)
    )
    found = [_delivery(row) for row in rows[: wanted.limit]]
    last = found[-1].id if len(rows) > wanted.limit else edge
    return found, None if last is None else encode_cursor(last)


async def read(tx: Tx, delivery_id: str) -> Delivery:
    """One delivery.

    Raises:
        NotFound: this customer has no such delivery.
    """
    c = webhook_delivery.c
    row = await tx.row(
        _select().where(c.customer_id == tx.customer_id, c.delivery_id == delivery_id)
    )
    if row is None:
        raise NotFound("webhook_delivery", delivery_id)
    return _delivery(row)


async def standing_before(tx: Tx, delivery_id: str) -> str | None:
    """The delivery that must be delivered first, where this one waits in line behind another."""
    c = webhook_delivery.c
    mine = (c.customer_id == tx.customer_id, c.delivery_id == delivery_id, IS_PENDING)
    row = await tx.row(select(c.endpoint_id, c.line).where(*mine))
    if row is None or row.line is None:
        return None
    in_line = (c.customer_id == tx.customer_id, c.endpoint_id == row.endpoint_id, IS_PENDING)
    first: str = await tx.value(
        select(c.delivery_id)
        .where(*in_line, c.line == row.line)
        .order_by(c.sequence, c.delivery_id)
        .limit(1)
    )
    return None if first == delivery_id else first


async def log(tx: Tx, delivery_id: str) -> Sequence[Attempt]:
    """Every recorded attempt of a delivery, oldest first."""
    c = webhook_attempt.c
    rows = await tx.rows(
        select(c.number, c.started_at, c.duration_ms, c.status, c.error, c.answer)
        .where(c.customer_id == tx.customer_id, c.delivery_id == delivery_id)
        .order_by(c.number)
    )
    return [Attempt(*row) for row in rows]


async def replay(tx: Tx, delivery_id: str) -> Delivery:
    """Make a delivery due now, with the whole retry schedule before it; its log is kept.

    One that is on its way at this moment stays so, and is sent again only if that fails.

    Raises:
        NotFound: this customer has no such delivery.
        Conflict: its endpoint was deleted.
    """
    found = await read(tx, delivery_id)
    require(
        not await _is_deleted(tx, found.endpoint_id),
        Conflict(
            "The endpoint of this delivery was deleted. Read the delivery's body instead.",
            details={"endpoint_id": found.endpoint_id},
        ),
    )
    c = webhook_delivery.c
    await tx.execute(
        update(webhook_delivery)
        .where(c.customer_id == tx.customer_id, c.delivery_id == delivery_id)
        .values(status=DeliveryStatus.PENDING.value, due_at=tx.now, attempts_before=c.attempts)
    )
    tx.nudge(DUE.name)
    return await read(tx, delivery_id)


async def _is_deleted(tx: Tx, endpoint_id: str) -> bool:
    """Whether an endpoint was deleted.

    Raises:
        NotFound: this customer never had such an endpoint.
    """
    c = webhook_endpoint.c
    row = await tx.row(
        select(c.deleted_at).where(c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id)
    )
    if row is None:
        raise NotFound("webhook_endpoint", endpoint_id)
    return row.deleted_at is not None


def _select() -> Select[Any]:
    """Deliveries with how their endpoint is."""
    d, e = webhook_delivery.c, webhook_endpoint.c
    mine = and_(e.customer_id == d.customer_id, e.endpoint_id == d.endpoint_id)
    source = webhook_delivery.join(webhook_endpoint, mine)
    return select(webhook_delivery, e.status.label("endpoint_status")).select_from(source)


def _delivery(row: AnyRow) -> Delivery:
    status = DeliveryStatus(row.status)
    is_waiting = status == DeliveryStatus.PENDING and row.endpoint_status == EndpointStatus.ACTIVE
    return Delivery(
        row.delivery_id,
        row.endpoint_id,
        row.type,
        row.caused_by,
        row.body,
        status,
        row.attempts,
        row.response_status,
        row.error,
        row.created_at,
        row.last_attempt_at,
        row.due_at if is_waiting else None,
    )
