"""Users of a customer, as far as something is known about them."""

from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, String, Table

from app.kit.db import METADATA, Id, Instant

end_user = Table(
    "end_user",
    METADATA,
    Column("customer_id", Id, nullable=False),
    Column("user_id", String(128), nullable=False),
    Column("display_name", String(64)),
    Column("time_zone", String(64)),
    Column("zone_before", String(64), comment="what held until the day of the change ended"),
    Column("zone_changed_at", Instant, comment="null where no other zone was ever in use"),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("customer_id", "user_id"),
    ForeignKeyConstraint(["customer_id"], ["customer.customer_id"]),
    Index("ix_end_user_zone", "customer_id", "time_zone", "user_id"),
)
