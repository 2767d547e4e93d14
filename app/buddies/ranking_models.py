"""Leaderboards: what every buddy reached on them, and how many reached about as much."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from app.kit.db import METADATA, Id, Instant

leaderboard_entry = Table(
    "leaderboard_entry",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("entry_id", Id, nullable=False, comment="a hash of board, scope, window and buddy"),
    Column("board", String(64), nullable=False),
    Column("scope", String(32), nullable=False, comment="an audience; empty where all compete"),
    Column("window_start", Instant, nullable=False),
    Column("standing", BigInteger, nullable=False, comment="the score, negated: best first"),
    Column("reached_at", Instant, nullable=False),
    Column("buddy_id", Id, nullable=False),
    PrimaryKeyConstraint("customer_id", "entry_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    Index(
        "ix_leaderboard_entry_rank",
        "customer_id",
        "board",
        "scope",
        "window_start",
        "standing",
        "reached_at",
        "buddy_id",
    ),
)

leaderboard_count = Table(
    "leaderboard_count",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("board", String(64), nullable=False),
    Column("scope", String(32), nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("bucket", Integer, nullable=False, comment="of neighbouring scores"),
    Column("slot", Integer, nullable=False, comment="so that writers seldom meet"),
    Column("entries", BigInteger, nullable=False, comment="may be negative; the sum is not"),
    PrimaryKeyConstraint("customer_id", "board", "scope", "window_start", "bucket", "slot"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    postgresql_with={"fillfactor": "60"},
)
