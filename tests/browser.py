"""A real Chromium, and a real server for it to talk to."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, async_playwright

from app.commands.customers import create_with_keys
from app.kit.clock import SystemClock
from app.kit.db import Database
from app.settings import Settings
from tests.hathora_support import free_port

SETUP = Path(__file__).parents[1] / "scripts" / "setup-browser"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
QUIET = ("--no-first-run", "--disable-gpu", "--disable-quic", "--disable-sync")


def chromium() -> str:
    """The path of a Chromium, installed where there was none.

    Raises:
        AssertionError: there is none and it cannot be installed; says what to do.
    """
    asked = subprocess.run([str(SETUP)], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout.splitlines()[-1]


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A headless Chromium with a profile of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*QUIET])
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(frozen=True)
class Server:
    """`clutch serve` with its worker, on SQLite, in a process of its own; `url` has no path."""

    url: str
    settings: Settings

    async def customer(self, preset: str | None = "arena") -> dict[str, Any]:
        """A new customer: `{customer_id, secret_key, game_server_key, config_version_id}`."""
        database = Database(self.settings.url, SystemClock(), self.settings.key)
        try:
            return await create_with_keys(database, "Browsers", preset, is_test=False)
        finally:
            await database.close()

    @asynccontextmanager
    async def client(self, secret_key: str) -> AsyncIterator[httpx.AsyncClient]:
        """A caller of the API, paths below the base path."""
        async with httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {secret_key}"},
            timeout=30,
            trust_env=False,
        ) as client:
            yield client


@contextmanager
def running_server(folder: Path, template: Path, master_key: str) -> Iterator[Server]:
    """A server on a copy of an empty database, until the block is left."""
    shutil.copy(template, folder / "clutch.db")
    settings = Settings(data_dir=folder, master_key=master_key)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CLUTCH_")},
        "CLUTCH_MASTER_KEY": master_key,
        "CLUTCH_PUBLIC_URL": url,
        "CLUTCH_EGRESS_ALLOW": "127.0.0.0/8",
        "CLUTCH_FAILED_AUTHENTICATIONS_PER_MINUTE": "100000",
    }
    command = ["-m", "app.cli", "serve", "--port", str(port), "--data-dir", str(folder)]
    log = folder / "server.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, *command], env=environment, stdout=output, stderr=output
        )
    try:
        server = Server(url, settings)
        _await_health(server.url, child, log)
        yield server
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


@dataclass(frozen=True)
class Site:
    """A web site of another origin; what is written to `folder` is served."""

    origin: str
    folder: Path

    def publish(self, name: str, html: str) -> str:
        """Put a page there; its address."""
        (self.folder / name).write_text(html)
        return f"{self.origin}/{name}"


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """A static web site on a port of its own, by another host name than the server's."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield Site(f"http://localhost:{httpd.server_port}", folder)
        httpd.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        """Keep browsers from caching: a test may publish another page under the same name."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _await_health(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert child.poll() is None, f"the server ended:\n{log.read_text()}"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/live", trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"no server within {START_SECONDS:g} s:\n{log.read_text()}")
