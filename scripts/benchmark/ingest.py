"""`bench ingest`: how fast events are taken in, against plain SQL that writes the same rows.

Server and floor take turns on the same machine and the same kind of database, one round after
the other; every figure is the median of the rounds. No load runs while the floor runs.
"""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from scripts.benchmark import floor_postgres, floor_sqlite, load, meters, rows
from scripts.benchmark.api_server import Api, create_customer, serving, warm_up
from scripts.benchmark.databases import Kind, Place, opened
from scripts.benchmark.floor_postgres import Plan
from scripts.benchmark.load import Tally
from scripts.benchmark.rows import Floor, Written
from scripts.benchmark.traffic import SHAPES, Case

TRIAL_SHARE = 0.25
TARGETS = {Case.SINGLE: 0.4, Case.BATCH: 1.5}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to run: so many rounds of each case; seconds of load, then of the floor."""

    cases: tuple[Case, ...]
    rounds: int
    load_seconds: float
    floor_seconds: float
    profile: Path | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement of a case with the floor right after it. `rss_bytes` is the peak so far."""

    tally: Tally
    written: Written
    floor: Floor
    rss_bytes: int

    @property
    def rate(self) -> float:
        """Events a second over HTTP."""
        return self.tally.events / self.tally.seconds

    @property
    def ratio(self) -> float:
        """The server against the floor."""
        return self.rate / self.floor.rate


@dataclass(slots=True)
class Bench:
    """A prepared place with a running server; what each of the floor's plans does, if tried."""

    place: Place
    api: Api
    wish: Wish
    say: Say
    trials: dict[str, dict[Plan, float]]


def run(kind: Kind, folder: Path, wish: Wish, say: Say) -> dict[str, Any]:
    """Measure one kind of database in an empty folder; a report as JSON values."""
    with opened(kind, folder) as place:
        say(f"{kind}: a fresh database, a customer, 10,000 buddies …")
        key = create_customer(place)
        with serving(place, key) as api:
            warm_up(api)
        place.copy_for_floor()
        found: dict[Case, list[Round]] = {case: [] for case in wish.cases}
        with serving(place, key, wish.profile) as api:
            say(f"{kind}: the API is process {api.pid} on port {api.port}")
            bench = Bench(place, api, wish, say, {})
            for number in range(1, wish.rounds + 1):
                for case, rounds in found.items():
                    rounds.append(_round(bench, case, number))
        return {
            "database": kind,
            "file_system": meters.file_system(folder),
            "rounds": wish.rounds,
            "seconds": wish.load_seconds,
            "machine": meters.machine(),
            "floor_trials": {
                traffic: {str(plan): rate for plan, rate in tried.items()}
                for traffic, tried in bench.trials.items()
            },
            "profiled": wish.profile is not None,
            "cases": {case: _summary(case, rounds) for case, rounds in found.items()},
        }


def _round(bench: Bench, case: Case, number: int) -> Round:
    url = bench.place.url
    since = asyncio.run(rows.mark(url))
    tally = _send(bench, case, number)
    written = asyncio.run(rows.written(url, since))
    rss = meters.rss_peak(bench.api.pid)
    since = asyncio.run(rows.mark(bench.place.floor_url))
    floor = _floor(bench, written, is_hot=SHAPES[case].is_hot)
    asyncio.run(rows.check_floor(bench.place.floor_url, since, written))
    made = Round(tally, written, floor, rss)
    bench.say(
        f"{bench.place.kind} {number}/{bench.wish.rounds} {case}: {made.rate:,.0f} events/s, "
        f"floor {floor.rate:,.0f} ({floor.plan}), ratio {made.ratio:.2f}"
    )
    return made


def _send(bench: Bench, case: Case, number: int) -> Tally:
    pids = {"api": bench.api.pid}
    if bench.place.postmaster is not None:
        pids["database"] = bench.place.postmaster
    order = load.Order(
        case, bench.api.port, bench.api.key, bench.wish.load_seconds, f"{case}/{number}", pids
    )
    return Tally(**_child("load", asdict(order)))


def _floor(bench: Bench, written: Written, *, is_hot: bool) -> Floor:
    seconds = bench.wish.floor_seconds
    if bench.place.kind is Kind.SQLITE:
        return _sqlite_floor(bench.place, written, seconds, is_hot=is_hot)
    tried = bench.trials.setdefault("one row" if is_hot else "zipf", {})
    if not tried:
        tried.update(_try_all(bench, written, is_hot=is_hot))
    plan = max(tried, key=lambda each: tried[each])
    return floor_postgres.measure(bench.place, written, plan, is_hot=is_hot, seconds=seconds)


def _try_all(bench: Bench, written: Written, *, is_hot: bool) -> dict[Plan, float]:
    seconds = max(bench.wish.floor_seconds * TRIAL_SHARE, 1)
    rates: dict[Plan, float] = {}
    for plan in floor_postgres.plans():
        tried = floor_postgres.measure(bench.place, written, plan, is_hot=is_hot, seconds=seconds)
        rates[plan] = tried.rate
        bench.say(f"    tried {plan}{' on one row' if is_hot else ''}: {tried.rate:,.0f}/s")
    return rates


def _sqlite_floor(place: Place, written: Written, seconds: float, *, is_hot: bool) -> Floor:
    order = floor_sqlite.Order(
        str(place.floor_file), seconds, secrets.token_hex(8), is_hot, written.rows, written.texts
    )
    done = _child("floor_sqlite", asdict(order))
    return Floor(done["rate"], floor_sqlite.PLAN, {"writer": done["writer"]})


def _child(module: str, order: dict[str, Any]) -> dict[str, Any]:
    """Run a module of this package as a process of its own: JSON in, JSON out."""
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.benchmark.{module}"],
        input=orjson.dumps(order),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed; its own words are above.")
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer


def _summary(case: Case, rounds: list[Round]) -> dict[str, Any]:
    ratio = median(each.ratio for each in rounds)
    target = TARGETS.get(case)
    last = rounds[-1]
    return {
        "events_per_second": median(each.rate for each in rounds),
        "floor_per_second": median(each.floor.rate for each in rounds),
        "floor": last.floor.plan,
        "ratio": ratio,
        "ratios": [each.ratio for each in rounds],
        "target": target,
        "met": None if target is None else ratio >= target,
        "p50_ms": median(each.tally.p50_ms for each in rounds),
        "p95_ms": median(each.tally.p95_ms for each in rounds),
        "p99_ms": median(each.tally.p99_ms for each in rounds),
        "rss_peak_bytes": max(each.rss_bytes for each in rounds),
        "cpu_seconds_per_event": {
            name: median(each.tally.cpu[name] / each.tally.events for each in rounds)
            for name in last.tally.cpu
        },
        "floor_cpu_seconds_per_event": {
            name: median(each.floor.cpu[name] for each in rounds) for name in last.floor.cpu
        },
        "busy_processors": median(
            each.tally.machine_seconds / each.tally.seconds for each in rounds
        ),
        "rows_per_event": _medians([each.written.rows for each in rounds]),
        "row_bytes": _medians([each.written.row_bytes for each in rounds]),
    }


def _medians(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(each[name] for each in found) for name in found[0]}
