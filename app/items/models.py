"""What was bought, who owns what, and how many pieces of a limited item are sold."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from app.kit.db import METADATA, Id, Instant

purchase = Table(
    "purchase",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("purchase_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("price", Text, nullable=False, comment="JSON: [[token, amount], …]"),
    Column("purchased_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "purchase_id"),
    ForeignKeyConstraint(["customer_id", "buddy_id"], ["buddy.customer_id", "buddy.buddy_id"]),
    Index("ix_purchase_buddy", "customer_id", "buddy_id", "item_id"),
)

owned_item = Table(
    "owned_item",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("buddy_id", Id, nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("name", String(64), nullable=False),
    Column("category", String(16), nullable=False),
    Column("rarity", String(16), nullable=False),
    Column("image_url", Text),
    Column("layer_order", Integer, nullable=False),
    Column("look", String(256), nullable=False),
    Column("purchased_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "buddy_id", "item_id"),
    ForeignKeyConstraint(["customer_id", "buddy_id"], ["buddy.customer_id", "buddy.buddy_id"]),
    CheckConstraint("quantity > 0", name="positive"),
)

item_stock = Table(
    "item_stock",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("sold", BigInteger, nullable=False),
    PrimaryKeyConstraint("customer_id", "item_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    CheckConstraint("sold >= 0", name="not_negative"),
)
