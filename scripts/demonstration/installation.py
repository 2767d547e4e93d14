"""A whole installation on this machine: server, control plane, receiver, a customer, an app."""

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from narrator import Narrator
from processes import Process, Processes
from trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
ARENA = ROOT / "scripts" / "arena"
PYTHON = Path(sys.executable)
CLUTCH = str(PYTHON.with_name("clutch"))
READY_SECONDS = 40.0
HOST = "127.0.0.1"
API_SERVER = "API server with worker"


@dataclass(frozen=True)
class Installation:
    """Where everything is, and the keys to it."""

    home: Path
    api_url: str
    plane_url: str
    receiver_url: str
    customer_id: str
    secret_key: str
    app_id: str

    @property
    def receiver_log(self) -> Path:
        """A JSON line for each delivery that arrived."""
        return _receiver_log(self.home)

    @property
    def secrets_file(self) -> Path:
        """Where the receiver looks for the secrets of endpoints."""
        return _secrets_file(self.home)


def environment(home: Path, port: int, database_url: str | None) -> dict[str, str]:
    """What every process sees: nothing of ours but what is set here, and a master key given.

    PostgreSQL needs a master key from outside; without one, this run gets its own.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLUTCH_")}
    given = os.environ.get("CLUTCH_MASTER_KEY", "")
    ours = {
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CLUTCH_DATA_DIR": str(home),
        "CLUTCH_PUBLIC_URL": f"http://{HOST}:{port}",
        "CLUTCH_EGRESS_ALLOW": "127.0.0.0/8",
        "CLUTCH_POLL_SECONDS": "0.25",
        "CLUTCH_MATCH_POLL_SECONDS": "1",
    }
    if database_url:
        ours["CLUTCH_DATABASE_URL"] = database_url
        given = given or secrets.token_hex(32)
    if given:
        ours["CLUTCH_MASTER_KEY"] = given
    return {**kept, **ours}


def free_ports(count: int, first: int) -> list[int]:
    """Ports that nobody listens on; `first` is taken as it is unless it is 0.

    Raises:
        Trouble: somebody listens on `first`.
    """
    sockets = [socket.socket() for _ in range(count)]
    try:
        for number, probe in enumerate(sockets):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, first if number == 0 else 0))
        return [int(probe.getsockname()[1]) for probe in sockets]
    except OSError as fault:
        raise Trouble(f"port {first} can't be used: {fault.strerror}") from fault
    finally:
        for probe in sockets:
            probe.close()


async def install(
    processes: Processes, narrator: Narrator, home: Path, ports: list[int]
) -> Installation:
    """Start everything and wait until all of it answers.

    Raises:
        Trouble: something did not start, or a command failed; in a group.
    """
    api_url, plane_url, receiver_url = (f"http://{HOST}:{port}" for port in ports)
    narrator.serving = processes.serving
    async with asyncio.TaskGroup() as group:
        creating = group.create_task(_customer(processes, narrator, ports[0]))
        deploying = group.create_task(_app(processes, narrator, home))
        group.create_task(_serve_others(processes, narrator, home, ports[1:]))
    created, deployed = creating.result(), deploying.result()
    connect = ["--customer", created["customer_id"], "--app-id", deployed["app_id"]]
    await processes.run(
        "clutch hathora connect",
        [CLUTCH, "hathora", "connect", *connect, "--base-url", plane_url],
        {"CLUTCH_HATHORA_TOKEN": deployed["dev_token"]},
    )
    narrator.say("The app is connected: matches may open rooms of it")
    return Installation(
        home=home,
        api_url=api_url,
        plane_url=plane_url,
        receiver_url=receiver_url,
        customer_id=created["customer_id"],
        secret_key=created["secret_key"],
        app_id=deployed["app_id"],
    )


async def _customer(processes: Processes, narrator: Narrator, port: int) -> dict[str, Any]:
    """A customer in a new database with the API server on it; what `customers create` tells."""
    await processes.run("clutch migrate", [CLUTCH, "migrate"])
    narrator.say("The database is there: [bold]clutch migrate[/bold]")
    server = processes.start(API_SERVER, [CLUTCH, "serve", "--port", str(port)])
    words = ["customers", "create", "The arena", "--test", "--preset", "arena", "--json"]
    created = await _json(processes, "clutch customers create", words)
    narrator.say(f"A test customer with the arena's rules: {created['customer_id']}")
    await _wait_for(processes, narrator, server, port, "/api/v1/health")
    return created


async def _app(processes: Processes, narrator: Narrator, home: Path) -> dict[str, Any]:
    words = ["hathora", "deploy", str(ARENA), "--app", "arena", "--json"]
    where = ["--data-dir", str(home / "hathora")]
    deployed = await _json(processes, "clutch hathora deploy", [*words, *where])
    narrator.say(f"The arena is deployed as app {deployed['app_id']}")
    return deployed


async def _serve_others(
    processes: Processes, narrator: Narrator, home: Path, ports: list[int]
) -> None:
    plane_port, receiver_port = ports
    plane_home = str(home / "hathora")
    plane = processes.start(
        "control plane",
        [CLUTCH, "hathora", "serve", "--port", str(plane_port), "--data-dir", plane_home],
    )
    receiver = processes.start(
        "webhook receiver",
        [
            *(str(PYTHON), str(ROOT / "scripts" / "demo_receiver.py")),
            *("--port", str(receiver_port), "--secrets-file", str(_secrets_file(home))),
            *("--out", str(_receiver_log(home))),
        ],
    )
    await _wait_for(processes, narrator, receiver, receiver_port, "/stats")
    await _wait_for(processes, narrator, plane, plane_port, "/")


async def _wait_for(
    processes: Processes, narrator: Narrator, process: Process, port: int, path: str
) -> None:
    url = f"http://{HOST}:{port}{path}"
    async with httpx.AsyncClient(trust_env=False) as http:
        asks = _answers(http, url)
        await processes.until(asks, f"the {process.name}", READY_SECONDS, process.log)
    process.doing = f"serving on port {port}"
    narrator.say(f"The {process.name} listens on port {port}, pid {process.child.pid}")


async def _json(processes: Processes, name: str, words: list[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await processes.run(name, [CLUTCH, *words]))
    return answer


def _answers(http: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        try:
            return (await http.get(url)).status_code < 500
        except httpx.TransportError:
            return False

    return ask


def _receiver_log(home: Path) -> Path:
    return home / "receiver" / "deliveries.jsonl"


def _secrets_file(home: Path) -> Path:
    return home / "receiver" / "secrets"
