"""Work that was promised with "202, ask later"."""

from sqlalchemy import (
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

_PENDING = text("status IN ('pending', 'processing')")

operation = Table(
    "operation",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("operation_id", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("input", Text, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    PrimaryKeyConstraint("customer_id", "operation_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint(
        "status IN ('pending', 'processing', 'completed', 'failed')", name="known_status"
    ),
    Index(
        "ix_operation_due",
        "customer_id",
        "due_at",
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    ),
)
