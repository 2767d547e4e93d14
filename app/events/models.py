"""The log of events, each with the answer that it got and the trace that explains it."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from app.kit.db import METADATA, Id, Instant

event = Table(
    "event",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("log_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("audience", String(32)),
    Column("type", String(64), nullable=False),
    Column("occurred_at", Instant),
    Column("received_at", Instant, nullable=False),
    Column("properties", Text, nullable=False),
    Column("config_version_id", Id, nullable=False),
    Column("sequence_first", BigInteger, nullable=False),
    Column("sequence_last", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Column("trace", Text, nullable=False),
    PrimaryKeyConstraint("customer_id", "event_id"),
    Index("ix_event_log", "customer_id", "log_id"),
    Index("ix_event_user", "customer_id", "user_id", "log_id"),
)
