"""Real processes, each with a log file: started, watched, and ended again, only our own."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from trouble import Trouble

LOOK_SECONDS = 0.05
STOP_SECONDS = 20.0
COMMAND_SECONDS = 60.0
Answer = TypeVar("Answer")


@dataclass
class Process:
    """A process that serves until it is stopped; `doing` is what to tell people about it."""

    name: str
    log: Path
    child: subprocess.Popen[bytes]
    doing: str = "starting"


@dataclass
class Processes:
    """Everything that this demonstration started; `environment` is what they all see."""

    logs: Path
    environment: Mapping[str, str]
    serving: list[Process] = field(default_factory=list)
    _commands: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str, argv: list[str]) -> Process:
        """Start something that serves; it gets a session of its own, so Ctrl-C is ours alone."""
        log = self.log_of(name)
        with log.open("ab") as out:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=dict(self.environment),
                start_new_session=True,
            )
        process = Process(name, log, child)
        self.serving.append(process)
        return process

    def log_of(self, name: str) -> Path:
        """The log of whatever was started under that name."""
        return self.logs / f"{name.replace(' ', '-')}.log"

    async def run(self, name: str, argv: list[str], more: Mapping[str, str] | None = None) -> str:
        """Run a command to its end; what it wrote to standard output.

        Raises:
            Trouble: it failed, or was not done in time; its log has what it said.
        """
        log = self.log_of(name)
        out = log.with_suffix(".out")
        with log.open("ab") as complaints, out.open("wb") as written:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=complaints,
                env={**self.environment, **(more or {})},
                start_new_session=True,
            )
        self._commands.append(child)
        await self.until(_ended(child), f"`{name}` to end", COMMAND_SECONDS, log)
        self._commands.remove(child)
        answer = out.read_text()
        out.unlink()  # keys are shown once, and not kept in a log
        if child.returncode != 0:
            raise Trouble(f"`{name}` ended with {child.returncode}: {answer.strip()[-300:]}", log)
        return answer

    async def until(
        self,
        ask: Callable[[], Awaitable[Answer | None]],
        what: str,
        seconds: float,
        log: Path | None = None,
    ) -> Answer:
        """The first true answer, while everything that serves is alive.

        Raises:
            Trouble: there was none in time, or a process ended.
        """
        deadline = time.monotonic() + seconds
        while True:
            answer = await ask()
            if answer:
                return answer
            self.require_all_alive()
            if time.monotonic() >= deadline:
                raise Trouble(f"waited {seconds:g} s in vain for {what}", log)
            await asyncio.sleep(LOOK_SECONDS)

    def require_all_alive(self) -> None:
        """Raise Trouble for the first process that should serve and has ended."""
        for process in self.serving:
            code = process.child.poll()
            if code is not None:
                raise Trouble(f"the {process.name} ended by itself, with {code}", process.log)

    async def stop(self) -> list[str]:
        """End everything; the names of those that had to be killed."""
        everyone = [(each.name, each.child) for each in reversed(self.serving)]
        everyone += [("command", child) for child in self._commands]
        for _, child in everyone:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        killed = []
        for name, child in everyone:
            try:
                await asyncio.to_thread(child.wait, max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                killed.append(name)
            _kill_group(child)
        self.serving.clear()
        return killed


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a child that does not, and what it left behind in the session that it was given."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _ended(child: subprocess.Popen[bytes]) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return child.poll() is not None

    return ask
