"""Stage four of a delivery: what became of attempts is written down, a set at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.kit.clock import to_milliseconds, to_text
from app.kit.tx import AnyRow, Tx
from app.webhooks.catalogue import EventName
from app.webhooks.circuit import WELL, Condition, after_failures
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
CHANGING = (
    "status",
    "attempts",
    "response_status",
    "error",
    "last_attempt_at",
    "due_at",
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
    """What a set of attempts says about one endpoint at one URL.

    `failures` are those after its last success, `failed_at` is when the last one ended.
    """

    has_success: bool
    is_gone: bool
    failures: int
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
    rows = sorted((_delivery(result) for result in results), key=lambda row: row[1])
    held = await tx.end_leases(webhook_delivery, "delivery_id", CHANGING, rows)
    ours = [result for result in results if result.sent.prepared.delivery_id in held]
    ours.sort(key=lambda result: result.sent.prepared.delivery_id)
    await tx.insert_set(webhook_attempt, ATTEMPT_COLUMNS, [_attempt(r) for r in ours])
    if paused:
        await _tell(tx, paused)


def _delivery(result: Judged) -> tuple[Any, ...]:
    """A row found only while it has our lease, which ended with the request at the latest."""
    sent, verdict = result.sent, result.verdict
    started_at = to_milliseconds(sent.started_at)
    return (
        sent.prepared.customer_id,
        sent.prepared.delivery_id,
        to_milliseconds(sent.prepared.lease_until),
        STATUSES[verdict.outcome],
        sent.prepared.attempts + 1,
        sent.status,
        verdict.error,
        started_at,
        started_at if verdict.due_at is None else to_milliseconds(verdict.due_at),
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
    """Note how endpoints are doing, where that changed; return those paused just now."""
    found = _health(results)
    c = webhook_endpoint.c
    rows = await tx.rows(
        select(c.endpoint_id, c.url, c.failing_since, c.failures, c.circuit_until)
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
        change = _change(health, row) if health is not None else {}
        if change and await _apply(tx, row, change) and "paused_reason" in change:
            paused.append(Paused(row.endpoint_id, row.url, change["paused_reason"]))
    return paused


def _health(results: Iterable[Judged]) -> dict[tuple[str, str], Health]:
    found: dict[tuple[str, str], Health] = {}
    for result in sorted(results, key=lambda result: result.sent.ended_at):
        key = (result.sent.prepared.endpoint_id, result.sent.prepared.target.url)
        before = found.get(key, Health(False, False, 0, None))
        is_gone = before.is_gone or result.verdict.outcome == Outcome.PAUSE_ENDPOINT
        if result.succeeded:
            found[key] = Health(True, is_gone, 0, before.failed_at)
        else:
            ended_at = result.sent.ended_at
            found[key] = Health(before.has_success, is_gone, before.failures + 1, ended_at)
    return found


def _change(health: Health, row: AnyRow) -> dict[str, Any]:
    """What is to be written at an endpoint; nothing where nothing changed. Pure."""
    before = Condition(row.failures, row.failing_since, row.circuit_until)
    after = WELL if health.has_success else before
    if health.failures and health.failed_at is not None:
        after = after_failures(after, health.failures, health.failed_at)
    change = {} if after == before else asdict(after)
    if health.is_gone:
        return change | _pause(PausedReason.GONE)
    since = after.failing_since
    if since is not None and health.failed_at and health.failed_at - since >= FAILING_FOR:
        return change | _pause(PausedReason.FAILING)
    return change


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
