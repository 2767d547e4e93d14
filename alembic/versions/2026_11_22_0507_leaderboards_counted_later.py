"""leaderboards counted later"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "420dcf1182ac"
down_revision: str | None = "7cd3aa7cfc43"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


UNCOUNTED = sa.text("standing <> counted")


def upgrade() -> None:
    # Everything is counted anew, by the worker: the buckets are others than before.
    op.drop_table("leaderboard_count")
    op.create_table(
        "leaderboard_count",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("board", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="how fine its buckets are"),
        sa.Column("bucket", sa.Integer(), nullable=False, comment="of neighbouring scores"),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customer.customer_id"],
            name=op.f("fk_leaderboard_count_customer_id"),
        ),
        sa.PrimaryKeyConstraint(
            "customer_id",
            "board",
            "scope",
            "window_start",
            "level",
            "bucket",
            name=op.f("pk_leaderboard_count"),
        ),
        postgresql_with={"fillfactor": "60"},
    )
    counted = sa.Column(
        "counted",
        sa.BigInteger(),
        nullable=False,
        server_default="0",
        comment="the standing that the counts know of",
    )
    op.add_column("leaderboard_entry", counted)
    op.create_index(
        "ix_leaderboard_entry_uncounted",
        "leaderboard_entry",
        ["customer_id", "board", "scope", "window_start", "entry_id"],
        unique=False,
        sqlite_where=UNCOUNTED,
        postgresql_where=UNCOUNTED,
    )


def downgrade() -> None:
    raise NotImplementedError("the counts of ranks are kept in another form since then")
