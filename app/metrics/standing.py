"""What stands in the database: the same numbers from whichever process is asked.

Read when metrics are asked for, at most every `REFRESH_SECONDS` and so seldom that it takes less
than a twentieth of the time; in between the last numbers are told again, with their age.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.customers.audit_models import audit_outcome
from app.customers.models import customer
from app.kit.db import Database
from app.matches.models import match_record
from app.operations.models import operation
from app.webhooks.models import webhook_delivery, webhook_endpoint
from app.webhooks.outbox import IS_PENDING
from app.webhooks.service import EndpointStatus

REFRESH_SECONDS = 10.0
SHARE = 20
READ_SECONDS_MAX = 10.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts at one instant; ages in seconds."""

    customers: int = 0
    deliveries: dict[str, int] = field(default_factory=dict)
    oldest_due: float = 0.0
    endpoints: dict[str, int] = field(default_factory=dict)
    operations: dict[tuple[str, str], int] = field(default_factory=dict)
    matches: dict[str, int] = field(default_factory=dict)
    audited: int = 0
    differences: int = 0
    oldest_audit: float = 0.0


class StandingCollector:
    """Gauges of the last look at the database; `refresh` looks again when it is time."""

    def __init__(
        self, database: Database, *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._seconds = seconds
        self._standing: Standing | None = None
        self._looked_at = 0.0
        self._pause = 0.0
        self._lock = asyncio.Lock()

    async def refresh(self) -> None:
        """Look again, unless that was done lately. A database that is away is no fault here."""
        async with self._lock:
            began = self._seconds()
            if self._looked_at and began - self._looked_at < self._pause:
                return
            try:
                async with (
                    asyncio.timeout(READ_SECONDS_MAX),
                    self._database.unscoped() as connection,
                ):
                    self._standing = await _read(connection, self._database.clock.now())
            except Exception as error:
                self._standing = None
                log.warning("metrics_database_away", error=repr(error))
            self._looked_at = self._seconds()
            self._pause = max(REFRESH_SECONDS, SHARE * (self._looked_at - began))

    def collect(self) -> Iterator[Metric]:
        """The gauges; nothing but `clutch_database_up` while the database is away."""
        standing = self._standing
        yield _gauge("clutch_database_up", "1 while it could be read.", float(standing is not None))
        if standing is None:
            return
        age = self._seconds() - self._looked_at
        yield _gauge("clutch_database_figures_age_seconds", "How old the figures below are.", age)
        yield _gauge("clutch_customers", "Customers of this installation.", standing.customers)
        yield _by(
            "clutch_webhook_deliveries",
            "Unfinished deliveries: due now, later (to be retried), or parked (endpoint paused).",
            ("state",),
            {(state,): standing.deliveries.get(state, 0) for state in ("due", "later", "parked")},
        )
        yield _gauge(
            "clutch_webhook_oldest_due_seconds",
            "For how long the oldest due delivery has been due.",
            standing.oldest_due,
        )
        yield _by(
            "clutch_webhook_endpoints",
            "Endpoints by status.",
            ("status",),
            {(status,): standing.endpoints.get(status, 0) for status in ("active", "paused")},
        )
        yield _by(
            "clutch_operations", "Operations by state.", ("kind", "status"), standing.operations
        )
        matches = {(status,): count for status, count in standing.matches.items()}
        yield _by("clutch_matches", "Matches by state.", ("status",), matches)
        yield from _audit(standing)


def _audit(standing: Standing) -> Iterator[Metric]:
    yield _gauge(
        "clutch_audit_customers", "Customers with a recorded audit.", float(standing.audited)
    )
    yield _gauge(
        "clutch_audit_differences",
        "Differences that the last recorded audits found, all customers together.",
        standing.differences,
    )
    yield _gauge(
        "clutch_audit_age_seconds",
        "How long ago the customer was audited whose audit is the oldest.",
        standing.oldest_audit,
    )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by(name: str, text: str, labels: tuple[str, ...], counts: Mapping[Any, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family


async def _read(connection: AsyncConnection, now: datetime) -> Standing:
    d, e, o, m = webhook_delivery.c, webhook_endpoint.c, operation.c, match_record.c
    is_parked = e.status == EndpointStatus.PAUSED.value
    state = case((is_parked, "parked"), (d.due_at <= now, "due"), else_="later")
    queued = await connection.execute(
        select(state, func.count(), func.min(d.due_at))
        .where(IS_PENDING, e.customer_id == d.customer_id, e.endpoint_id == d.endpoint_id)
        .group_by(state)
    )
    deliveries = {row[0]: (row[1], row[2]) for row in queued}
    endpoints = await connection.execute(
        select(e.status, func.count()).where(e.deleted_at.is_(None)).group_by(e.status)
    )
    operations = await connection.execute(
        select(o.kind, o.status, func.count()).group_by(o.kind, o.status)
    )
    matches = await connection.execute(select(m.status, func.count()).group_by(m.status))
    a = audit_outcome.c
    audits = (
        await connection.execute(select(func.count(), func.sum(a.differences), func.min(a.at)))
    ).one()
    customers = (await connection.execute(select(func.count()).select_from(customer))).scalar_one()
    return Standing(
        customers=customers,
        deliveries={name: count for name, (count, _) in deliveries.items()},
        oldest_due=_age(deliveries["due"][1], now) if "due" in deliveries else 0.0,
        endpoints={row[0]: row[1] for row in endpoints},
        operations={(row[0], row[1]): row[2] for row in operations},
        matches={row[0]: row[1] for row in matches},
        audited=audits[0],
        differences=int(audits[1] or 0),
        oldest_audit=_age(audits[2], now) if audits[2] else 0.0,
    )


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
