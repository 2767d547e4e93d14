"""When the buddies of a customer are to be looked at because time passed."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from app.kit.db import METADATA, Id, Instant

sweep = Table(
    "sweep",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("sweep_id", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("cursor", Id, comment="buddies up to this one are done; null before the first"),
    Column("looked_at", Instant, comment="when the last complete sweep was due"),
    PrimaryKeyConstraint("customer_id", "sweep_id"),
    UniqueConstraint("customer_id", "kind", "zone"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    Index("ix_sweep_due", "customer_id", "due_at"),
)
