"""Gates that a buddy pays to open, and who opened which."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from app.kit.db import METADATA, Id, Instant

gate = Table(
    "gate",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("gate_key", String(64), nullable=False),
    Column("gate_id", Id, nullable=False),
    Column("token_key", String(64), nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("label", String(64)),
    Column("description", String(256)),
    Column("metadata", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "gate_key"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("cost > 0", name="positive"),
)

gate_unlock = Table(
    "gate_unlock",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("gate_key", String(64), nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Column("unlocked_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "buddy_id", "gate_key"),
    ForeignKeyConstraint(["customer_id", "buddy_id"], ["buddy.customer_id", "buddy.buddy_id"]),
    ForeignKeyConstraint(["customer_id", "gate_key"], ["gate.customer_id", "gate.gate_key"]),
)
