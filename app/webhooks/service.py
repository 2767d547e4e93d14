"""Webhook endpoints, as customers make, change and delete them.

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
from app.kit.tx import AnyRow, Tx
from app.webhooks.models import webhook_delivery, webhook_endpoint
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
        raise NotFound("webhook_endpoint", endpoint_id)
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
        .values(status="failed", error=ENDPOINT_DELETED, lease_until=None)
    )


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


async def _require_room(tx: Tx) -> None:
    """Hold back other creates of this customer, then count."""
    mine = customer.c.customer_id == tx.customer_id
    await tx.row(select(customer.c.customer_id).where(mine).with_for_update(key_share=True))
    c = webhook_endpoint.c
    count = await tx.value(
        select(func.count()).where(c.customer_id == tx.customer_id, c.deleted_at.is_(None))
    )
    require(
        count < ENDPOINTS_MAX,
        Conflict(
            f"There are {ENDPOINTS_MAX} endpoints already. Delete one that is not needed.",
            details={"max": ENDPOINTS_MAX},
        ),
    )


async def _update(tx: Tx, endpoint_id: str, values: dict[str, Any]) -> None:
    c = webhook_endpoint.c
    touched = await tx.execute(
        update(webhook_endpoint)
        .where(
            c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id, c.deleted_at.is_(None)
        )
        .values(updated_at=tx.now, **values)
    )
    require(touched, NotFound("webhook_endpoint", endpoint_id))


async def _call_back(tx: Tx, endpoint_id: str) -> None:
    c = webhook_delivery.c
    await tx.execute(
        update(webhook_delivery)
        .where(
            c.customer_id == tx.customer_id,
            c.endpoint_id == endpoint_id,
            IS_PENDING,
            c.due_at >= PARKED,
        )
        .values(due_at=tx.now)
    )
    tx.nudge(DUE.name)


def _require_allowed(url: str, allow: Sequence[Network]) -> None:
    try:
        check_url(url, allow)
    except EgressForbidden as error:
        raise ValidationFailed.of("/url", error.message) from None


def _endpoint(tx: Tx, row: AnyRow) -> Endpoint:
    return Endpoint(
        row.endpoint_id,
        row.url,
        tuple(orjson.loads(row.events)),
        row.description,
        PayloadFormat(row.payload_format),
        EndpointStatus(row.status),
        row.paused_reason,
        open_secrets(tx.key, tx.customer_id, row.endpoint_id, row.sealed_secrets),
        row.created_at,
        row.updated_at,
    )
