"""Buddies, what they look like, and the history of their stages."""

from sqlalchemy import (
    BigInteger,
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

_ACTIVE = text("status = 'active'")

buddy = Table(
    "buddy",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("audience", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("config_version_id", Id, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("variant", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("image", String(64)),
    Column("thumb", String(64)),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "buddy_id"),
    ForeignKeyConstraint(
        ["customer_id", "config_version_id"],
        ["config_version.customer_id", "config_version.config_version_id"],
    ),
    CheckConstraint("stage BETWEEN 1 AND 5", name="stage_range"),
    CheckConstraint("status IN ('active', 'archived')", name="known_status"),
    Index(
        "uq_buddy_active",
        "customer_id",
        "user_id",
        "audience",
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
    Index("ix_buddy_user", "customer_id", "user_id", "buddy_id"),
    # Lists read ranges of these; no event changes what stands in them, so updates stay in place.
    Index("ix_buddy_stage", "customer_id", "status", "stage", "buddy_id"),
    Index("ix_buddy_name", "customer_id", "status", "stage", "name", "buddy_id"),
    postgresql_with={"fillfactor": "80"},
)

evolution = Table(
    "evolution",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("evolution_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("from_stage", Integer, nullable=False),
    Column("to_stage", Integer, nullable=False),
    Column("triggered_by_event_id", String(128)),
    Column("image", String(64)),
    Column("source", String(8), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "evolution_id"),
    ForeignKeyConstraint(["customer_id", "buddy_id"], ["buddy.customer_id", "buddy.buddy_id"]),
    Index("ix_evolution_buddy", "customer_id", "buddy_id", "evolution_id"),
)

appearance = Table(
    "buddy_appearance",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("equipped", Text, nullable=False, comment="JSON: the items that it shall wear"),
    Column("rendered", Text, nullable=False, comment="JSON: the ids that its picture shows"),
    Column("base_image", String(64)),
    Column("operation_id", Id, comment="the drawing that is under way"),
    Column("evolve_operation_id", Id, comment="the last evolution that was asked for by hand"),
    Column("error_code", String(32)),
    Column("line", String(64), nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "buddy_id"),
    ForeignKeyConstraint(["customer_id", "buddy_id"], ["buddy.customer_id", "buddy.buddy_id"]),
)
