"""Whether reading stays as quick when there is a hundred times as much: HTTP times and plans."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import httpx
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import event as listening

from app.kit.pages import encode_cursor
from app.main import create_app
from app.settings import Settings
from scripts.benchmark.api_server import MASTER_KEY, Api, create_customer, serving
from scripts.benchmark.databases import Kind, Place, opened
from scripts.benchmark.generator import BOARD, Size, buddy_id, event_id, grow, user_id

SMALL = 10_000
TARGET = 1.2
PLANNED = 5
PREFIX = "/api/v1"
SECONDS_MAX = 15  # of one kind of read; slow ones get fewer requests
REQUESTS_MIN = 20

# What a read of each kind asks for, by the number of a copy.
READS: dict[str, Callable[[int], str]] = {
    "buddy": lambda n: f"/buddies/{buddy_id(n)}",
    "balances": lambda n: f"/buddies/{buddy_id(n)}/tokens",
    "ledger of a buddy": lambda n: f"/buddies/{buddy_id(n)}/ledger",
    "buddies of a user": lambda n: f"/buddies?user_id={user_id(n)}",
    "user summary": lambda n: f"/users/{user_id(n)}/summary",
    "event log": lambda n: "/events?limit=50",
    "explain": lambda n: f"/events/{event_id(n)}",
    "events of a user": lambda n: f"/events?user_id={user_id(n)}",
    "events of a rare type": lambda n: "/events?type=rare",
    "list of buddies": lambda n: "/buddies?limit=50",
    "archived buddies": lambda n: "/buddies?status=archived",
    "buddies by name": lambda n: "/buddies?sort=name&status=active",
    "buddies by stage": lambda n: "/buddies?sort=evolution_stage",
    "leaderboard, top": lambda n: f"/leaderboards/{BOARD}",
    "leaderboard, page": lambda n: f"/leaderboards/{BOARD}?cursor={encode_cursor(buddy_id(n))}",
    "leaderboard, rank": lambda n: f"/leaderboards/{BOARD}/around/{buddy_id(n)}?n=0",
    "leaderboard, around": lambda n: f"/leaderboards/{BOARD}/around/{buddy_id(n)}?n=5",
}
# Every event changes what they sort by, so they have no index and read all buddies.
SORTED_WHOLE: dict[str, Callable[[int], str]] = {
    "buddies by change": lambda n: "/buddies?sort=updated_at",
    "buddies by coins": lambda n: "/buddies?sort=coins",
}
ALL_READS = READS | SORTED_WHOLE


@dataclass(frozen=True, slots=True)
class Figures:
    """One kind of read: milliseconds over HTTP; rows and buffers that its statements touched."""

    p50_ms: float
    p99_ms: float
    statements: int
    rows: float
    buffers: float


def run(
    folder: Path, size: Size, requests: int, say: Callable[[str], None], ready: Callable[[], None]
) -> dict[str, Any]:
    """Measure 10^4 buddies, then `size`, in one growing database; figures by read and size.

    `ready` is called before each measurement.
    """
    found: dict[str, dict[str, Figures]] = {}
    with opened(Kind.POSTGRES, folder) as place:
        key = create_customer(place)
        with serving(place, key) as api:
            publish_board(api)
        since = 0
        for step in (Size(min(SMALL, size.buddies), size.transfers_each), size):
            took = asyncio.run(grow(place.url, since, step))
            say(f"{step.buddies:,} buddies, {step.transfers:,} transfers: made in {took:.0f} s")
            since = step.buddies
            ready()
            for name, figures in _measure(place, key, step, requests).items():
                found.setdefault(name, {})[str(step.buddies)] = figures
            say(f"{step.buddies:,} buddies: measured")
    return {name: _compared(by_size) for name, by_size in found.items()}


def show(console: Console, found: dict[str, Any]) -> None:
    """A table with a line for each kind of read and size."""
    table = Table(title="Reads on PostgreSQL")
    for column in ("read", "buddies", "p50 ms", "p99 ms", "statements", "rows", "buffers", "×"):
        table.add_column(column, justify="left" if column == "read" else "right")
    for name, compared in found.items():
        for buddies, figures in compared["by_buddies"].items():
            table.add_row(
                name,
                f"{int(buddies):,}",
                f"{figures.p50_ms:.2f}",
                f"{figures.p99_ms:.2f}",
                str(figures.statements),
                f"{figures.rows:,.0f}",
                f"{figures.buffers:,.0f}",
                "",
            )
        growth = max(compared["rows_growth"], compared["buffers_growth"])
        mark = "[green]flat[/green]" if compared["is_flat"] else f"[red]> {TARGET}[/red]"
        if name in SORTED_WHOLE:
            mark = "sorts all"
        table.add_row("", "", "", "", "", mark, "", f"{growth:.2f}")
    console.print(table)


def _compared(by_size: dict[str, Figures]) -> dict[str, Any]:
    small, large = next(iter(by_size.values())), [*by_size.values()][-1]
    return {
        "by_buddies": by_size,
        "rows_growth": round(large.rows / max(small.rows, 1), 2),
        "buffers_growth": round(large.buffers / max(small.buffers, 1), 2),
        "is_flat": max(large.rows / max(small.rows, 1), large.buffers / max(small.buffers, 1))
        <= TARGET,
    }


def publish_board(api: Api) -> None:
    """Publish the arena's rules with a leaderboard, and let a first buddy play by them."""
    with client_of(api) as client:
        draft = client.post("/config-versions", json={}).raise_for_status().json()
        metric = {"type": "tokens_earned", "token": "coins"}
        board = {"key": BOARD, "label": "Coins", "metric": metric}
        document = draft["document"] | {"leaderboards": [board]}
        path = f"/config-versions/{draft['id']}"
        client.put(path, json={"document": document}).raise_for_status()
        client.post(f"{path}/publish").raise_for_status()
        for n in range(3):
            body = {"event_id": f"first-{n}", "user_id": "first", "type": "match_won"}
            client.post("/events", json=body).raise_for_status()


def _measure(place: Place, key: str, size: Size, requests: int) -> dict[str, Figures]:
    plans = asyncio.run(_planned(place, key, size))
    found = {}
    with serving(place, key) as api, client_of(api) as client:
        for name, path in ALL_READS.items():
            rng = random.Random(name)
            cut = timed(client, partial(_any, path, rng, size), requests)
            found[name] = Figures(round(cut[49], 2), round(cut[98], 2), *plans[name])
    return found


def _any(path: Callable[[int], str], rng: random.Random, size: Size) -> str:
    return path(rng.randint(1, size.buddies))


def timed(client: httpx.Client, path: Callable[[], str], requests: int) -> list[float]:
    """The percentiles, in milliseconds, of GETs one after the other."""
    times: list[float] = []
    client.get(path()).raise_for_status()
    deadline = perf_counter() + SECONDS_MAX
    while len(times) < requests and (len(times) < REQUESTS_MIN or perf_counter() < deadline):
        asked = path()
        began = perf_counter()
        client.get(asked).raise_for_status()
        times.append((perf_counter() - began) * 1000)
    return quantiles(times, n=100)


def client_of(api: Api) -> httpx.Client:
    """A client of the API below its base path."""
    return httpx.Client(
        base_url=f"http://127.0.0.1:{api.port}{PREFIX}",
        headers={"Authorization": f"Bearer {api.key}"},
        timeout=60,
    )


async def _planned(place: Place, key: str, size: Size) -> dict[str, tuple[int, float, float]]:
    """By read: its statements, and the mean rows and buffers that they touch."""
    settings = Settings(data_dir=place.folder, database_url=place.url, master_key=MASTER_KEY)
    app = create_app(settings, with_worker=False)
    async with app.router.lifespan_context(app):
        engine = app.state.database.engine
        seen: list[tuple[str, Any]] = []
        listening.listen(
            engine.sync_engine,
            "before_cursor_execute",
            lambda _, __, statement, values, ___, ____: seen.append((statement, values)),
        )
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=transport, base_url=f"http://bench{PREFIX}", headers=headers
        ) as client:
            return {name: await _plan(engine, client, seen, name, size) for name in ALL_READS}


async def _plan(
    engine: Any, client: httpx.AsyncClient, seen: list[tuple[str, Any]], name: str, size: Size
) -> tuple[int, float, float]:
    rng = random.Random(name)
    numbers = [rng.randint(1, size.buddies) for _ in range(PLANNED + 1)]
    await client.get(ALL_READS[name](numbers[0]))  # afterwards configs and keys are in memory
    rows, buffers, statements = 0, 0, 0
    for number in numbers[1:]:
        seen.clear()
        (await client.get(ALL_READS[name](number))).raise_for_status()
        asked = [
            (text, values) for text, values in seen if text.lstrip().startswith(("SELECT", "WITH"))
        ]
        statements = len(asked)
        for text, values in asked:
            async with engine.connect() as connection:
                answer = await connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", tuple(values)
                )
                plan = _document(answer.scalar_one())[0]["Plan"]
            rows += _rows(plan)
            buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return statements, rows / PLANNED, buffers / PLANNED


def _document(found: Any) -> Any:
    return orjson.loads(found) if isinstance(found, str) else found


def _rows(plan: dict[str, Any]) -> int:
    """The rows that the scans of a plan looked at, also those that they left out."""
    own = 0
    if "Scan" in plan["Node Type"]:
        looked_at = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        own = round(looked_at * plan["Actual Loops"])
    return own + sum(_rows(each) for each in plan.get("Plans", ()))
