"""`bench webhooks`: deliveries by real workers to a receiver in its own process.

throughput: a queue that was written before is emptied; against a bare aiohttp client that makes as
many POSTs in the same run. latency: sets are committed at half that rate, and every delivery's
arrival is compared with the end of its commit. isolation: the same latency over many endpoints,
once with all of them well and once with some that never answer. drain: how much a claim reads at
the beginning of a long queue and at its end. Seconds, unless a name says otherwise.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from app.kit.clock import SystemClock
from app.kit.crypto import MasterKey
from app.kit.db import Database
from scripts.benchmark import meters
from scripts.benchmark.api_server import MASTER_KEY
from scripts.benchmark.databases import Kind, Place, opened
from scripts.benchmark.webhook_bench import (
    Bench,
    Say,
    bare_rate,
    clutch,
    drained,
    first_arrival,
    new_customer,
    receiving,
    retire,
    seen,
    settled,
    working,
)

SET = 20
ENDPOINTS_A_CUSTOMER = 100
RATIO_TARGET = 0.5
P99_MS_TARGET = 100
GROWTH_TARGET = 1.2
READS_TARGET = 1.3
LATE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How much of what is sent."""

    queue: int = 5_000
    endpoints: int = 8
    latency_seconds: float = 5
    many_endpoints: int = 1_000
    hanging: int = 100
    backlog: int = 0


def run(kind: Kind, folder: Path, size: Size, say: Say) -> dict[str, Any]:
    """Measure one kind of database in an empty folder; a report as JSON values."""
    with ExitStack() as stack:
        place = stack.enter_context(opened(kind, folder))
        clutch(place, "migrate")
        receiver = stack.enter_context(receiving())
        return asyncio.run(_measure(place, receiver, size, say))


async def _measure(place: Place, receiver: str, size: Size, say: Say) -> dict[str, Any]:
    key = MasterKey.from_text(MASTER_KEY)
    database = Database(place.url, SystemClock(), key)
    bench = Bench(place, database, receiver, say)
    found: dict[str, Any] = {"database": place.kind, "machine": meters.machine()}
    found["throughput"] = await _throughput(bench, size, workers=1)
    found["two_workers"] = await _throughput(bench, size, workers=2)
    rate = found["throughput"]["deliveries_per_second"] / 2
    found["latency"] = await _latency(bench, size, rate)
    if size.many_endpoints:
        found["isolation"] = await _isolation(bench, size)
    if size.backlog:
        found["drain"] = await _drain(bench, size)
    await database.close()
    return found


async def _throughput(bench: Bench, size: Size, *, workers: int) -> dict[str, Any]:
    customer_id = await new_customer(bench)
    await bench.subscribe(customer_id, size.endpoints, "hook")
    bench.say(f"{bench.place.kind}: {size.queue} deliveries queued, {workers} worker(s) …")
    per_set = SET * size.endpoints
    for _ in range(size.queue // per_set):
        await bench.tell(customer_id, SET)
    floor = bare_rate(bench, size.queue)
    await seen(bench)
    with ExitStack() as stack:
        pids = [stack.enter_context(working(bench.place)) for _ in range(workers)]
        began = await first_arrival(bench)
        used = [meters.cpu_seconds(pid) for pid in pids]
        await drained(bench)
        seconds = time.time() - began
        spent = sum(meters.cpu_seconds(pid) for pid in pids) - sum(used)
    count = size.queue // per_set * per_set
    again = bare_rate(bench, size.queue)
    await retire(bench, customer_id)
    rate, bare = count / seconds, (floor + again) / 2
    return {
        "deliveries_per_second": rate,
        "bare_client_per_second": bare,
        "ratio": rate / bare,
        "worker_cpu_us_per_delivery": spent / count * 1e6,
    }


async def _latency(bench: Bench, size: Size, rate: float) -> dict[str, Any]:
    customer_id = await new_customer(bench)
    await bench.subscribe(customer_id, size.endpoints, "hook")
    bench.say(f"{bench.place.kind}: {rate:,.0f} deliveries/s committed while a worker runs …")
    with working(bench.place):
        await settled(bench, [customer_id], size.endpoints)
        found = await _paced(bench, [customer_id], rate / size.endpoints, size.latency_seconds)
    await retire(bench, customer_id)
    return {"deliveries_per_second": rate, **found}


async def _isolation(bench: Bench, size: Size) -> dict[str, Any]:
    found: dict[str, Any] = {"endpoints": size.many_endpoints, "hanging": size.hanging}
    for name, hanging in (("well", 0), ("some_hang", size.hanging)):
        customers = []
        for first in range(0, size.many_endpoints, ENDPOINTS_A_CUSTOMER):
            customer_id = await new_customer(bench)
            count = min(ENDPOINTS_A_CUSTOMER, size.many_endpoints - first)
            stuck = hanging * count // size.many_endpoints
            await bench.subscribe(customer_id, count - stuck, "hook")
            await bench.subscribe(customer_id, stuck, "hang")
            customers.append(customer_id)
        bench.say(f"{bench.place.kind}: {size.many_endpoints} endpoints, {hanging} hang …")
        with working(bench.place):
            await settled(bench, customers, size.many_endpoints - hanging)
            found[name] = await _paced(bench, customers, 3, size.latency_seconds)
        for customer_id in customers:
            await retire(bench, customer_id)
    found["p99_growth"] = found["some_hang"]["p99_ms"] / found["well"]["p99_ms"]
    return found


async def _drain(bench: Bench, size: Size) -> dict[str, Any]:
    customer_id = await new_customer(bench)
    await bench.subscribe(customer_id, 1, "hook")
    bench.say(f"{bench.place.kind}: a queue of {size.backlog:,} …")
    for _ in range(size.backlog // 1_000):
        await bench.tell(customer_id, 1_000)
    tenth = size.backlog // 10
    marks: list[tuple[int, float, int]] = []
    with working(bench.place):
        while (left := await bench.pending()) > 0:
            marks.append((left, time.time(), await _reads(bench)))
            await asyncio.sleep(0.5)
        marks.append((0, time.time(), await _reads(bench)))
    total = marks[0][0]
    first = _between(marks, total, total - tenth)
    last = _between(marks, tenth, 0)
    await retire(bench, customer_id)
    return {
        "rows": size.backlog,
        "first_tenth": first,
        "last_tenth": last,
        "reads_growth": last["reads_per_row"] / first["reads_per_row"]
        if first["reads_per_row"]
        else None,
    }


def _between(marks: Sequence[tuple[int, float, int]], high: int, low: int) -> dict[str, float]:
    """What was read and how long it took while the queue shrank from `high` to `low`."""
    begin = next(mark for mark in marks if mark[0] <= high)
    end = next((mark for mark in marks if mark[0] <= low), marks[-1])
    rows = max(1, begin[0] - end[0])
    return {
        "rows_per_second": rows / max(1e-3, end[1] - begin[1]),
        "reads_per_row": (end[2] - begin[2]) / rows,
    }


async def _reads(bench: Bench) -> int:
    """Index entries of the due index read so far; PostgreSQL counts them, SQLite does not."""
    if bench.place.kind is Kind.SQLITE:
        return 0
    connection = await asyncpg.connect(bench.place.url)
    try:
        found = await connection.fetchval(
            "SELECT idx_tup_read FROM pg_stat_user_indexes "
            "WHERE indexrelname = 'ix_webhook_delivery_due'"
        )
    finally:
        await connection.close()
    return int(found or 0)


async def _paced(
    bench: Bench, customers: Sequence[str], sets_per_second: float, seconds: float
) -> dict[str, float]:
    """Commit sets evenly; quantiles of commit → received, of what was to be received."""
    await seen(bench)
    committed: dict[str, float] = {}
    began = time.perf_counter()
    number = 0
    while (now := time.perf_counter() - began) < seconds:
        if now < number / sets_per_second:
            await asyncio.sleep(number / sets_per_second - now)
        ids, at = await bench.tell(customers[number % len(customers)], 1)
        committed.update(dict.fromkeys(ids, at))
        number += 1
    await asyncio.sleep(LATE_SECONDS)
    arrived = await seen(bench)
    delays = sorted(
        max(0.0, arrived[each] - at) for each, at in committed.items() if each in arrived
    )
    if not delays:
        raise RuntimeError("nothing arrived")
    return {
        "arrived": len(delays),
        "p50_ms": 1000 * delays[len(delays) // 2],
        "p99_ms": 1000 * delays[int(len(delays) * 0.99)],
    }


def show(console: Console, found: dict[str, Any]) -> None:
    """Print what one database did."""
    table = Table("what", "figure", "target", title=f"{found['database']}: webhooks")
    one, two, latency = found["throughput"], found["two_workers"], found["latency"]
    table.add_row("deliveries/s, one worker", f"{one['deliveries_per_second']:,.0f}", "")
    table.add_row("bare aiohttp client/s", f"{one['bare_client_per_second']:,.0f}", "")
    table.add_row("ratio", f"{one['ratio']:.2f}", f"≥ {RATIO_TARGET}")
    table.add_row("worker µs a delivery", f"{one['worker_cpu_us_per_delivery']:,.0f}", "")
    table.add_row("deliveries/s, two workers", f"{two['deliveries_per_second']:,.0f}", "")
    times = f"{latency['p50_ms']:.0f} / {latency['p99_ms']:.0f}"
    table.add_row("commit → received at half load, p50 / p99 ms", times, f"< {P99_MS_TARGET}")
    if "isolation" in found:
        each = found["isolation"]
        growth = f"{each['p99_growth']:.2f} ({each['some_hang']['p99_ms']:.0f} ms)"
        table.add_row(f"p99 growth, {each['hanging']} hang", growth, f"< {GROWTH_TARGET}")
    if "drain" in found:
        growth = found["drain"]["reads_growth"]
        shown = "not counted" if growth is None else f"{growth:.2f}"
        table.add_row("reads a row, last/first tenth", shown, f"≤ {READS_TARGET}")
    console.print(table)
