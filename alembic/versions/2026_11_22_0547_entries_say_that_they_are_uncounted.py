"""entries say that they are uncounted"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "38f53ae02a6d"
down_revision: str | None = "58ca7ce7968a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


TABLE = "leaderboard_entry"
INDEX = "ix_leaderboard_entry_uncounted"
KEY = ["customer_id", "board", "scope", "window_start", "entry_id"]


def upgrade() -> None:
    op.add_column(
        TABLE,
        sa.Column(
            "uncounted",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="changed since it was counted",
        ),
    )
    op.execute("UPDATE leaderboard_entry SET uncounted = (standing <> counted)")
    op.drop_index(INDEX, table_name=TABLE)
    where = sa.text("uncounted")
    op.create_index(INDEX, TABLE, KEY, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    where = sa.text("standing <> counted")
    op.drop_index(INDEX, table_name=TABLE)
    op.create_index(INDEX, TABLE, KEY, sqlite_where=where, postgresql_where=where)
    op.drop_column(TABLE, "uncounted")
