"""Stage one of a delivery: due rows are leased and become deliveries that can be sent.

Only deliveries of active endpoints come out. Those of a paused endpoint are parked, far in the
future, so that nobody looks at them again until the endpoint is resumed; those of a deleted one
fail.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, select

from app.kit.clock import to_milliseconds
from app.kit.crypto import SealBroken
from app.kit.db import Database
from app.kit.tx import AnyRow, Tx
from app.webhooks import service as webhooks
from app.webhooks.models import webhook_delivery, webhook_endpoint
from app.webhooks.outbox import DUE
from app.webhooks.service import ENDPOINT_DELETED, PARKED, EndpointStatus
from app.webhooks.signature import PayloadFormat

KEY = ("customer_id", "delivery_id")
log = structlog.get_logger()

FreeOf = Callable[[str], int]
"""How many more deliveries of an endpoint may be taken."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A leased delivery with all that sending it takes. `attempts` were made before this one."""

    customer_id: str
    delivery_id: str
    endpoint_id: str
    type: str
    body: bytes
    request_id: str | None
    attempts: int
    attempts_before: int
    lease_until: datetime
    url: str
    payload_format: PayloadFormat
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one look at a customer gave; `found` counts the due rows, sendable or not."""

    prepared: Sequence[Prepared]
    found: int


async def claim(
    database: Database,
    customer_id: str,
    *,
    limit: int,
    lease: timedelta,
    full: Collection[str],
    free_of: FreeOf,
) -> Claimed:
    """Lease up to `limit` due deliveries of a customer, oldest first.

    Endpoints in `full` are left out; of the others at most `free_of(endpoint_id)` come, the rest
    are given back at once.
    """
    async with database.begin(customer_id) as tx:
        also = (_is_elsewhere(full),) if full else ()
        rows = await DUE.claim(tx, limit=limit, lease=lease, also=also)
        if not rows:
            return Claimed((), 0)
        taken, surplus = _split(rows, free_of)
        await _release(tx, [row.delivery_id for row in surplus])
        endpoints = await _endpoints(tx, {row.endpoint_id for row in taken})
    aside = [row for row in taken if not _is_live(endpoints[row.endpoint_id])]
    if aside:
        await _set_aside(database, customer_id, aside)
    prepared = [
        _prepared(row, endpoints[row.endpoint_id], secrets)
        for row in taken
        if _is_live(endpoints[row.endpoint_id])
        and (secrets := _secrets(tx, endpoints[row.endpoint_id]))
    ]
    return Claimed(prepared, len(rows))


async def release(database: Database, unsent: Sequence[Prepared]) -> None:
    """Give leases back, for another worker to take at once."""
    for customer_id in sorted({delivery.customer_id for delivery in unsent}):
        async with database.begin(customer_id) as tx:
            mine = [d.delivery_id for d in unsent if d.customer_id == customer_id]
            await _release(tx, mine)


def _is_elsewhere(full: Collection[str]) -> ColumnElement[bool]:
    return webhook_delivery.c.endpoint_id.not_in(sorted(full))


def _split(rows: Sequence[AnyRow], free_of: FreeOf) -> tuple[list[AnyRow], list[AnyRow]]:
    taken: list[AnyRow] = []
    surplus: list[AnyRow] = []
    left: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: (row.due_at, row.delivery_id)):
        free = left.setdefault(row.endpoint_id, free_of(row.endpoint_id))
        left[row.endpoint_id] = free - 1
        (taken if free > 0 else surplus).append(row)
    return taken, surplus


async def _release(tx: Tx, delivery_ids: Sequence[str]) -> None:
    rows = [(tx.customer_id, delivery_id, None) for delivery_id in delivery_ids]
    await tx.update_set(webhook_delivery, KEY, ("lease_until",), rows)


async def _endpoints(tx: Tx, endpoint_ids: Collection[str]) -> dict[str, AnyRow]:
    c = webhook_endpoint.c
    rows = await tx.rows(
        select(
            c.endpoint_id, c.url, c.payload_format, c.status, c.sealed_secrets, c.deleted_at
        ).where(c.customer_id == tx.customer_id, tx.among(c.endpoint_id, sorted(endpoint_ids)))
    )
    return {row.endpoint_id: row for row in rows}


def _is_live(endpoint: AnyRow) -> bool:
    return endpoint.deleted_at is None and endpoint.status == EndpointStatus.ACTIVE


def _secrets(tx: Tx, endpoint: AnyRow) -> tuple[str, ...]:
    """The secrets; none where the master key does not open them, and the deliveries wait."""
    try:
        return webhooks.open_secrets(
            tx.key, tx.customer_id, endpoint.endpoint_id, endpoint.sealed_secrets
        )
    except SealBroken:
        log.error("webhook_secret_unreadable", endpoint_id=endpoint.endpoint_id)
        return ()


def _prepared(row: AnyRow, endpoint: AnyRow, secrets: tuple[str, ...]) -> Prepared:
    return Prepared(
        row.customer_id,
        row.delivery_id,
        row.endpoint_id,
        row.type,
        row.body.encode(),
        row.request_id,
        row.attempts,
        row.attempts_before or 0,
        row.lease_until,
        endpoint.url,
        PayloadFormat(endpoint.payload_format),
        secrets,
    )


async def _set_aside(database: Database, customer_id: str, rows: Sequence[AnyRow]) -> None:
    """Park or fail leased deliveries, under a lock that keeps their endpoints as they are."""
    async with database.begin(customer_id) as tx:
        c = webhook_endpoint.c
        wanted = sorted({row.endpoint_id for row in rows})
        endpoints = await tx.rows(
            select(c.endpoint_id, c.status, c.deleted_at)
            .where(c.customer_id == customer_id, tx.among(c.endpoint_id, wanted))
            .order_by(c.endpoint_id)
            .with_for_update(read=True)
        )
        by_id = {endpoint.endpoint_id: endpoint for endpoint in endpoints}
        changes = [_aside(row, by_id[row.endpoint_id]) for row in rows]
        key = (*KEY, "lease_until")
        columns = ("status", "error", "due_at")
        await tx.update_set(webhook_delivery, key, columns, changes)
        await _release(tx, [row.delivery_id for row in rows])


def _aside(row: AnyRow, endpoint: AnyRow) -> tuple[str, str, int, str, str | None, int]:
    key = (row.customer_id, row.delivery_id, to_milliseconds(row.lease_until))
    if endpoint.deleted_at is not None:
        return (*key, "failed", ENDPOINT_DELETED, to_milliseconds(row.due_at))
    if endpoint.status == EndpointStatus.PAUSED:
        return (*key, "pending", row.error, to_milliseconds(PARKED))
    return (*key, "pending", row.error, to_milliseconds(row.due_at))
