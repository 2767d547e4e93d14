"""A large database in minutes: one real buddy, copied inside PostgreSQL.

The copies are what reads look at: buddies with their balances, ledger and newest event, their
places on a leaderboard, all indexes filled. Their hash chains are the original's, so
`clutch audit` would name every one.
"""

import time
from collections import Counter
from dataclasses import dataclass

import asyncpg

from app.buddies.buckets import LEVELS, bucket_of

# The instant of copy n, in milliseconds, as the first 12 digits of its UUIDv7.
BASE_MS = 1_700_000_000_000
UUID_OF = "(lpad(to_hex({base} + n), 12, '0') || '70008000' || lpad(to_hex({low}), 12, '0'))::uuid"
BUDDY_ID = UUID_OF.format(base=BASE_MS, low="1")
CHUNK = 50_000
BOARD = "coins"
# What copy n has earned: spread over the board, with a few ties.
SCORE = "(1 + (n * 7919) % 400009)"
ENTRY_ID = (
    f"encode(substr(sha256(convert_to('{BOARD}||0|' || {BUDDY_ID}::text, 'UTF8')), 1, 16), "
    "'hex')::uuid"
)
ENTRIES = f"""
INSERT INTO leaderboard_entry (customer_id, entry_id, board, scope, window_start, standing,
reached_at, buddy_id, counted, uncounted)
SELECT customer_id, {ENTRY_ID}, '{BOARD}', '', 0, -{SCORE}, {BASE_MS} + n, {BUDDY_ID},
-{SCORE}, false
FROM customer CROSS JOIN generate_series($1::bigint, $2::bigint) AS n
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many buddies, and how many transfers each of them has."""

    buddies: int
    transfers_each: int

    @property
    def transfers(self) -> int:
        """The rows of the ledger."""
        return self.buddies * self.transfers_each


def user_id(n: int) -> str:
    """The user of copy n."""
    return f"copy-{n}"


def event_id(n: int) -> str:
    """The event of copy n."""
    return f"event-{n}"


def buddy_id(n: int) -> str:
    """The buddy of copy n."""
    digits = f"{BASE_MS + n:012x}70008000{1:012x}"
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)


async def grow(url: str, since: int, size: Size) -> float:
    """Add the copies after number `since` up to `size`; how many seconds that took.

    The database must hold one customer with the leaderboard `BOARD`, and exactly one buddy that is
    no copy, with at least one event.
    """
    began = time.perf_counter()
    connection = await asyncpg.connect(url)
    try:
        original = await connection.fetchval(
            "SELECT buddy_id FROM buddy WHERE user_id NOT LIKE 'copy-%'"
        )
        for first in range(since + 1, size.buddies + 1, CHUNK):
            last = min(first + CHUNK - 1, size.buddies)
            for table, changed, condition in _copied(size.transfers_each):
                columns = await _columns(connection, table)
                listed = ", ".join(columns)
                values = ", ".join(changed.get(name, f"original.{name}") for name in columns)
                series = "generate_series($2::bigint, $3::bigint) AS n"
                if table == "transfer":
                    series += f" CROSS JOIN generate_series(1, {size.transfers_each}) AS place"
                await connection.execute(
                    f"INSERT INTO {table} ({listed}) SELECT {values} "
                    f"FROM {table} AS original CROSS JOIN {series} "
                    f"WHERE original.buddy_id = $1 AND {condition}",
                    original,
                    first,
                    last,
                )
            await connection.execute(ENTRIES, first, last)
        await _count(connection)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return time.perf_counter() - began


async def _count(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The counts that the service keeps beside the rows: of ranks, and of the list of buddies."""
    await connection.execute(
        "UPDATE leaderboard_entry SET counted = standing, uncounted = false WHERE uncounted"
    )
    customer_id = await connection.fetchval("SELECT customer_id FROM customer")
    counts: Counter[tuple[int, int]] = Counter()
    found = "SELECT -standing AS score, count(*) AS n FROM leaderboard_entry GROUP BY standing"
    for score, number in await connection.fetch(found):
        for level in range(len(LEVELS)):
            counts[level, bucket_of(score, level)] += number
    rows = [(customer_id, BOARD, "", 0, *key, number) for key, number in sorted(counts.items())]
    await connection.execute("TRUNCATE leaderboard_count, list_total")
    await connection.copy_records_to_table("leaderboard_count", records=rows)
    await connection.execute(
        "INSERT INTO list_total SELECT customer_id, 'buddies', status || '/' || stage, 0, count(*)"
        " FROM buddy GROUP BY customer_id, status, stage"
    )


def _copied(transfers_each: int) -> list[tuple[str, dict[str, str], str]]:
    """Table, the columns that differ between copies, and which row of the original is copied."""
    at = f"{BASE_MS} + n"
    newest = "(SELECT max({0}) FROM {1} WHERE buddy_id = $1)"
    user = "'copy-' || n"
    return [
        (
            "buddy",
            {
                "buddy_id": BUDDY_ID,
                "user_id": user,
                "created_at": at,
                "updated_at": at,
                "sequence": str(transfers_each),
            },
            "true",
        ),
        (
            "balance",
            {
                "buddy_id": BUDDY_ID,
                "lifetime_earned": f"CASE token WHEN 'coins' THEN {SCORE} ELSE lifetime_earned END",
            },
            "true",
        ),
        (
            "transfer",
            {
                "ledger_id": UUID_OF.format(base=BASE_MS, low="place"),
                "buddy_id": BUDDY_ID,
                "event_id": "'event-' || n",
                "sequence": "place",
                "created_at": at,
            },
            f"original.sequence = {newest.format('sequence', 'transfer')}",
        ),
        (
            "event",
            {
                "event_id": "'event-' || n",
                "log_id": UUID_OF.format(base=BASE_MS, low="2"),
                "buddy_id": BUDDY_ID,
                "user_id": user,
                "received_at": at,
                "sequence_first": str(max(1, transfers_each - 1)),
                "sequence_last": str(transfers_each),
            },
            f"original.sequence_last = {newest.format('sequence_last', 'event')}",
        ),
    ]


async def _columns(connection: "asyncpg.Connection[asyncpg.Record]", table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position",
        table,
    )
    return [row[0] for row in rows]
