"""Webhook endpoints and their deliveries, as customers see and change them.

Endpoints are deleted softly, so their deliveries stay readable. Where both are changed, the
endpoint's row is locked before its deliveries': the delivery loop keeps the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import func, insert, select, update

from app.customers.models import customer
from app.kit.crypto import MasterKey, new_webhook_secret
from app.kit.egress_addresses import Network, check_url
from app.kit.egress_errors import EgressForbidden
from app.kit.errors import Conflict, NotFound, ValidationFailed, require
from app.kit.pages import decode_cursor, encode_cursor
from app.kit.ids import is_uuid
from app.kit.tx import AnyRow, Tx
from app.webhooks.models import webhook_attempt, webhook_delivery, webhook_endpoint
from app.webhooks.outbox import DUE, IS_PENDING
from app.webhooks.signature import PayloadFormat

ENDPOINTS_MAX = 100
# Where the deliveries of a paused endpoint wait: due, but not before they are called back.
PARKED = datetime(9000, 1, 1, tzinfo=UTC)
ENDPOINT_DELETED = "endpoint_deleted"


class EndpointStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class PausedReason(StrEnum):
    """Who paused an endpoint: its owner, its receiver with a 410, or five days of failure."""

    OWNER = "owner"
    GONE = "gone"
    FAILING = "failing"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint; `secrets` are whole, newest first."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    payload_format: PayloadFormat
    status: EndpointStatus
    paused_reason: str | None
    secrets: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


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
class NewEndpoint:
    """What a caller says about a new endpoint; `events` are known names or `*`."""

    url: str
    events: Sequence[str]
    description: str | None
    payload_format: PayloadFormat


async def create(tx: Tx, new: NewEndpoint, allow: Sequence[Network]) -> Endpoint:
    """Register an endpoint with a fresh secret.

    Raises:
        ValidationFailed: a URL that we do not call.
        Conflict: the customer has as many endpoints as it may have.
    """
    _require_allowed(new.url, allow)
    await _require_room(tx)
    endpoint_id = tx.new_id()
    row = _secret_row(endpoint_id)
    sealed = tx.key.seal(new_webhook_secret().encode(), customer_id=tx.customer_id, row=row)
    await tx.execute(
        insert(webhook_endpoint).values(
            customer_id=tx.customer_id,
            endpoint_id=endpoint_id,
            url=new.url,
            events=orjson.dumps(list(new.events)).decode(),
            description=new.description,
            payload_format=new.payload_format.value,
            status=EndpointStatus.ACTIVE.value,
            sealed_secrets=orjson.dumps([sealed]).decode(),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    return await read(tx, endpoint_id)


async def read(tx: Tx, endpoint_id: str) -> Endpoint:
    """One endpoint that is not deleted.

    Raises:
        NotFound: this customer has no such endpoint.
    """
    c = webhook_endpoint.c
    row = await tx.row(
        select(webhook_endpoint).where(
            c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id, c.deleted_at.is_(None)
        )
    )
    if row is None:
        raise _no_endpoint(endpoint_id)
    return _endpoint(tx, row)


async def every(tx: Tx) -> list[Endpoint]:
    """All endpoints that are not deleted, oldest first."""
    c = webhook_endpoint.c
    rows = await tx.rows(
        select(webhook_endpoint)
        .where(c.customer_id == tx.customer_id, c.deleted_at.is_(None))
        .order_by(c.endpoint_id)
    )
    return [_endpoint(tx, row) for row in rows]


async def change(
    tx: Tx, endpoint_id: str, changes: dict[str, Any], allow: Sequence[Network]
) -> Endpoint:
    """Change `url`, `events`, `description` or `status`; what is not named stays.

    Pausing keeps every delivery; resuming makes those that waited due at once.

    Raises:
        ValidationFailed: a URL that we do not call.
        NotFound: this customer has no such endpoint.
    """
    if "url" in changes:
        _require_allowed(changes["url"], allow)
    values = dict(changes)
    if "events" in values:
        values["events"] = orjson.dumps(values["events"]).decode()
    if values.get("status") == EndpointStatus.PAUSED:
        values["paused_reason"] = PausedReason.OWNER.value
    elif values.get("status") == EndpointStatus.ACTIVE:
        values |= {"paused_reason": None, "failing_since": None}
    await _update(tx, endpoint_id, values)
    if values.get("status") == EndpointStatus.ACTIVE:
        await _call_back(tx, endpoint_id)
    return await read(tx, endpoint_id)


async def delete(tx: Tx, endpoint_id: str) -> None:
    """Delete an endpoint; what it has not received yet fails.

    Raises:
        NotFound: this customer has no such endpoint.
    """
    await _update(tx, endpoint_id, {"deleted_at": tx.now})
    c = webhook_delivery.c
    await tx.execute(
        update(webhook_delivery)
        .where(c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id, IS_PENDING)
        .values(status=DeliveryStatus.FAILED.value, error=ENDPOINT_DELETED, lease_until=None)
    )


async def deliveries(
    tx: Tx, *, endpoint_id: str | None, status: str | None, cursor: str | None, limit: int
) -> tuple[list[Delivery], str | None]:
    """A page of deliveries, newest first, and the cursor of the next one.

    Raises:
        NotFound: this customer never had such an endpoint.
        ValidationFailed: the cursor is none of ours.
    """
    c = webhook_delivery.c
    wanted = [c.customer_id == tx.customer_id]
    if endpoint_id is not None:
        await _require_known(tx, endpoint_id)
        wanted.append(c.endpoint_id == endpoint_id)
    if status is not None:
        wanted.append(c.status == status)
    after = decode_cursor(cursor, str)
    if after is not None:
        require(is_uuid(after), ValidationFailed.of("query.cursor", "is none of ours"))
        wanted.append(c.delivery_id < after)
    rows = await tx.rows(
        select(webhook_delivery).where(*wanted).order_by(c.delivery_id.desc()).limit(limit + 1)
    )
    found = [_delivery(row) for row in rows[:limit]]
    return found, encode_cursor(found[-1].id) if len(rows) > limit else None


async def delivery(tx: Tx, delivery_id: str) -> Delivery:
    """One delivery.

    Raises:
        NotFound: this customer has no such delivery.
    """
    c = webhook_delivery.c
    row = await tx.row(
        select(webhook_delivery).where(
            c.customer_id == tx.customer_id, c.delivery_id == delivery_id
        )
    )
    if row is None:
        raise NotFound("webhook_delivery", delivery_id)
    return _delivery(row)


async def attempts(tx: Tx, delivery_id: str) -> list[Attempt]:
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
    found = await delivery(tx, delivery_id)
    endpoints = await _ids(tx, found.endpoint_id)
    require(
        endpoints,
        Conflict(
            "The endpoint of this delivery was deleted. Read the delivery's body instead.",
            details={"endpoint_id": found.endpoint_id},
        ),
    )
    c = webhook_delivery.c
    await tx.execute(
        update(webhook_delivery)
        .where(c.customer_id == tx.customer_id, c.delivery_id == delivery_id)
        .values(
            status=DeliveryStatus.PENDING.value, due_at=tx.now, attempts_before=c.attempts
        )
    )
    tx.nudge(DUE.name)
    return await delivery(tx, delivery_id)


@lru_cache(maxsize=4096)
def open_secrets(
    key: MasterKey, customer_id: str, endpoint_id: str, sealed_secrets: str
) -> tuple[str, ...]:
    """The live secrets of an endpoint, newest first; opened once for each sealed text.

    Raises:
        SealBroken: they were sealed for another row or under another master key.
    """
    row = _secret_row(endpoint_id)
    return tuple(
        key.open(sealed, customer_id=customer_id, row=row).decode()
        for sealed in orjson.loads(sealed_secrets)
    )


def _secret_row(endpoint_id: str) -> str:
    return f"webhook_endpoint/{endpoint_id}"
