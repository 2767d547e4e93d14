"""What customers use up: events of a month, and credits."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.kit.db import METADATA, Id, Instant

# Several rows a month, so that processes which count at once don't wait for each other.
event_usage = Table(
    "event_usage",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("month", String(7), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("events", BigInteger, nullable=False),
    PrimaryKeyConstraint("customer_id", "month", "slot"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("events >= 0", name="not_negative"),
)

# A threshold of a month that the customer was told of.
usage_notice = Table(
    "usage_notice",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("month", String(7), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "month", "percent"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
)

# Credits as they were given; `source` is unique, so that nothing is given twice.
credit_grant = Table(
    "credit_grant",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("grant_id", Id, nullable=False),
    Column("pool", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("expires_at", Instant),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "grant_id"),
    UniqueConstraint("customer_id", "source"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("remaining BETWEEN 0 AND amount", name="remaining_of_amount"),
    CheckConstraint("pool IN ('promo', 'welcome', 'paid')", name="known_pool"),
)

# What was authorised for an operation; `parts` is JSON, an amount by grant.
credit_hold = Table(
    "credit_hold",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("operation_id", Id, nullable=False),
    Column("pool", String(16), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("parts", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "operation_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("status IN ('authorized', 'committed', 'rolled_back')", name="known_status"),
)

# The ledger of credits: never updated, never deleted.
credit_entry = Table(
    "credit_entry",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("entry_id", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("pool", String(16), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("operation_id", Id),
    Column("source", String(64)),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "entry_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("kind IN ('grant', 'authorize', 'commit', 'rollback')", name="known_kind"),
    CheckConstraint("amount > 0", name="positive_amount"),
)
