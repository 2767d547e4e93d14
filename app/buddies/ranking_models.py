"""Leaderboards: what every buddy reached on them, and how many reached about as much."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    text,
)

from app.kit.db import METADATA, Id, Instant

# Not `standing <> counted`: of a column of its own the planner learns that it is seldom true.
UNCOUNTED = text("uncounted")

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
    Column("counted", BigInteger, nullable=False, comment="the standing that the counts know of"),
    Column("uncounted", Boolean, nullable=False, comment="changed since it was counted"),
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
    Index(
        "ix_leaderboard_entry_uncounted",
        "customer_id",
        "board",
        "scope",
        "window_start",
        "entry_id",
        sqlite_where=UNCOUNTED,
        postgresql_where=UNCOUNTED,
    ),
)

leaderboard_count = Table(
    "leaderboard_count",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("board", String(64), nullable=False),
    Column("scope", String(32), nullable=False),
    Column("window_start", Instant, nullable=False),
    Column("level", Integer, nullable=False, comment="how fine its buckets are"),
    Column("bucket", Integer, nullable=False, comment="of neighbouring scores"),
    Column("entries", BigInteger, nullable=False),
    PrimaryKeyConstraint("customer_id", "board", "scope", "window_start", "level", "bucket"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    postgresql_with={"fillfactor": "60"},
)
