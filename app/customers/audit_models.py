"""What the last recorded audit of each customer found, for metrics to tell."""

from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Table

from app.kit.db import METADATA, Id, Instant

audit_outcome = Table(
    "audit_outcome",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("differences", Integer, nullable=False),
    PrimaryKeyConstraint("customer_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
)
