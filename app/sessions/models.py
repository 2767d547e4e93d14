"""Widget sessions: the tokens that can be taken back. Embed tokens leave no row."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from app.kit.db import METADATA, Id, Instant

widget_session = Table(
    "widget_session",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("session_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    PrimaryKeyConstraint("customer_id", "session_id"),
    ForeignKeyConstraint(["customer_id", "buddy_id"], ["buddy.customer_id", "buddy.buddy_id"]),
    Index("ix_widget_session_expires_at", "customer_id", "expires_at"),
)
