"""What may be set on a control plane; durations in seconds unless the name says otherwise."""

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """`advertised_host` is what players are told; ports come from `port_min..port_max`, below
    the range from which the system takes ports for outgoing connections. `child_path` and
    `child_lang` are the PATH and LANG of game servers."""

    data_dir: Path
    advertised_host: str = "127.0.0.1"
    port_min: int = 20_000
    port_max: int = 31_999
    process_limit: int = 500
    boot_timeout_seconds: float = 100.0
    stop_grace_seconds: float = 10.0
    idle_timeout_seconds: float = 300.0
    watch_interval_seconds: float = 0.1
    launches_at_once: int = 8
    log_retention_hours: float = 72.0
    body_bytes_max: int = 4 * 1024 * 1024
    child_path: str = field(default_factory=lambda: os.environ.get("PATH", os.defpath))
    child_lang: str = field(default_factory=lambda: os.environ.get("LANG", "C.UTF-8"))

    @property
    def database_path(self) -> Path:
        return self.data_dir / "controlplane.sqlite3"

    @property
    def builds_dir(self) -> Path:
        return self.data_dir / "builds"

    @property
    def processes_dir(self) -> Path:
        return self.data_dir / "processes"

    def process_dir(self, process_id: str) -> Path:
        return self.processes_dir / process_id
