"""Endpoints that have something due, and whether this worker may send there now.

They are found by one index descent an endpoint: however long the queue of one is, the others cost
the same. Those that are paused, or whose circuit is open, are found too. Those with limits are
served by one worker at a time, so that the limits hold whatever the number of workers; when that
one dies another takes over as its lease ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, update

from app.kit.clock import to_milliseconds
from app.kit.crypto import SealBroken
from app.kit.db import Database
from app.kit.tx import AnyRow, Tx
from app.webhooks import queries, secrets
from app.webhooks.models import webhook_endpoint
from app.webhooks.service import EndpointStatus
from app.webhooks.signature import PayloadFormat

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """Where deliveries of one endpoint go, and how; `secrets` are live, newest first."""

    customer_id: str
    endpoint_id: str
    url: str
    payload_format: PayloadFormat
    secrets: tuple[str, ...]
    is_ordered: bool = False
    rate_per_second: int | None = None
    concurrency: int | None = None


async def with_due(database: Database) -> Sequence[AnyRow]:
    """The rows of all endpoints, deleted ones too, to which something is due and unclaimed."""
    now = to_milliseconds(database.clock.now())
    statement = queries.endpoints_with_due(database.is_sqlite)
    async with database.unscoped() as connection:
        return (await connection.execute(statement, {"now": now})).all()


def may_send(row: AnyRow, worker_id: str, now: datetime) -> bool:
    """Whether an endpoint is live, not at rest, and not served by another worker alone."""
    if row.deleted_at is not None or row.status != EndpointStatus.ACTIVE:
        return False
    if row.circuit_until is not None and now < row.circuit_until:
        return False
    return not has_limits(row) or row.worker_id in (None, worker_id) or row.worker_until <= now


def has_limits(row: AnyRow) -> bool:
    """Whether its owner wants fewer requests than we could make."""
    return row.rate_per_second is not None or row.concurrency is not None


def target_of(tx: Tx, row: AnyRow) -> Target | None:
    """The target; None where the master key does not open its secrets: its deliveries wait."""
    try:
        known = secrets.unseal(tx.key, row.customer_id, row.endpoint_id, row.sealed_secrets)
    except SealBroken:
        log.error("webhook_secret_unreadable", endpoint_id=row.endpoint_id)
        return None
    return Target(
        row.customer_id,
        row.endpoint_id,
        row.url,
        PayloadFormat(row.payload_format),
        secrets.live(known, tx.now),
        row.is_ordered,
        row.rate_per_second,
        row.concurrency,
    )


async def take_probe(tx: Tx, endpoint_id: str, lease: timedelta) -> bool:
    """Take the one probe that an open circuit allows; whether nobody else has it."""
    c = webhook_endpoint.c
    return await _took(
        tx, endpoint_id, c.circuit_until <= tx.now, {"circuit_until": tx.now + lease}
    )


async def take_over(tx: Tx, endpoint_id: str, worker_id: str, lease: timedelta) -> bool:
    """Serve an endpoint alone from now on, or go on doing so; whether we may."""
    c = webhook_endpoint.c
    may = c.worker_id.is_(None) | (c.worker_id == worker_id) | (c.worker_until <= tx.now)
    return await _took(
        tx, endpoint_id, may, {"worker_id": worker_id, "worker_until": tx.now + lease}
    )


async def _took(
    tx: Tx, endpoint_id: str, condition: ColumnElement[bool], values: dict[str, object]
) -> bool:
    c = webhook_endpoint.c
    mine = (c.customer_id == tx.customer_id, c.endpoint_id == endpoint_id)
    statement = update(webhook_endpoint).where(*mine, condition).values(**values)
    return await tx.execute(statement) == 1
