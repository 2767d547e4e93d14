"""Eggs."""

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
)

from app.kit.db import METADATA, Id, Instant

egg = Table(
    "egg",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("egg_id", Id, nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("audience", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("variant", Integer, nullable=False),
    Column("preset_id", String(64)),
    Column("config_version_id", Id, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("operation_id", Id),
    Column("buddy_id", Id),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "egg_id"),
    ForeignKeyConstraint(
        ["customer_id", "config_version_id"],
        ["config_version.customer_id", "config_version.config_version_id"],
    ),
    CheckConstraint(
        "status IN ('waiting', 'ready', 'hatching', 'hatched', 'cancelled')", name="known_status"
    ),
    Index("ix_egg_user", "customer_id", "user_id", "egg_id"),
    Index("ix_egg_status", "customer_id", "status", "egg_id"),
)
