"""Running the control plane with uvicorn."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import uvicorn

from app.hathora.controlplane.application import Application, OnStop
from app.hathora.controlplane.bootstrap import first_token
from app.hathora.controlplane.settings import Settings

_DRAIN_SECONDS = 5


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
    server.run()
