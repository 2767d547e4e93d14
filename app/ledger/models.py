"""Balances and the transfers that made them.

A transfer is one row with two sides: the buddy's account in one token, and a named
counter-account. It is never updated and never deleted.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
)

from app.kit.db import METADATA, Id, Instant

balance = Table(
    "balance",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("token", String(64), nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("lifetime_earned", BigInteger, nullable=False),
    Column("lifetime_spent", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
    PrimaryKeyConstraint("customer_id", "buddy_id", "token"),
    CheckConstraint("balance >= 0", name="not_negative"),
    postgresql_with={"fillfactor": "80"},
)

transfer = Table(
    "transfer",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("ledger_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("token", String(64), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Column("counter_account", String(128), nullable=False),
    Column("reason", String(256), nullable=False),
    Column("reference_id", String(256)),
    Column("event_id", String(128)),
    Column("is_lucky", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("customer_id", "ledger_id"),
    CheckConstraint("amount > 0", name="positive"),
    CheckConstraint("balance_after >= 0", name="not_negative"),
    CheckConstraint("direction IN ('earn', 'spend', 'unearn', 'unspend')", name="known_direction"),
    Index("uq_transfer_sequence", "customer_id", "buddy_id", "sequence", unique=True),
)
