"""The attempt log is pruned with everything else that is."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "c41f7d2e8b60"
down_revision: str | None = "38f53ae02a6d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    op.drop_table("webhook_log")


def downgrade() -> None:
    op.create_table(
        "webhook_log",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.customer_id"], name=op.f("fk_webhook_log_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_webhook_log")),
    )
    op.create_index("ix_webhook_log_due", "webhook_log", ["customer_id", "due_at"], unique=False)
