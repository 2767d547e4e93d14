"""Pictures, addressed by their content, and which look each of them shows."""

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
    Column("png", LargeBinary, comment="null where the bytes are a file of the media directory"),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "sha256"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
)

picture = Table(
    "picture",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("look_key", String(64), nullable=False),
    Column("image", String(64), nullable=False),
    Column("thumb", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "look_key"),
    ForeignKeyConstraint(["customer_id", "image"], ["media.customer_id", "media.sha256"]),
    ForeignKeyConstraint(["customer_id", "thumb"], ["media.customer_id", "media.sha256"]),
)
