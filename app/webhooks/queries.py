"""The statements that walk the queue: text, because SQLite has no LATERAL and Core no such walk.

Each touches the partial indexes of what is pending and nothing else, one descent for each thing
found: a customer, an endpoint, a line. Bound values are the driver's own.
"""

from functools import cache

from sqlalchemy import BigInteger, BindParameter, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import TextualSelect
from sqlalchemy.sql.schema import Column

from app.kit.db import Id
from app.webhooks.models import webhook_delivery, webhook_endpoint

ENDPOINT_COLUMNS = (
    "customer_id",
    "endpoint_id",
    "url",
    "payload_format",
    "status",
    "sealed_secrets",
    "deleted_at",
    "is_ordered",
    "rate_per_second",
    "concurrency",
    "circuit_until",
    "worker_id",
    "worker_until",
)
DELIVERY_COLUMNS = (
    "delivery_id",
    "endpoint_id",
    "type",
    "body",
    "request_id",
    "attempts",
    "attempts_before",
    "due_at",
)
_FREE = "m.due_at <= :now AND (m.lease_until IS NULL OR m.lease_until <= :now)"
_MINE = "m.status = 'pending' AND m.customer_id = :customer_id"
_IN_LINE = f"{_MINE} AND m.endpoint_id = :endpoint_id AND m.line IS NOT NULL"
_LINE_ORDER = "m.line, m.sequence, m.delivery_id"


@cache
def endpoints_with_due(is_sqlite: bool) -> TextualSelect:
    """The endpoints to which something is due at `:now` and not leased."""
    following = _next("m.status = 'pending' AND m.customer_id > w.customer_id", "m.customer_id")
    statement = f"""
        WITH RECURSIVE waiting(customer_id) AS (
            SELECT customer_id FROM (
                SELECT customer_id FROM webhook_delivery WHERE status = 'pending'
                ORDER BY customer_id LIMIT 1
            ) AS lowest
            UNION ALL
            SELECT d.customer_id FROM waiting AS w {following[is_sqlite]}
        )
        SELECT {", ".join(f"e.{name}" for name in ENDPOINT_COLUMNS)}
        FROM waiting JOIN webhook_endpoint AS e ON e.customer_id = waiting.customer_id
        WHERE EXISTS (
            SELECT 1 FROM webhook_delivery AS m
            WHERE m.customer_id = e.customer_id AND m.endpoint_id = e.endpoint_id
            AND m.status = 'pending' AND {_FREE}
        )
    """
    return text(statement).columns(*(webhook_endpoint.c[name] for name in ENDPOINT_COLUMNS))


@cache
def oldest_due(is_sqlite: bool) -> TextualSelect:
    """Up to `:take` free rows of each of `:endpoints`, due from `:after` on; locked."""
    chosen = f"""
        FROM webhook_delivery AS m WHERE {_MINE} AND m.endpoint_id = w.endpoint_id
        AND m.due_at >= :after AND {_FREE} ORDER BY m.due_at LIMIT :take
    """
    if is_sqlite:
        source = f"""
            (SELECT value AS endpoint_id FROM json_each(:endpoints)) AS w
            CROSS JOIN webhook_delivery AS d WHERE d.rowid IN (SELECT m.rowid {chosen})
        """
    else:
        source = f"""
            unnest(:endpoints) AS w(endpoint_id) CROSS JOIN LATERAL (
                SELECT {_of("m")} {chosen} FOR UPDATE SKIP LOCKED
            ) AS d
        """
    return _deliveries(f"SELECT {_of('d')} FROM {source}", is_sqlite, "endpoints")


@cache
def heads_of_lines(is_sqlite: bool) -> TextualSelect:
    """Line and head of the next `:steps` lines of an endpoint behind the line `:after`."""
    following = _next(f"{_IN_LINE} AND m.line > w.line AND w.step < :steps", _LINE_ORDER)
    statement = f"""
        WITH RECURSIVE walk(line, delivery_id, step) AS (
            SELECT line, delivery_id, 1 FROM (
                SELECT m.line, m.delivery_id FROM webhook_delivery AS m
                WHERE {_IN_LINE} AND m.line > :after ORDER BY {_LINE_ORDER} LIMIT 1
            ) AS lowest
            UNION ALL
            SELECT d.line, d.delivery_id, w.step + 1 FROM walk AS w {following[is_sqlite]}
        )
        SELECT line, delivery_id FROM walk
    """
    c = webhook_delivery.c
    ids = [bindparam(name, type_=Id) for name in ("customer_id", "endpoint_id", "after")]
    return text(statement).bindparams(*ids).columns(c.line, c.delivery_id)


@cache
def free_among(is_sqlite: bool) -> TextualSelect:
    """Those of `:ids` that are due and free, locked."""
    if is_sqlite:
        source = f"""
            (SELECT value FROM json_each(:ids)) AS w CROSS JOIN webhook_delivery AS m
            WHERE m.delivery_id = w.value AND {_MINE} AND {_FREE}
        """
    else:
        source = f"""
            unnest(:ids) AS w(value) CROSS JOIN LATERAL (
                SELECT {_of("m")} FROM webhook_delivery AS m
                WHERE m.delivery_id = w.value AND {_MINE} AND {_FREE} FOR UPDATE SKIP LOCKED
            ) AS m
        """
    return _deliveries(f"SELECT {_of('m')} FROM {source}", is_sqlite, "ids")


def _next(wanted: str, order: str) -> dict[bool, str]:
    """What joins the next row of the walk `w` as `d`, by whether the database is SQLite."""
    found = f"FROM webhook_delivery AS m WHERE {wanted} ORDER BY {order} LIMIT 1"
    return {
        True: f"JOIN webhook_delivery AS d ON d.rowid = (SELECT m.rowid {found})",
        False: f"CROSS JOIN LATERAL (SELECT m.* {found}) AS d",
    }


def _deliveries(statement: str, is_sqlite: bool, listed: str) -> TextualSelect:
    keys: BindParameter[object] = bindparam(listed, type_=Text() if is_sqlite else ARRAY(Id))
    now = bindparam("now", type_=BigInteger())
    columns: list[Column[object]] = [webhook_delivery.c[name] for name in DELIVERY_COLUMNS]
    bound = text(statement).bindparams(keys, now, bindparam("customer_id", type_=Id))
    return bound.columns(*columns)


def _of(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in DELIVERY_COLUMNS)
