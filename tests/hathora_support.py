"""A control plane in a process of its own and a small game server for it to run."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from app.hathora.client.client import HathoraClient
from app.hathora.controlplane.bootstrap import Bootstrapped, bootstrap
from app.hathora.models.processes import ProcessV3

Answer = TypeVar("Answer")
REPOSITORY = Path(__file__).parent.parent
DEADLINE_SECONDS = 20.0

# Obeys one line per connection: `env`, `exit N`, `abort`, `say TEXT`, `write PATH`.
GAME_SERVER = """
import json, os, socketserver, sys
class Orders(socketserver.StreamRequestHandler):
    def handle(self):
        order, _, rest = self.rfile.readline().decode().strip().partition(" ")
        if order == "exit":
            os._exit(int(rest))
        if order == "abort":
            os.abort()
        if order == "say":
            print(rest, flush=True)
        answer = {"env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}
        self.wfile.write(json.dumps(answer).encode())
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
print("ready on", sys.argv[1], flush=True)
Server(("127.0.0.1", int(sys.argv[1])), Orders).serve_forever()
"""
NEVER_BINDS = "import time\nprint('not binding', flush=True)\ntime.sleep(600)\n"
STUBBORN = """
import os, signal, socket, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
escaped = subprocess.Popen(["sleep", "600"], start_new_session=True)
forked = subprocess.Popen(["sleep", "600"])
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(os.getpid(), escaped.pid, forked.pid, flush=True)
while True:
    time.sleep(1)
"""
_SERVE = """
import json, sys
from pathlib import Path
from app.hathora.controlplane.application import OnStop
from app.hathora.controlplane.serve import serve
from app.hathora.controlplane.settings import Settings
port, data_dir, on_stop, changed = sys.argv[1:]
settings = Settings(data_dir=Path(data_dir), **json.loads(changed))
serve("127.0.0.1", int(port), Path(data_dir), settings=settings, on_stop=OnStop(on_stop))
"""


def write_build(folder: Path, source: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.py").write_text(source)
    manifest = {"command": [sys.executable, "server.py", "{port}"], "env": {"FROM_BUILD": "yes"}}
    (folder / "clutch-server.json").write_text(json.dumps(manifest))
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(ask: Callable[[], Awaitable[Answer | None]]) -> Answer:
    """The first answer that is true, within the deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        answer = await ask()
        if answer:
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError(f"not so within {DEADLINE_SECONDS:g} s")


async def order(port: int, line: str) -> dict[str, Any]:
    """Give the game server an order; {} if it ended over it."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{line}\n".encode())
        answer = await reader.read()
        writer.close()
    except ConnectionError:
        return {}
    return dict(json.loads(answer)) if answer else {}


def deployment(build_id: str | None, **changed: Any) -> dict[str, Any]:
    """The body of `createDeployment`."""
    return {
        "buildId": build_id,
        "containerPort": 4000,
        "transportType": "tcp",
        "env": [],
        "idleTimeoutEnabled": True,
        "requestedCPU": 0.5,
        "requestedMemoryMB": 1024,
        "roomsPerProcess": 3,
        **changed,
    }


def body_of(response: httpx.Response, status: int) -> Any:
    """The JSON of an answer that must have this status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert "set-cookie" not in response.headers
    return response.json()


def exists(pid: int) -> bool:
    """Whether a process of that pid runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


@dataclass
class ControlPlane:
    """`settings` are those of `controlplane.settings.Settings` that differ from the defaults."""

    data_dir: Path
    port: int
    prepared: Bootstrapped
    client: HathoraClient
    http: httpx.AsyncClient
    settings: dict[str, Any]
    on_stop: str = "stop_processes"
    child: subprocess.Popen[bytes] | None = None

    @property
    def app_id(self) -> str:
        return self.prepared.app_id

    async def start(self) -> None:
        self.child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _SERVE,
                str(self.port),
                str(self.data_dir),
                self.on_stop,
                json.dumps(self.settings),
            ],
            cwd=REPOSITORY,
            env={**os.environ, "CLUTCH_TEST_SECRET": "not for children"},
        )
        await until(self._answers)

    async def _answers(self) -> bool:
        assert self.child is not None
        assert self.child.poll() is None, "the control plane has ended"
        with contextlib.suppress(httpx.TransportError):
            return (await self.http.get("/")).status_code == 404
        return False

    def end(self, number: signal.Signals) -> int:
        """Send the signal and wait; returns the exit code."""
        assert self.child is not None
        self.child.send_signal(number)
        return self.child.wait(DEADLINE_SECONDS)

    async def room(self, room_id: str, **options: Any) -> str:
        """Create a room; returns its process id."""
        made = await self.client.create_room(
            self.app_id, room_id=room_id, **{"region": "London", **options}
        )
        return made.process_id

    async def running(self, process_id: str) -> ProcessV3:
        return await self.reached(process_id, "running")

    async def reached(self, process_id: str, *statuses: str) -> ProcessV3:
        async def ask() -> ProcessV3 | None:
            process = await self.client.get_process(self.app_id, process_id)
            return process if process.status in statuses else None

        return await until(ask)

    async def port_of(self, process_id: str) -> int:
        process = await self.running(process_id)
        assert process.exposed_port is not None
        return process.exposed_port.port


@contextlib.asynccontextmanager
async def control_plane(
    folder: Path,
    *,
    source: str = GAME_SERVER,
    rooms_per_process: int = 2,
    on_stop: str = "stop_processes",
    env: dict[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[ControlPlane]:
    """Running with one app and one deployment of `source`; all its processes are ended after."""
    data_dir = folder / "controlplane"
    prepared = bootstrap(
        data_dir,
        app_name="arena",
        build_source=write_build(folder / "build", source),
        rooms_per_process=rooms_per_process,
        env=env,
    )
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    client = HathoraClient(base, prepared.dev_token)
    headers = {"authorization": f"Bearer {prepared.dev_token}"}
    async with client, httpx.AsyncClient(base_url=base, headers=headers, timeout=10) as http:
        plane = ControlPlane(data_dir, port, prepared, client, http, settings, on_stop)
        await plane.start()
        try:
            yield plane
        finally:
            _end_everything(plane)


def _end_everything(plane: ControlPlane) -> None:
    if plane.child is not None and plane.child.poll() is None:
        plane.end(signal.SIGKILL)
    for written in (plane.data_dir / "processes").glob("*/pid"):
        pid = int(written.read_text())
        with contextlib.suppress(OSError):
            if written.parent.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.killpg(pid, signal.SIGKILL)
