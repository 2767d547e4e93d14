"""Customers, their keys, and the answers kept for a repeated Idempotency-Key."""

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
    UniqueConstraint,
)

from app.kit.db import METADATA, Id, Instant

customer = Table(
    "customer",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("name", String(64), nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("accept_other", Boolean, nullable=False),
    Column("published_config_id", Id),
    Column("sealed_draw_secret", Text, nullable=False),
    Column("plan", String(32)),
    Column("disabled_capabilities", Text, nullable=False),
    Column("has_zones", Boolean, nullable=False),
    Column("active_paths", Text, nullable=False),
    Column("events_pruned_until", Instant, comment="events received before may be gone"),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id"),
)

# The one global table: a request's customer is found by the hash of its key.
api_key = Table(
    "api_key",
    METADATA,
    Column("key_hash", String(64), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("label", String(64), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("allowed_origins", Text, nullable=False),
    Column("last_four", String(4), nullable=False),
    Column("sealed_secret", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    PrimaryKeyConstraint("key_hash"),
    UniqueConstraint("customer_id", "key_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
)

idempotent_answer = Table(
    "idempotent_answer",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("principal", String(128), nullable=False),
    Column("key", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer),
    Column("sealed_body", Text),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "principal", "key"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("status IS NULL OR status BETWEEN 200 AND 299", name="only_successes"),
    Index("ix_idempotent_answer_created_at", "customer_id", "created_at"),
)
