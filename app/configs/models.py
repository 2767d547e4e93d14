"""Versions of a customer's rules."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from app.kit.db import METADATA, Id, Instant

config_version = Table(
    "config_version",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("config_version_id", Id, nullable=False),
    Column("status", String(16), nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("published_at", Instant),
    PrimaryKeyConstraint("customer_id", "config_version_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("status IN ('draft', 'published', 'archived')", name="known_status"),
)
