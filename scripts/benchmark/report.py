"""A bench run as tables for people."""

from typing import Any

from rich.console import Console
from rich.table import Table

MICRO = 1_000_000
MEBIBYTE = 1024 * 1024
MET = {None: "-", True: "[green]met[/green]", False: "[red]missed[/red]"}


def show(console: Console, run: dict[str, Any]) -> None:
    """Print what one database did."""
    console.print(_rates(run))
    console.print(_processors(run))
    console.print(_rows(run))
    if run["profiled"]:
        console.print("[yellow]A profiler was running: the rates are too low.[/yellow]")
    if run["file_system"] == "tmpfs":
        console.print("[yellow]This folder is memory, not a disk: no commit is durable.[/yellow]")


def _rates(run: dict[str, Any]) -> Table:
    table = Table("case", "events/s", "floor/s", "ratio", "target", "p50 ms", "p99 ms", "peak MiB")
    table.add_column("floor", no_wrap=True)
    table.title = (
        f"{run['database']}: median of {run['rounds']} rounds of {run['seconds']:g} s "
        f"({run['file_system']})"
    )
    for case, each in run["cases"].items():
        target = "" if each["target"] is None else f"≥ {each['target']:g} "
        table.add_row(
            case,
            f"{each['events_per_second']:,.0f}",
            f"{each['floor_per_second']:,.0f}",
            f"{each['ratio']:.2f}",
            f"{target}{MET[each['met']]}",
            f"{each['p50_ms']:.1f}",
            f"{each['p99_ms']:.1f}",
            f"{each['rss_peak_bytes'] / MEBIBYTE:.0f}",
            each["floor"],
        )
    return table


def _processors(run: dict[str, Any]) -> Table:
    table = Table("case", "client", "API", "database", "floor: writer", "floor: database", "busy")
    table.title = "processor time, µs per event (busy: processors in use, of the machine)"
    for case, each in run["cases"].items():
        used, floor = each["cpu_seconds_per_event"], each["floor_cpu_seconds_per_event"]
        table.add_row(
            case,
            *(_micro(used, name) for name in ("client", "api", "database")),
            *(_micro(floor, name) for name in ("writer", "database")),
            f"{each['busy_processors']:.2f}",
        )
    return table


def _rows(run: dict[str, Any]) -> Table:
    cases = run["cases"]
    names = list(next(iter(cases.values()))["rows_per_event"])
    table = Table("case", *names)
    table.title = "rows per event, and bytes of one such row"
    for case, each in cases.items():
        counts, sizes = each["rows_per_event"], each["row_bytes"]
        table.add_row(case, *(_cell(counts[name], sizes.get(name)) for name in names))
    return table


def _micro(used: dict[str, float], name: str) -> str:
    return f"{used[name] * MICRO:,.0f}" if name in used else "-"


def _cell(count: float, size: float | None) -> str:
    return f"{count:.3f}" if size is None else f"{count:.3f} × {size:,.0f} B"
