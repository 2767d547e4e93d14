"""Pictures, addressed by their content."""

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
)

from app.kit.db import METADATA, Id, Instant

media = Table(
    "media",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("png", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "sha256"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
)
