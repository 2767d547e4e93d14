"""Transfers may be taken back: two more directions."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "768c97d01996"
down_revision: str | None = "c41f7d2e8b60"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ck_transfer_known_direction"
BEFORE = "direction IN ('earn', 'spend')"
AFTER = "direction IN ('earn', 'spend', 'unearn', 'unspend')"


def upgrade() -> None:
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    _replace(AFTER, BEFORE)


def _replace(before: str, after: str) -> None:
    """PostgreSQL changes the constraint; SQLite can't and gets the table written anew."""
    with op.batch_alter_table("transfer", copy_from=_transfer(before)) as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), after)


def _transfer(directions: str) -> sa.Table:
    """The table as it is, for SQLite, which does not tell its constraints."""
    return sa.Table(
        "transfer",
        sa.MetaData(),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("ledger_id", sa.String(36), nullable=False),
        sa.Column("buddy_id", sa.String(36), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.Column("counter_account", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(256), nullable=False),
        sa.Column("reference_id", sa.String(256)),
        sa.Column("event_id", sa.String(128)),
        sa.Column("is_lucky", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "ledger_id", name=op.f("pk_transfer")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_positive")),
        sa.CheckConstraint("balance_after >= 0", name=op.f("ck_transfer_not_negative")),
        sa.CheckConstraint(directions, name=op.f(NAME)),
        sa.Index("uq_transfer_sequence", "customer_id", "buddy_id", "sequence", unique=True),
    )
