"""events kept for a time"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "58ca7ce7968a"
down_revision: str | None = "69fda26d8dd1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


PRUNING_ROWS = """
INSERT INTO sweep (customer_id, sweep_id, kind, zone, due_at)
SELECT customer_id, customer_id, 'pruning', 'UTC', 0 FROM customer
"""


def upgrade() -> None:
    op.add_column(
        "customer",
        sa.Column(
            "events_pruned_until",
            sa.BigInteger(),
            nullable=True,
            comment="events received before may be gone",
        ),
    )
    op.execute(PRUNING_ROWS)


def downgrade() -> None:
    op.execute("DELETE FROM sweep WHERE kind = 'pruning'")
    op.drop_column("customer", "events_pruned_until")
