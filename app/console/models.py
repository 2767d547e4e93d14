"""Sessions of the console: which key began them and until when they hold."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, String, Table

from app.kit.db import METADATA, Id, Instant

console_session = Table(
    "console_session",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("session_id", Id, nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "session_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    Index("ix_console_session_expires_at", "customer_id", "expires_at"),
)
