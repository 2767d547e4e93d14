"""A large leaderboard: is it quick, and is it what a full sort says, after many updates at once?"""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import orjson
from rich.console import Console
from rich.table import Table

from app.buddies.buckets import LEVELS, bucket_of
from app.kit.pages import encode_cursor
from scripts.benchmark.api_server import Api, create_customer, serving, working
from scripts.benchmark.databases import Kind, Place, opened
from scripts.benchmark.generator import BOARD, Size, buddy_id, grow, user_id
from scripts.benchmark.load import headers, send
from scripts.benchmark.reads import client_of, publish_board, timed

TARGET_MS = 20
BATCH_EVENTS = 100
CONNECTIONS = 4
UPDATE_SECONDS = 600
COUNTED_SECONDS = 120
COMPARED = 1000
TOP_PAGES = 50
PAGE = 200
NEIGHBOURS = 5
SORTED = "SELECT buddy_id, -standing AS score FROM leaderboard_entry WHERE standing < 0 ORDER BY"
WRONG_SCORES = """
SELECT count(*) FROM leaderboard_entry AS e JOIN balance AS b USING (customer_id, buddy_id)
WHERE b.token = 'coins' AND b.lifetime_earned <> -e.standing
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A full sort: ids in order, and score and rank of each."""

    ids: list[str]
    scores: list[int]
    ranks: list[int]


def run(
    folder: Path,
    size: tuple[int, int],
    requests: int,
    say: Callable[[str], None],
    ready: Callable[[], None],
) -> dict[str, Any]:
    """Make the board, change it, ask it, sort it; figures, and what differs from the sort.

    `size` is buddies and updates; `ready` is called before anything is measured.
    """
    buddies, updates = size
    with opened(Kind.POSTGRES, folder) as place:
        key = create_customer(place)
        with serving(place, key) as api:
            publish_board(api)
        took = asyncio.run(grow(place.url, 0, Size(buddies, 2)))
        say(f"{buddies:,} buddies on the board: made in {took:.0f} s")
        ready()
        with serving(place, key) as api, client_of(api) as client:
            with working(place):
                rate = asyncio.run(_update(api, buddies, updates))
                say(f"{updates:,} events of random buddies: {rate:,.0f} a second")
                fresh = _measure(client, buddies, requests)
                asyncio.run(_counted(place.url))
            quiet = _measure(client, buddies, requests)
            say("measured; now everything is sorted and compared")
            sorted_ = asyncio.run(_full_sort(place.url))
            differences = _compare(client, sorted_) + asyncio.run(_audit(place))
    return {
        "buddies": buddies,
        "updates": updates,
        "updates_per_second": round(rate),
        "entries": len(sorted_.ids),
        "after_the_updates": fresh,
        "counted": quiet,
        "target_ms": TARGET_MS,
        "differences": differences,
    }


def show(console: Console, found: dict[str, Any]) -> None:
    """What was measured, and whether it is the full sort."""
    table = Table(title=f"A leaderboard of {found['entries']:,} on PostgreSQL")
    for column in ("read", "p50 ms", "p99 ms", "right after updates: p50 ms", "p99 ms", "target"):
        table.add_column(column, justify="left" if column == "read" else "right")
    for name, figures in found["counted"].items():
        before = found["after_the_updates"][name]
        is_met = figures["p99_ms"] <= TARGET_MS
        mark = f"≤ {TARGET_MS} {'[green]met[/green]' if is_met else '[red]missed[/red]'}"
        cells = (figures["p50_ms"], figures["p99_ms"], before["p50_ms"], before["p99_ms"])
        table.add_row(name, *(f"{cell:.2f}" for cell in cells), mark)
    console.print(table)
    for line in found["differences"] or ["Everything is what a full sort says."]:
        console.print(line)


async def _update(api: Api, buddies: int, updates: int) -> float:
    run = await send(list(_batches(api, buddies, updates)), api.port, CONNECTIONS, UPDATE_SECONDS)
    return updates / (run.last - run.began)


def _batches(api: Api, buddies: int, updates: int) -> Iterator[bytes]:
    rng = random.Random("updates")
    head = headers(api.port, api.key)
    for first in range(0, updates, BATCH_EVENTS):
        events = [
            {
                "event_id": f"update-{number}",
                "user_id": user_id(rng.randint(1, buddies)),
                "type": "match_won",
                "properties": {"score": rng.randint(1, 500)},
            }
            for number in range(first, min(first + BATCH_EVENTS, updates))
        ]
        body = orjson.dumps({"events": events})
        line = f"POST /api/v1/events/batch HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n"
        yield line.encode() + body


def _measure(client: httpx.Client, buddies: int, requests: int) -> dict[str, Any]:
    rng = random.Random("reads")

    def any_id() -> str:
        return buddy_id(rng.randint(1, buddies))

    reads: dict[str, Callable[[], str]] = {
        "top 50": lambda: f"/leaderboards/{BOARD}",
        "50 after a buddy": lambda: f"/leaderboards/{BOARD}?cursor={encode_cursor(any_id())}",
        "rank": lambda: f"/leaderboards/{BOARD}/around/{any_id()}?n=0",
        "around": lambda: f"/leaderboards/{BOARD}/around/{any_id()}?n={NEIGHBOURS}",
    }
    found = {}
    for name, path in reads.items():
        cut = timed(client, path, requests)
        found[name] = {"p50_ms": round(cut[49], 2), "p99_ms": round(cut[98], 2)}
    return found


async def _counted(url: str) -> None:
    """Wait until the worker has counted every entry."""
    left = "SELECT count(*) FROM leaderboard_entry WHERE uncounted"
    deadline = perf_counter() + COUNTED_SECONDS
    connection = await asyncpg.connect(url)
    try:
        while await connection.fetchval(left):
            if perf_counter() > deadline:
                raise RuntimeError("The worker did not count the board in time.")
            await asyncio.sleep(0.5)
    finally:
        await connection.close()


async def _full_sort(url: str) -> Standing:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(f"{SORTED} standing, reached_at, buddy_id")
    finally:
        await connection.close()
    scores = [row["score"] for row in rows]
    ranks: list[int] = []
    for place, score in enumerate(scores):
        is_tie = place > 0 and score == scores[place - 1]
        ranks.append(ranks[-1] if is_tie else place + 1)
    return Standing([str(row["buddy_id"]) for row in rows], scores, ranks)


def _compare(client: httpx.Client, full: Standing) -> list[str]:
    """Where the API differs from the sort: the first pages, and random surroundings."""
    wanted = list(zip(full.ranks, full.scores, full.ids, strict=True))
    differences = []
    shown: list[tuple[int, int, str]] = []
    cursor = ""
    for _ in range(TOP_PAGES):
        page = client.get(f"/leaderboards/{BOARD}?limit={PAGE}{cursor}").raise_for_status().json()
        shown += _places(page)
        cursor = f"&cursor={page['next_cursor']}"
    if shown != wanted[: len(shown)]:
        differences.append(f"the first {len(shown):,} places differ")
    rng = random.Random("compared")
    for place in rng.sample(range(len(wanted)), COMPARED):
        path = f"/leaderboards/{BOARD}/around/{full.ids[place]}?n={NEIGHBOURS}"
        near = client.get(path).raise_for_status().json()
        first = max(place - NEIGHBOURS, 0)
        if _places(near) != wanted[first : place + NEIGHBOURS + 1]:
            differences.append(f"around place {place + 1}: {near['rank']} is the rank told")
    return differences


def _places(page: dict[str, Any]) -> list[tuple[int, int, str]]:
    return [(each["rank"], each["score"], each["buddy_id"]) for each in page["data"]]


async def _audit(place: Place) -> list[str]:
    """Whether scores are what the ledger says, and the counts what counting all entries gives."""
    connection = await asyncpg.connect(place.url)
    try:
        wrong = await connection.fetchval(WRONG_SCORES)
        differences = [f"{wrong} scores are not what was earned"] if wrong else []
        counted: dict[tuple[int, int], int] = {}
        entries = await connection.fetch(
            "SELECT -standing AS score, count(*) AS n FROM leaderboard_entry"
            " WHERE standing < 0 GROUP BY standing"
        )
        for score, number in entries:
            for level in range(len(LEVELS)):
                bucket = (level, bucket_of(score, level))
                counted[bucket] = counted.get(bucket, 0) + number
        kept = await connection.fetch(
            "SELECT level, bucket, entries FROM leaderboard_count WHERE entries <> 0"
        )
        if {(row["level"], row["bucket"]): row["entries"] for row in kept} != counted:
            differences.append("the counts are not those of the entries")
    finally:
        await connection.close()
    return differences
