"""What an event writes: how many rows of which table, and how large they are."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.buddies.models import buddy
from app.events.models import event
from app.kit.clock import SystemClock
from app.kit.crypto import MasterKey
from app.kit.db import Database
from app.ledger.models import balance, transfer
from app.operations.models import operation
from app.webhooks.models import webhook_delivery as delivery
from scripts.benchmark.api_server import MASTER_KEY

FIRST = "00000000-0000-0000-0000-000000000000"
LOOKED_AT = 2000
TOUCHED = 500
DIFFERENCE_MAX = 0.05
APPENDED: dict[str, Column[Any]] = {
    "event": event.c.log_id,
    "transfer": transfer.c.ledger_id,
    "webhook_delivery": delivery.c.delivery_id,
    "operation": operation.c.operation_id,
}
UPDATED: dict[str, Table] = {"buddy": buddy, "balance": balance}


@dataclass(frozen=True, slots=True)
class Written:
    """What one event writes in the mean: rows by table, bytes of one such row by table.

    `texts` are the contents of real rows of about the mean size, for the floor to write. A buddy
    and a balance that events of one set share are counted for each event, as if it came alone.
    """

    rows: dict[str, float]
    row_bytes: dict[str, float]
    texts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Floor:
    """Plain SQL doing the same: events a second, processor seconds per event by process."""

    rate: float
    plan: str
    cpu: dict[str, float]


async def mark(url: str) -> dict[str, str]:
    """Where the tables that only grow end now."""
    async with _connected(url) as connection:
        ends = {}
        for name, key in APPENDED.items():
            last = select(key).order_by(key.desc()).limit(1)
            ends[name] = (await connection.execute(last)).scalar() or FIRST
        return ends


async def written(url: str, since: dict[str, str]) -> Written:
    """What the events since a mark wrote."""
    async with _connected(url) as connection:
        counts = await _appended(connection, since)
        accounts = select(transfer.c.event_id, transfer.c.token).distinct()
        counts["balance"] = await _count(
            connection, accounts.where(transfer.c.ledger_id > since["transfer"])
        )
        counts["buddy"] = counts["event"]
        sizes: dict[str, float] = {}
        samples: dict[str, dict[str, Any]] = {}
        newest = await _newest(connection, since)
        for name, found in newest.items():
            sizes[name], samples[name] = _typical(found)
        for name, table in UPDATED.items():
            touched = await _touched(connection, table, newest["event"])
            sizes[name], samples[name] = _typical(touched)
        rows = {name: count / counts["event"] for name, count in counts.items()}
        return Written(rows, sizes, _texts(samples))


async def check_floor(url: str, since: dict[str, str], wanted: Written) -> None:
    """Make sure that the floor wrote since a mark what it was asked to.

    Raises:
        RuntimeError: its rows per event differ.
    """
    async with _connected(url) as connection:
        counts = await _appended(connection, since)
    for name in ("transfer", "webhook_delivery"):
        mean = counts[name] / counts["event"]
        if abs(mean - wanted.rows[name]) > DIFFERENCE_MAX * wanted.rows[name]:
            raise RuntimeError(
                f"The floor wrote {mean:.3f} rows of {name} an event, not {wanted.rows[name]:.3f}."
            )


async def _appended(connection: AsyncConnection, since: dict[str, str]) -> dict[str, int]:
    return {
        name: await _count(connection, select(key).where(key > since[name]))
        for name, key in APPENDED.items()
    }


async def _count(connection: AsyncConnection, wanted: Select[Any]) -> int:
    counted = select(func.count()).select_from(wanted.subquery())
    count: int = (await connection.execute(counted)).scalar_one()
    return count


async def _newest(
    connection: AsyncConnection, since: dict[str, str]
) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for name, key in APPENDED.items():
        if name != "operation":
            wanted = select(key.table).where(key > since[name]).order_by(key.desc())
            rows = await connection.execute(wanted.limit(LOOKED_AT))
            found[name] = [dict(row) for row in rows.mappings()]
    return found


async def _touched(
    connection: AsyncConnection, table: Table, events: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of the buddies of some events, as often as an event touches them."""
    times = Counter(str(row["buddy_id"]) for row in events[:TOUCHED])
    customer_id = events[0]["customer_id"]
    wanted = select(table).where(
        table.c.customer_id == customer_id, table.c.buddy_id.in_(list(times))
    )
    rows = await connection.execute(wanted)
    return [dict(row) for row in rows.mappings() for _ in range(times[str(row["buddy_id"])])]


def _typical(rows: list[dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    """The mean size, and the row that comes nearest to it."""
    sizes = [sum(len(str(value).encode()) for value in row.values()) for row in rows]
    mean = sum(sizes) / len(sizes)
    nearest = min(range(len(rows)), key=lambda index: abs(sizes[index] - mean))
    return mean, rows[nearest]


def _texts(samples: dict[str, dict[str, Any]]) -> dict[str, str]:
    event, transfer_ = samples["event"], samples["transfer"]
    told = samples["webhook_delivery"]
    return {
        "customer": event["customer_id"],
        "config": event["config_version_id"],
        "type": event["type"],
        "properties": event["properties"],
        "answer": event["answer"],
        "trace": event["trace"],
        "audience": samples["buddy"]["audience"],
        "state": samples["buddy"]["state"],
        "counter": transfer_["counter_account"],
        "reason": transfer_["reason"],
        "hash": transfer_["hash"],
        "endpoint": told["endpoint_id"],
        "told": told["type"],
        "request": told["request_id"] or "",
        "body": told["body"],
    }


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    database = Database(url, SystemClock(), MasterKey.from_text(MASTER_KEY))
    try:
        async with database.unscoped() as connection:
            yield connection
    finally:
        await database.close()
