"""Our processes, which die by SIGKILL and are started again as they were."""

import asyncio
import os
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from installation import API_SERVER, CLUTCH
from processes import Process, Processes

WORKER = "worker"
CONTROL_PLANE = "control plane"
UP_SECONDS = 30.0
WORKER_SAYS = b"Worker is running"


@dataclass
class Fleet(Processes):
    """`Processes` that remember how they were started; `has_worker` sets one beside the API."""

    has_worker: bool = False
    _argvs: dict[str, list[str]] = field(default_factory=dict)
    _worker_log_bytes: int = 0

    def start(self, name: str, argv: list[str]) -> Process:
        """Start something that serves; the API server without its worker where that is apart."""
        if name == API_SERVER and self.has_worker:
            argv = [*argv, "--no-worker"]
        return self._start(name, argv)

    def start_worker(self) -> None:
        """Start the worker that is a process of its own."""
        self._start(WORKER, [CLUTCH, "worker"])

    def kill(self, name: str) -> None:
        """SIGKILL one that serves, and that process alone: what it had started must end itself."""
        [process] = [each for each in self.serving if each.name == name]
        self.serving.remove(process)
        os.kill(process.child.pid, signal.SIGKILL)
        process.child.wait()

    def restart(self, name: str) -> None:
        """Start what was killed, with the same words."""
        self._start(name, self._argvs[name])

    async def up(self, name: str, url: str) -> None:
        """Wait until it serves: it answers at `url`, or its log says so.

        Raises:
            Trouble: it takes too long, or a process ended by itself.
        """

        async def answers() -> bool:
            try:
                async with httpx.AsyncClient(trust_env=False, timeout=1) as http:
                    return (await http.get(url)).status_code < 500
            except httpx.TransportError:
                return False

        async def says_so() -> bool:
            return WORKER_SAYS in self.log_of(WORKER).read_bytes()[self._worker_log_bytes :]

        ask = says_so if name == WORKER else answers
        await self.until(ask, f"the {name} to be up", UP_SECONDS, self.log_of(name))

    def _start(self, name: str, argv: list[str]) -> Process:
        self._argvs[name] = argv
        if name == WORKER and self.log_of(name).exists():
            self._worker_log_bytes = self.log_of(name).stat().st_size
        return super().start(name, argv)


def game_servers(home: Path) -> list[psutil.Process]:
    """The shells of game servers that live; each has its server for a child."""
    found = []
    for pid_file in (home / "hathora" / "processes").glob("*/pid"):
        try:
            shell = psutil.Process(int(pid_file.read_text()))
            if str(pid_file.parent) in shell.cmdline():
                found.append(shell)
        except (psutil.Error, ValueError, FileNotFoundError):
            continue
    return found


def kill_game_server(home: Path, chance: random.Random) -> str | None:
    """SIGKILL a game server, its shell or both; its process id, None where none lives."""
    living = sorted(game_servers(home), key=lambda shell: shell.pid)
    if not living:
        return None
    shell = chance.choice(living)
    try:
        name = Path(shell.cmdline()[3]).name
        match chance.choice(("server", "server", "shell", "both")):
            case "server":
                [server] = shell.children()
                server.kill()
            case "shell":
                shell.kill()
            case _:
                os.killpg(shell.pid, signal.SIGKILL)
        return name
    except (psutil.Error, ProcessLookupError, IndexError, ValueError):
        return None


async def left_behind(home: Path, seconds: float) -> list[str]:
    """The command lines of processes that still work in `home` when the time is up."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = _at_work_in(home)
        if not found or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(0.1)


def _at_work_in(home: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "environ", "cwd", "status"]):
        info = process.info
        if info["pid"] == os.getpid() or info["status"] == psutil.STATUS_ZOMBIE:
            continue
        environment = info["environ"] or {}
        is_ours = environment.get("CLUTCH_DATA_DIR") == str(home)
        is_game = str(info["cwd"] or "").startswith(f"{home}/")
        if is_ours or is_game:
            found.append(f"{info['pid']} {' '.join(info['cmdline'] or ())}")
    return found
