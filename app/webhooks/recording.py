"""Stage four of a delivery: what became of attempts is written down, a set at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.kit.clock import to_milliseconds, to_text
from app.kit.tx import AnyRow, Tx
from app.webhooks.catalogue import EventName
from app.webhooks.models import webhook_attempt, webhook_delivery, webhook_endpoint
from app.webhooks.outbox import About, Outbox
from app.webhooks.retry import Outcome
from app.webhooks.sending import Judged
from app.webhooks.service import EndpointStatus, PausedReason

FAILING_FOR = timedelta(days=5)
STATUSES = {
    Outcome.SUCCEEDED: "succeeded",
    Outcome.RETRY: "pending",
    Outcome.FAILED: "failed",
    Outcome.PAUSE_ENDPOINT: "failed",
}
KEY = ("customer_id", "delivery_id")
CHANGING = (
    "status",
    "attempts",
    "response_status",
    "error",
    "last_attempt_at",
    "due_at",
    "lease_until",
)
ATTEMPT_COLUMNS = (
    "customer_id",
    "delivery_id",
    "number",
    "started_at",
    "duration_ms",
    "status",
    "error",
    "answer",
    "address",
)


@dataclass(frozen=True, slots=True)
class Health:
    """What a set of attempts says about one endpoint at one URL."""

    has_success: bool
    is_gone: bool
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paused:
    """An endpoint that was paused just now."""

    endpoint_id: str
    url: str
    reason: str


async def record(tx: Tx, results: Sequence[Judged]) -> None:
    """Write down attempts of this customer, and pause endpoints that are gone or only fail.

    A result whose lease was lost meanwhile changes nothing: whoever has the delivery now will
    write its own.
    """
    paused = await _judge_endpoints(tx, results)
    held = await _held(tx, [result.sent.prepared.delivery_id for result in results])
    ours = [result for result in results if _is_held(result, held)]
    ours.sort(key=lambda result: result.sent.prepared.delivery_id)
    await tx.update_set(webhook_delivery, KEY, CHANGING, [_delivery(held, r) for r in ours])
    await tx.insert_set(webhook_attempt, ATTEMPT_COLUMNS, [_attempt(r) for r in ours])
    if paused:
        await _tell(tx, paused)


async def _held(tx: Tx, delivery_ids: Sequence[str]) -> dict[str, AnyRow]:
    """Lock deliveries in the order of their ids; those that are leased, by id."""
    c = webhook_delivery.c
    rows = await tx.rows(
        select(c.delivery_id, c.lease_until, c.due_at)
        .where(
            c.customer_id == tx.customer_id,
            tx.among(c.delivery_id, sorted(delivery_ids)),
            c.lease_until.is_not(None),
        )
        .order_by(c.delivery_id)
        .with_for_update()
    )
    return {row.delivery_id: row for row in rows}


def _is_held(result: Judged, held: dict[str, AnyRow]) -> bool:
    prepared = result.sent.prepared
    row = held.get(prepared.delivery_id)
    return row is not None and row.lease_until == prepared.lease_until


def _delivery(held: dict[str, AnyRow], result: Judged) -> tuple[Any, ...]:
    sent, verdict = result.sent, result.verdict
    due_at = verdict.due_at or held[sent.prepared.delivery_id].due_at
    return (
        sent.prepared.customer_id,
        sent.prepared.delivery_id,
        STATUSES[verdict.outcome],
        sent.prepared.attempts + 1,
        sent.status,
        verdict.error,
        to_milliseconds(sent.started_at),
        to_milliseconds(due_at),
        None,
    )


def _attempt(result: Judged) -> tuple[Any, ...]:
    sent = result.sent
    return (
        sent.prepared.customer_id,
        sent.prepared.delivery_id,
        sent.prepared.attempts + 1,
        to_milliseconds(sent.started_at),
        sent.duration_ms,
        sent.status,
        result.error.value if result.error else None,
        sent.answer,
        sent.address,
    )


async def _judge_endpoints(tx: Tx, results: Sequence[Judged]) -> list[Paused]:
    """Note when endpoints began to fail or stopped failing; return those paused just now."""
    found = _health(results)
    c = webhook_endpoint.c
    rows = await tx.rows(
        select(c.endpoint_id, c.url, c.failing_since)
        .where(
            c.customer_id == tx.customer_id,
            tx.among(c.endpoint_id, sorted({endpoint_id for endpoint_id, _ in found})),
            c.status == EndpointStatus.ACTIVE.value,
            c.deleted_at.is_(None),
        )
        .order_by(c.endpoint_id)
    )
    paused: list[Paused] = []
    for row in rows:
        health = found.get((row.endpoint_id, row.url))
        change = _change(health, row.failing_since) if health is not None else None
        if change and await _apply(tx, row, change) and "paused_reason" in change:
            paused.append(Paused(row.endpoint_id, row.url, change["paused_reason"]))
    return paused


def _health(results: Iterable[Judged]) -> dict[tuple[str, str], Health]:
    found: dict[tuple[str, str], Health] = {}
    for result in results:
        key = (result.sent.prepared.endpoint_id, result.sent.prepared.url)
        before = found.get(key, Health(False, False, None))
        failed_at = before.failed_at
        if not result.succeeded:
            failed_at = max(filter(None, (failed_at, result.sent.ended_at)))
        found[key] = Health(
            before.has_success or result.succeeded,
            before.is_gone or result.verdict.outcome == Outcome.PAUSE_ENDPOINT,
            failed_at,
        )
    return found


def _change(health: Health, failing_since: datetime | None) -> dict[str, Any] | None:
    """What is to be written at an endpoint; None where nothing changed. Pure."""
    if health.is_gone:
        return _pause(PausedReason.GONE)
    if health.has_success:
        return {"failing_since": None} if failing_since is not None else None
    if health.failed_at is None:
        return None
    if failing_since is None:
        return {"failing_since": health.failed_at}
    if health.failed_at - failing_since < FAILING_FOR:
        return None
    return _pause(PausedReason.FAILING)


def _pause(reason: PausedReason) -> dict[str, Any]:
    return {"status": EndpointStatus.PAUSED.value, "paused_reason": reason.value}


async def _apply(tx: Tx, row: AnyRow, change: dict[str, Any]) -> bool:
    """Write a change unless somebody paused, deleted or moved the endpoint meanwhile."""
    c = webhook_endpoint.c
    touched = await tx.execute(
        update(webhook_endpoint)
        .where(
            c.customer_id == tx.customer_id,
            c.endpoint_id == row.endpoint_id,
            c.url == row.url,
            c.status == EndpointStatus.ACTIVE.value,
            c.deleted_at.is_(None),
        )
        .values(**change)
    )
    return touched == 1


async def _tell(tx: Tx, paused: Sequence[Paused]) -> None:
    outbox = await Outbox.open(tx, besides={endpoint.endpoint_id for endpoint in paused})
    for endpoint in paused:
        data = {
            "endpoint_id": endpoint.endpoint_id,
            "url": endpoint.url,
            "reason": endpoint.reason,
            "paused_at": to_text(tx.now),
        }
        outbox.tell(EventName.WEBHOOK_ENDPOINT_PAUSED, data, About(caused_by=endpoint.endpoint_id))
    outbox.pour()
