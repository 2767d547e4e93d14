"""Processor time and memory of other processes. Seconds and bytes."""

import contextlib
import platform
import sqlite3
from pathlib import Path

import psutil  # type: ignore[import-untyped]

KIBIBYTE = 1024


def cpu_seconds(pid: int | None) -> float:
    """What a process and all its children, ended ones too, have used so far; 0 for none."""
    if pid is None:
        return 0.0
    family = psutil.Process(pid)
    used = 0.0
    for process in (family, *family.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


def machine_busy() -> float:
    """Processor seconds that the whole machine has used so far, idling and waiting left out."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + times.irq + times.softirq)


def machine() -> dict[str, str | int]:
    """What the figures depend on."""
    return {
        "processors": psutil.cpu_count() or 1,
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def rss_peak(pid: int) -> int:
    """The most memory that a process ever held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * KIBIBYTE
    return int(psutil.Process(pid).memory_info().rss)


def file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, e.g. `ext4`."""
    mounts: dict[str, str] = {
        part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)
    }
    path = folder.resolve()
    while str(path) not in mounts and path != path.parent:
        path = path.parent
    return mounts.get(str(path), "unknown")
