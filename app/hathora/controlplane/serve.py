"""Running the control plane with uvicorn."""

import contextlib
import fcntl
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import uvicorn

from app.hathora.controlplane.application import Application, OnStop
from app.hathora.controlplane.bootstrap import first_token
from app.hathora.controlplane.settings import Settings

_DRAIN_SECONDS = 5


class DataDirectoryInUse(Exception):
    """Another control plane is running on it."""


def serve(
    host: str,
    port: int,
    data_dir: Path,
    *,
    settings: Settings | None = None,
    on_stop: OnStop = OnStop.STOP_PROCESSES,
    announce: Callable[[str], object] = sys.stdout.write,
    log_level: str = "warning",
) -> None:
    """Serve until SIGTERM or SIGINT; then no call is accepted any more, streams end, and the game
    servers are stopped or left alone as `on_stop` says.

    The first start on an empty directory announces a developer token, once. `settings` replaces
    the defaults; its `data_dir` is taken from the argument.

    Raises:
        DataDirectoryInUse
    """
    home = data_dir.resolve()
    chosen = replace(settings, data_dir=home) if settings else Settings(data_dir=home)
    token = first_token(data_dir)
    if token is not None:
        announce(f"Developer token (shown once): {token}\n")
    application = Application(chosen, on_stop=on_stop, is_closing=lambda: server.should_exit)
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            log_level=log_level,
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    )
    with _only_one(home), contextlib.suppress(KeyboardInterrupt):  # uvicorn repeats the signal
        server.run()


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataDirectoryInUse(f"another control plane runs on {data_dir}") from None
        yield
