"""Endpoints, the outbox, and the log of attempts."""

from sqlalchemy import BigInteger as Big
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from app.kit.db import METADATA, Id, Instant

webhook_endpoint = Table(
    "webhook_endpoint",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("endpoint_id", Id, nullable=False),
    Column("url", String(2048), nullable=False),
    Column("events", Text, nullable=False),
    Column("description", String(256)),
    Column("payload_format", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("paused_reason", String(64)),
    Column("sealed_secrets", Text, nullable=False),
    Column("failing_since", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("signature", String(16), nullable=False),
    Column("is_ordered", Boolean, nullable=False),
    Column("rate_per_second", Integer),
    Column("concurrency", Integer),
    # Attempts that failed since one succeeded; where there are many, nothing is sent for a while.
    Column("failures", Integer, nullable=False),
    Column("circuit_until", Instant),
    # The worker that alone serves an endpoint with limits, and until when.
    Column("worker_id", Id),
    Column("worker_until", Instant),
    PrimaryKeyConstraint("customer_id", "endpoint_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("status IN ('active', 'paused')", name="known_status"),
    CheckConstraint("payload_format IN ('envelope', 'raw')", name="known_format"),
)

webhook_delivery = Table(
    "webhook_delivery",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("delivery_id", Id, nullable=False),
    Column("endpoint_id", Id, nullable=False),
    Column("type", String(64), nullable=False),
    Column("buddy_id", Id),
    Column("sequence", Big),
    Column("caused_by", String(128)),
    Column("request_id", String(128)),
    Column("body", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Attempts made before the last replay: a replay gets the whole schedule again.
    Column("attempts_before", Integer),
    Column("response_status", Integer),
    Column("error", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("last_attempt_at", Instant),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    # The buddy in whose line it waits; only deliveries to ordered endpoints wait in line.
    Column("line", Id),
    PrimaryKeyConstraint("customer_id", "delivery_id"),
    CheckConstraint("status IN ('pending', 'succeeded', 'failed')", name="known_status"),
    Index("ix_webhook_delivery_listing", "customer_id", "endpoint_id", "delivery_id"),
    Index(
        "ix_webhook_delivery_due",
        "customer_id",
        "endpoint_id",
        "due_at",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_webhook_delivery_line",
        "customer_id",
        "endpoint_id",
        "line",
        "sequence",
        "delivery_id",
        sqlite_where=text("status = 'pending' AND line IS NOT NULL"),
        postgresql_where=text("status = 'pending' AND line IS NOT NULL"),
    ),
)

webhook_attempt = Table(
    "webhook_attempt",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("delivery_id", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", String(64)),
    Column("answer", Text),
    Column("address", String(64)),
    PrimaryKeyConstraint("customer_id", "delivery_id", "number"),
)
