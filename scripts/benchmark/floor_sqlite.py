"""The floor on SQLite: Python's sqlite3 writes the rows of one event in each transaction.

Run as `python -m scripts.benchmark.floor_sqlite` with an `Order` as JSON on standard input. It
uses the API's schema and pragmas, statements that stay prepared, and no reads at all.
"""

import random
import resource
import sqlite3
import sys
import time
from dataclasses import dataclass
from time import perf_counter

import orjson

from scripts.benchmark.traffic import unique_id, user_id, users

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-65536",
    "temp_store=MEMORY",
    "wal_autocheckpoint=16000",
)
DRAWN = 50_000
SEQUENCE_STEP = 32
TOKENS = ("coins", "xp")
PLAN = "sqlite3, one connection"
UPDATE_BUDDY = (
    "UPDATE buddy SET state = ?, sequence = ?, updated_at = ? "
    "WHERE customer_id = ? AND buddy_id = ?"
)
UPSERT_BALANCE = (
    "INSERT INTO balance VALUES (?, ?, ?, 1, 1, 0, ?) "
    "ON CONFLICT (customer_id, buddy_id, token) DO UPDATE SET balance = balance.balance + 1, "
    "lifetime_earned = balance.lifetime_earned + 1, head = excluded.head"
)
INSERT_EVENT = (
    "INSERT INTO event VALUES (?, ?, ?, ?, ?, NULL, ?, NULL, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
INSERT_TRANSFER = (
    "INSERT INTO transfer VALUES (?, ?, ?, 'coins', 'earn', 10, 1000, ?, ?, NULL, ?, 0, ?, ?, ?)"
)
INSERT_DELIVERY = (
    "INSERT INTO webhook_delivery VALUES "
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, NULL, NULL, NULL, ?, NULL, ?, NULL, NULL)"
)


@dataclass(frozen=True, slots=True)
class Order:
    """Where to write, what, and for how long; `rows` and `texts` are of `Written`."""

    path: str
    seconds: float
    seed: str
    is_hot: bool
    rows: dict[str, float]
    texts: dict[str, str]


class Writer:
    """Writes events one by one, each durable before the next."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._rng = random.Random(order.seed)
        self._connection = sqlite3.connect(order.path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        found = self._connection.execute("SELECT user_id, buddy_id, sequence FROM buddy").fetchall()
        self._buddies = {user: buddy for user, buddy, _ in found}
        self._sequences = {buddy: sequence for _, buddy, sequence in found}
        self._prefix = f"{int(time.time()) & 0xFFFFFFF | 0xF0000000:08x}-0000-7000-8000-"
        self._ids = 0

    def run(self) -> dict[str, float]:
        """Write until the time is up: events a second, processor seconds per event."""
        written = 0
        elapsed = used = 0.0
        while elapsed < self._order.seconds:
            batch = self._prepared()
            began, before = perf_counter(), _cpu()
            for event in batch:
                self._write(*event)
                written += 1
                if elapsed + perf_counter() - began >= self._order.seconds:
                    break
            elapsed += perf_counter() - began
            used += _cpu() - before
        return {"rate": written / elapsed, "writer": used / written}

    def _prepared(self) -> list[tuple[str, str, int, int, int]]:
        """User, event id, and how many balances, transfers and deliveries, drawn beforehand."""
        drawn = users(self._rng, DRAWN, is_hot=self._order.is_hot)
        return [
            (
                user_id(number),
                unique_id(self._rng),
                self._draw("balance"),
                self._draw("transfer"),
                self._draw("webhook_delivery"),
            )
            for number in drawn
        ]

    def _draw(self, table: str) -> int:
        """A whole number whose mean is the measured one."""
        mean = self._order.rows[table]
        return int(mean) + (self._rng.random() < mean % 1)

    def _write(
        self, user: str, event_id: str, balances: int, transfers: int, deliveries: int
    ) -> None:
        t, execute, many = self._order.texts, self._connection.execute, self._connection.executemany
        customer, now = t["customer"], int(time.time() * 1000)
        buddy = self._buddies[user]
        first = self._sequences[buddy] + 1
        last = self._sequences[buddy] = first + SEQUENCE_STEP
        execute("BEGIN IMMEDIATE")
        execute(UPDATE_BUDDY, (t["state"], last, now, customer, buddy))
        head = (customer, event_id, self._id(), buddy, user, t["type"], now, t["properties"])
        execute(INSERT_EVENT, (*head, t["config"], first, last, t["answer"], t["trace"]))
        if balances:
            many(
                UPSERT_BALANCE,
                [(customer, buddy, token, t["hash"]) for token in TOKENS[:balances]],
            )
        if transfers:
            tail = (now, t["hash"])
            many(
                INSERT_TRANSFER,
                [
                    (customer, self._id(), buddy, t["counter"], t["reason"], event_id, at, *tail)
                    for at in range(first, first + transfers)
                ],
            )
        if deliveries:
            told = (event_id, t["request"], t["body"], now, now)
            many(
                INSERT_DELIVERY,
                [
                    (customer, self._id(), t["endpoint"], t["told"], buddy, at, *told)
                    for at in range(first, first + deliveries)
                ],
            )
        execute("COMMIT")

    def _id(self) -> str:
        """An id that sorts behind all earlier ones, as the API's do."""
        self._ids += 1
        return f"{self._prefix}{self._ids:012x}"


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


if __name__ == "__main__":
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(Writer(order).run()))
