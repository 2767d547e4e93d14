"""Apps whose rooms we believe, matches, and the history of each match."""

from sqlalchemy import (
    BigInteger,
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
    text,
)

from app.kit.db import METADATA, Id, Instant

_WATCHED = text("due_at IS NOT NULL")

match_app = Table(
    "match_app",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("app_id", String(100), nullable=False),
    Column("base_url", String(2048), nullable=False),
    Column("sealed_token", Text, nullable=False),
    Column("config_is_public", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "app_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
)

# `match` is a keyword of SQL, hence the longer name.
match_record = Table(
    "match_record",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("match_id", String(128), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("app_id", String(100)),
    Column("region", String(32)),
    Column("request", Text, nullable=False),
    Column("status", String(32), nullable=False),
    Column("room_id", String(100)),
    Column("process_id", String(64)),
    Column("allocation_id", String(64)),
    Column("code_hash", String(64), nullable=False),
    Column("sealed_code", Text),
    Column("claim_nonce", String(128)),
    Column("claimed_at", Instant),
    Column("token_id", Id),
    Column("token_expires_at", Instant),
    Column("result", Text),
    Column("answer", Text),
    Column("reported_at", Instant),
    Column("room_ended_at", Instant),
    Column("room_freed_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("moved_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("lease_until", Instant),
    PrimaryKeyConstraint("customer_id", "match_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint(
        "status IN ('allocating', 'waiting', 'live', 'reported', 'pending_verification',"
        " 'applied', 'abandoned', 'rejected', 'voided')",
        name="known_status",
    ),
    Index("ix_match_record_created", "customer_id", "created_at", "match_id"),
    Index("ix_match_record_status", "customer_id", "status", "created_at", "match_id"),
    Index(
        "ix_match_record_due",
        "customer_id",
        "due_at",
        sqlite_where=_WATCHED,
        postgresql_where=_WATCHED,
    ),
)

match_history = Table(
    "match_history",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("match_id", String(128), nullable=False),
    Column("number", Integer, nullable=False),
    Column("status", String(32), nullable=False),
    Column("who", String(128), nullable=False),
    Column("why", String(1024), nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "match_id", "number"),
    ForeignKeyConstraint(
        ["customer_id", "match_id"], ["match_record.customer_id", "match_record.match_id"]
    ),
)

# What a voided match gave and could not be taken back, because it had been spent.
match_uncollected = Table(
    "match_uncollected",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("match_id", String(128), nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("token", String(64), nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("customer_id", "match_id", "user_id", "token"),
    ForeignKeyConstraint(
        ["customer_id", "match_id"], ["match_record.customer_id", "match_record.match_id"]
    ),
    CheckConstraint("amount > 0", name="positive"),
)
