"""The real server as a process of its own, and what it must know before it is measured."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from scripts.benchmark.databases import Place
from scripts.benchmark.load import headers, send
from scripts.benchmark.traffic import first_requests

MASTER_KEY = "0123456789abcdef" * 4
UNREACHABLE = "http://127.0.0.1:1024/hook"
START_SECONDS = 30
STOP_SECONDS = 20
WARM_UP_SECONDS = 120
WARM_UP_CONNECTIONS = 2
CREATED = 201


@dataclass(frozen=True, slots=True)
class Api:
    """A running server; `key` is the customer's secret key."""

    pid: int
    port: int
    key: str


def create_customer(place: Place) -> str:
    """Migrate and make a customer with the arena rules; its secret key."""
    _clutch(place, "migrate")
    made = _clutch(place, "customers", "create", "Bench", "--preset", "arena", "--json")
    key: str = orjson.loads(made)["secret_key"]
    return key


def warm_up(api: Api) -> None:
    """Subscribe an endpoint to everything and make every buddy by an event."""
    answer = httpx.post(
        f"http://127.0.0.1:{api.port}/api/v1/webhook-configs",
        headers={"Authorization": f"Bearer {api.key}"},
        json={"url": UNREACHABLE, "events": ["*"]},
    )
    if answer.status_code != CREATED:
        raise RuntimeError(f"No endpoint was made: {answer.text}")
    batches = list(first_requests("first", headers(api.port, api.key)))
    asyncio.run(send(batches, api.port, WARM_UP_CONNECTIONS, WARM_UP_SECONDS))


@contextmanager
def serving(place: Place, key: str, profile: Path | None = None) -> Iterator[Api]:
    """`clutch serve --no-worker` until the block is left.

    With a `profile` it runs under cProfile (`*.prof`), or py-spy watches it (any other suffix).
    """
    port = _free_port()
    program = [sys.executable]
    if profile is not None and profile.suffix == ".prof":
        program += ["-m", "cProfile", "-o", str(profile)]
    arguments = ["serve", "--port", str(port), "--no-worker", *_where(place)]
    process = subprocess.Popen([*program, "-m", "app.cli", *arguments], env=_environment())
    try:
        _wait_until_ready(process, port)
        with _watched(process.pid, profile):
            yield Api(process.pid, port, key)
    finally:
        _end(process)


@contextmanager
def working(place: Place) -> Iterator[int]:
    """`clutch worker` until the block is left; its process."""
    program = [sys.executable, "-m", "app.cli", "worker", *_where(place)]
    process = subprocess.Popen(program, env=_environment())
    try:
        yield process.pid
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)  # cProfile writes its file on this one, not on TERM
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _watched(pid: int, profile: Path | None) -> Iterator[None]:
    if profile is None or profile.suffix == ".prof":
        yield
        return
    formats = {".svg": "flamegraph", ".json": "speedscope", ".txt": "raw"}
    wanted = formats.get(profile.suffix, "flamegraph")
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or "py-spy"
    arguments = ["record", "--pid", str(pid), "-r", "200", "-f", wanted, "-o", str(profile)]
    spy = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.wait(STOP_SECONDS)


def _clutch(place: Place, *arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments, *_where(place)],
        env=_environment(),
        check=False,
        capture_output=True,
    )
    if done.returncode:
        raise RuntimeError(f"clutch {arguments[0]} failed: {done.stderr.decode()}")
    return done.stdout


def _where(place: Place) -> list[str]:
    return ["--data-dir", str(place.folder), "--database-url", place.url]


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "CLUTCH_MASTER_KEY": MASTER_KEY,
        "CLUTCH_EGRESS_ALLOW": "127.0.0.0/8",
    }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with status {process.returncode}.")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"The server was not ready within {START_SECONDS} s.")
