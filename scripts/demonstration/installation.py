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
from processes import Processes
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
        Trouble: something did not start, or a command failed.
    """
    api_url, plane_url, receiver_url = (f"http://{HOST}:{port}" for port in ports)
    await processes.run("clutch migrate", [CLUTCH, "migrate"])
    narrator.say("The database is there: [bold]clutch migrate[/bold]")
    created, deployed, _ = await asyncio.gather(
        _json(processes, "clutch customers create", *_customer()),
        _json(processes, "clutch hathora deploy", "hathora", "deploy", str(ARENA), *_deploy(home)),
        _start(processes, narrator, home, ports),
    )
    narrator.say(f"A test customer with the arena's rules: {created['customer_id']}")
    narrator.say(f"The arena is deployed as {deployed['deployment_id']}")
    connect = ["--customer", created["customer_id"], "--app-id", deployed["app_id"]]
    await processes.run(
        "clutch hathora connect",
        [CLUTCH, "hathora", "connect", *connect, "--base-url", plane_url],
        {"CLUTCH_HATHORA_TOKEN": deployed["dev_token"]},
    )
    narrator.say(f"Connected: matches may open rooms of {deployed['app_id']}")
    return Installation(
        home=home,
        api_url=api_url,
        plane_url=plane_url,
        receiver_url=receiver_url,
        customer_id=created["customer_id"],
        secret_key=created["secret_key"],
        app_id=deployed["app_id"],
    )


def _customer() -> list[str]:
    return ["customers", "create", "The arena", "--test", "--preset", "arena", "--json"]


def _deploy(home: Path) -> list[str]:
    return ["--app", "arena", "--data-dir", str(home / "hathora"), "--json"]


async def _start(processes: Processes, narrator: Narrator, home: Path, ports: list[int]) -> None:
    """Everything that serves, each waited for until it answers."""
    api, plane, receiver = (str(port) for port in ports)
    plane_home = str(home / "hathora")
    commands = {
        API_SERVER: [CLUTCH, "serve", "--port", api],
        "control plane": [CLUTCH, "hathora", "serve", "--port", plane, "--data-dir", plane_home],
        "webhook receiver": [
            *(str(PYTHON), str(ROOT / "scripts" / "demo_receiver.py"), "--port", receiver),
            *("--secrets-file", str(_secrets_file(home)), "--out", str(_receiver_log(home))),
        ],
    }
    serving = {name: processes.start(name, argv) for name, argv in commands.items()}
    narrator.serving = processes.serving
    paths = zip(serving.values(), ports, ("/api/v1/health", "/", "/stats"), strict=True)
    async with httpx.AsyncClient(trust_env=False) as http:
        for process, port, path in paths:
            asks = _answers(http, f"http://{HOST}:{port}{path}")
            await processes.until(asks, f"the {process.name}", READY_SECONDS, process.log)
            process.doing = f"serving on port {port}"
            narrator.say(f"The {process.name} listens on port {port}, pid {process.child.pid}")


async def _json(processes: Processes, name: str, *words: str) -> dict[str, Any]:
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
