"""Webhook endpoints, as customers make, change and delete them.

Endpoints are deleted softly, so their deliveries stay readable. Where both are changed, the
endpoint's row is locked before its deliveries': the delivery loop keeps the same order. A paused
endpoint's deliveries stay as they are; nobody claims them until it is resumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import func, insert, select, update

from app.customers.models import customer
from app.kit.egress_addresses import Network, check_url
from app.kit.egress_errors import EgressForbidden
from app.kit.errors import Conflict, NotFound, ValidationFailed, require
from app.kit.tx import AnyRow, Tx
from app.webhooks import secrets
from app.webhooks.models import webhook_delivery, webhook_endpoint
from app.webhooks.outbox import DUE, IS_PENDING
from app.webhooks.secrets import Secret
from app.webhooks.signature import PayloadFormat, SignatureKind

ENDPOINTS_MAX = 100
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
    """An endpoint; `secrets` are those that sign now, whole, newest first."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    payload_format: PayloadFormat
    signature: SignatureKind
    is_ordered: bool
    rate_per_second: int | None
    concurrency: int | None
    status: EndpointStatus
    paused_reason: str | None
    failing_since: datetime | None
    circuit_until: datetime | None
    secrets: tuple[str, ...]
    rotating_until: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What a caller says about a new endpoint; `events` are known names or `*`.

    An ordered one gets what happened to one buddy in the order in which it happened. Limits are
    requests that begin in a second, and requests under way.
    """

    url: str
    events: Sequence[str]
    description: str | None = None
    payload_format: PayloadFormat = PayloadFormat.ENVELOPE
    signature: SignatureKind = SignatureKind.HMAC
    is_ordered: bool = False
    rate_per_second: int | None = None
    concurrency: int | None = None


async def create(tx: Tx, new: NewEndpoint, allow: Sequence[Network]) -> Endpoint:
    """Register an endpoint with a fresh secret.

    Raises:
        ValidationFailed: a URL that we do not call.
        Conflict: the customer has as many endpoints as it may have.
    """
    _require_allowed(new.url, allow)
    await _require_room(tx)
    endpoint_id = tx.new_id()
    first = Secret(secrets.fresh(new.signature), None)
    await tx.execute(
        insert(webhook_endpoint).values(
            customer_id=tx.customer_id,
            endpoint_id=endpoint_id,
            url=new.url,
            events=orjson.dumps(list(new.events)).decode(),
            description=new.description,
            payload_format=new.payload_format.value,
            signature=new.signature.value,
            is_ordered=new.is_ordered,
            rate_per_second=new.rate_per_second,
            concurrency=new.concurrency,
            status=EndpointStatus.ACTIVE.value,
            failures=0,
            sealed_secrets=secrets.seal(tx.key, tx.customer_id, endpoint_id, [first]),
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
    return _endpoint(tx, await _row(tx, endpoint_id))


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
    """Change url, events, description, limits or status; what is not named stays.

    Pausing keeps every delivery; resuming sends those that waited, and forgets the failures.

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
        values |= {"failures": 0, "circuit_until": None}
    await _update(tx, endpoint_id, values)
    tx.nudge(DUE.name)
    return await read(tx, endpoint_id)


async def rotate_secret(tx: Tx, endpoint_id: str, overlap: timedelta) -> Endpoint:
    """Give an endpoint a new secret; the old one signs beside it for `overlap`.

    Raises:
        NotFound: this customer has no such endpoint.
    """
    await _update(tx, endpoint_id, {})  # its lock keeps another rotation away
    row = await _row(tx, endpoint_id)
    before = secrets.unseal(tx.key, tx.customer_id, endpoint_id, row.sealed_secrets)
    new = secrets.fresh(SignatureKind(row.signature))
    after = secrets.rotated(before, new, overlap, tx.now)
    sealed = secrets.seal(tx.key, tx.customer_id, endpoint_id, after)
    await _update(tx, endpoint_id, {"sealed_secrets": sealed})
    return await read(tx, endpoint_id)


async def delete(tx: Tx, endpoint_id: str) -> None:
    """Delete an endpoint; what it has not received yet fails.

    Raises:
        NotFound: this customer has no such endpoint.
    """
    await _update(tx, endpoint_id, {"deleted_at": tx.now})
    await fail_open(tx, endpoint_id)


async def fail_open(tx: Tx, endpoint_id: str) -> None:
    """Let everything that a deleted endpoint has not received fail."""
    c = webhook_delivery.c
    await tx.execute(
        update(webhook_delivery)
        .where(c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id, IS_PENDING)
        .values(status="failed", error=ENDPOINT_DELETED, lease_until=None)
    )


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


async def _row(tx: Tx, endpoint_id: str) -> AnyRow:
    c = webhook_endpoint.c
    row = await tx.row(
        select(webhook_endpoint).where(
            c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id, c.deleted_at.is_(None)
        )
    )
    if row is None:
        raise NotFound("webhook_endpoint", endpoint_id)
    return row


def _require_allowed(url: str, allow: Sequence[Network]) -> None:
    try:
        check_url(url, allow)
    except EgressForbidden as error:
        raise ValidationFailed.of("/url", error.message) from None


def _endpoint(tx: Tx, row: AnyRow) -> Endpoint:
    known = secrets.unseal(tx.key, tx.customer_id, row.endpoint_id, row.sealed_secrets)
    live = secrets.live(known, tx.now)
    return Endpoint(
        row.endpoint_id,
        row.url,
        tuple(orjson.loads(row.events)),
        row.description,
        PayloadFormat(row.payload_format),
        SignatureKind(row.signature),
        row.is_ordered,
        row.rate_per_second,
        row.concurrency,
        EndpointStatus(row.status),
        row.paused_reason,
        row.failing_since,
        row.circuit_until,
        live,
        known[1].until if len(live) > 1 else None,
        row.created_at,
        row.updated_at,
    )
