"""How long the lists of a customer are."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from app.kit.db import METADATA, Id

list_total = Table(
    "list_total",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("list", String(16), nullable=False),
    Column("kind", String(32), nullable=False, comment="what a filter can ask for"),
    Column("slot", Integer, nullable=False, comment="so that writers seldom meet"),
    Column("entries", BigInteger, nullable=False, comment="may be negative; the sum is not"),
    PrimaryKeyConstraint("customer_id", "list", "kind", "slot"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    postgresql_with={"fillfactor": "60"},
)
