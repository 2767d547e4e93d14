"""What the database itself says, asked beside the running servers."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet import game_servers
from sqlalchemy import text
from trouble import Trouble

from app.kit.clock import SystemClock
from app.kit.crypto import MasterKey
from app.kit.db import Database

SETTLE_SECONDS, LOOK_SECONDS, TELL_SECONDS = 60.0, 0.25, 5.0
Row = dict[str, Any]

OPEN = {
    "matches": "SELECT match_id, status FROM match_record"
    " WHERE status NOT IN ('applied', 'abandoned', 'rejected', 'voided')",
    "operations": "SELECT operation_id, kind, status, attempts FROM operation"
    " WHERE status IN ('pending', 'processing')",
    "deliveries": "SELECT delivery_id, type, attempts, error FROM webhook_delivery"
    " WHERE status = 'pending'",
    "eggs": "SELECT egg_id, status FROM egg WHERE status = 'hatching'",
    "leases of matches": "SELECT match_id, status FROM match_record WHERE lease_until IS NOT NULL",
    "leases of operations": "SELECT operation_id, status FROM operation"
    " WHERE lease_until IS NOT NULL",
    "leases of deliveries": "SELECT delivery_id, status FROM webhook_delivery"
    " WHERE lease_until IS NOT NULL",
}


@dataclass(frozen=True)
class Census:
    """Reads only. The master key is a wrong one: nothing sealed is opened here."""

    database: Database

    @classmethod
    @asynccontextmanager
    async def of(cls, url: str) -> "AsyncIterator[Census]":
        """The census of the database at a URL."""
        database = Database(url, SystemClock(), MasterKey.from_text(secrets.token_hex(32)))
        try:
            yield cls(database)
        finally:
            await database.close()

    async def rows(self, sql: str) -> list[Row]:
        """What a query gives."""
        async with self.database.unscoped() as connection:
            return [dict(row._mapping) for row in await connection.execute(text(sql))]

    async def left_open(self) -> dict[str, list[Row]]:
        """Everything that has not ended yet, by what it is; empty when all is settled."""
        found = {name: await self.rows(sql) for name, sql in OPEN.items()}
        return {name: rows for name, rows in found.items() if rows}


async def settle(
    census: Census, home: Path, say: Callable[[str], None], check_alive: Callable[[], None]
) -> float:
    """Wait until nothing is open and no game server lives; how many seconds that took.

    Raises:
        Trouble: it takes too long; it names what is still open.
    """
    began = told_at = time.monotonic()
    while True:
        left: dict[str, Any] = dict(await census.left_open())
        if living := [shell.pid for shell in game_servers(home)]:
            left["game servers"] = living
        now = time.monotonic()
        if not left:
            return now - began
        check_alive()
        if now - began > SETTLE_SECONDS:
            shown = {name: rows[:5] for name, rows in left.items()}
            raise Trouble(f"not settled after {SETTLE_SECONDS:g} s: {shown}")
        if now - told_at > TELL_SECONDS:
            told_at = now
            counts = ", ".join(f"{len(rows)} {name}" for name, rows in left.items())
            say(f"Still waiting for {counts}")
        await asyncio.sleep(LOOK_SECONDS)
