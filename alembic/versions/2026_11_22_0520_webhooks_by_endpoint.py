"""Webhooks are claimed by endpoint; lines, limits, circuits, rotation; the log is pruned."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from alembic import op

revision: str = "7a1c0e5b9d42"
down_revision: str | None = "420dcf1182ac"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
PENDING = "status = 'pending'"
IN_LINE = "status = 'pending' AND line IS NOT NULL"
GIVEN = {"signature": "'hmac'", "is_ordered": "false", "failures": "0"}


def upgrade() -> None:
    _drop_due_index()
    op.add_column("webhook_delivery", sa.Column("line", ID))
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["customer_id", "endpoint_id", "due_at"],
        unique=False,
        sqlite_where=sa.text(PENDING),
        postgresql_where=sa.text(PENDING),
    )
    op.create_index(
        "ix_webhook_delivery_line",
        "webhook_delivery",
        ["customer_id", "endpoint_id", "line", "sequence", "delivery_id"],
        unique=False,
        sqlite_where=sa.text(IN_LINE),
        postgresql_where=sa.text(IN_LINE),
    )
    _add_endpoint_columns()
    _date_secrets()
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
    op.execute(
        "INSERT INTO webhook_log (customer_id, due_at) "
        "SELECT customer_id, min(created_at) FROM webhook_endpoint GROUP BY customer_id"
    )


def downgrade() -> None:
    op.drop_table("webhook_log")
    _undate_secrets()
    for name in (*GIVEN, "rate_per_second", "concurrency", "circuit_until", "worker_id"):
        op.drop_column("webhook_endpoint", name)
    op.drop_column("webhook_endpoint", "worker_until")
    op.drop_index("ix_webhook_delivery_line", table_name="webhook_delivery")
    _drop_due_index()
    op.drop_column("webhook_delivery", "line")
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["customer_id", "due_at"],
        unique=False,
        sqlite_where=sa.text(PENDING),
        postgresql_where=sa.text(PENDING),
    )


def _drop_due_index() -> None:
    op.drop_index("ix_webhook_delivery_due", table_name="webhook_delivery")


def _add_endpoint_columns() -> None:
    """Existing endpoints get a value once; PostgreSQL then forgets that there was a default."""
    types = {"signature": sa.String(16), "is_ordered": sa.Boolean(), "failures": sa.Integer()}
    for name, given in GIVEN.items():
        column = sa.Column(name, types[name], nullable=False, server_default=sa.text(given))
        op.add_column("webhook_endpoint", column)
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column("webhook_endpoint", name, server_default=None)
    op.add_column("webhook_endpoint", sa.Column("rate_per_second", sa.Integer()))
    op.add_column("webhook_endpoint", sa.Column("concurrency", sa.Integer()))
    op.add_column("webhook_endpoint", sa.Column("circuit_until", sa.BigInteger()))
    op.add_column("webhook_endpoint", sa.Column("worker_id", ID))
    op.add_column("webhook_endpoint", sa.Column("worker_until", sa.BigInteger()))


def _date_secrets() -> None:
    """A secret says from now on how long it is live beside a newer one."""
    _rewrite(lambda listed: [{"sealed": each, "until": None} for each in listed])


def _undate_secrets() -> None:
    _rewrite(lambda listed: [each["sealed"] for each in listed])


def _rewrite(change: Callable[[Any], Any]) -> None:
    bind = op.get_bind()
    endpoint = sa.table(
        "webhook_endpoint",
        sa.column("customer_id", ID),
        sa.column("endpoint_id", ID),
        sa.column("sealed_secrets", sa.Text()),
    )
    c = endpoint.c
    for row in bind.execute(sa.select(c.customer_id, c.endpoint_id, c.sealed_secrets)).all():
        bind.execute(
            endpoint.update()
            .where(c.customer_id == row.customer_id, c.endpoint_id == row.endpoint_id)
            .values(sealed_secrets=json.dumps(change(json.loads(row.sealed_secrets))))
        )
