"""`scripts/demo` as a newcomer runs it, on both databases, and what it does when it can't."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.conftest import MASTER_KEY

DEMO = Path(__file__).parents[2] / "scripts" / "demo"
PARTS = DEMO.with_name("demonstration")
RUN_SECONDS = 100
MATCHES = 5


class Demo:
    """A demonstration that was started, and everything that it started."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.home = folder / "demo"
        self.story_file = folder / "story.txt"
        with self.story_file.open("wb") as story:
            self.process = subprocess.Popen(
                [str(DEMO), "--json", "--data-dir", str(self.home), *options],
                cwd=folder,
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                stderr=story,
                text=True,
            )

    def story(self) -> str:
        return self.story_file.read_text()

    def finish(self) -> tuple[int, str]:
        """The exit code and standard output."""
        out, _ = self.process.communicate(timeout=RUN_SECONDS)
        return self.process.returncode, out

    def wait_for(self, what: str, ask: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + RUN_SECONDS
        while not (answer := ask()):
            assert self.process.poll() is None, f"ended before {what}:\n{self.story()}"
            assert time.monotonic() < deadline, f"no {what}:\n{self.story()}"
            time.sleep(0.05)
        return answer

    def left_behind(self) -> list[str]:
        """The command lines of processes that still work in the demonstration's directory."""
        return [
            " ".join(process.info["cmdline"])
            for process in psutil.process_iter(["cmdline", "environ", "cwd"])
            if str(self.home) in (process.info["environ"] or {}).values()
            or str(process.info["cwd"] or "").startswith(str(self.home))
        ]


def receipts() -> Any:
    """The demonstration's module of that name; it is no part of a package."""
    sys.path.append(str(PARTS))
    try:
        return import_module("receipts")
    finally:
        sys.path.remove(str(PARTS))


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts demonstrations; those that still run at the end are interrupted."""
    demos: list[Demo] = []

    def start(*options: str, **environment: str) -> Demo:
        demos.append(Demo(tmp_path, *options, **environment))
        return demos[-1]

    yield start
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)
            demo.process.wait(RUN_SECONDS)


@pytest.fixture
def database_options(request: pytest.FixtureRequest, database_url: str) -> list[str]:
    """PostgreSQL is named on the command line; SQLite is what a newcomer gets."""
    return [] if database_url.startswith("sqlite") else ["--database-url", database_url]


def test_all_of_it_holds_in_two_commands(
    started: Callable[..., Demo], database_options: list[str]
) -> None:
    environment = {"CLUTCH_MASTER_KEY": MASTER_KEY} if database_options else {}
    demo = started("--once", "--matches", str(MATCHES), *database_options, **environment)
    code, out = demo.finish()
    assert code == 0, demo.story()
    summary = json.loads(out.splitlines()[-1])
    assert set(summary) == {"matches", "events", "deliveries", "verified", "audit"}
    assert summary["matches"] == MATCHES
    assert summary["events"] > 4 * MATCHES  # two for whoever stays, of at least two players
    assert summary["deliveries"] > summary["events"]
    assert summary["verified"] == summary["deliveries"]
    assert summary["audit"] == "ok"
    story = demo.story()
    assert all(word in story for word in ("draw", "walked out", "insufficient_balance", "1 → 2"))
    pictures = sorted(file.name for file in (demo.home / "pictures").iterdir())
    assert {"ann-stage-1.png", "ann-stage-2.png", "ben-stage-1.png"} <= set(pictures)
    assert demo.left_behind() == []


@pytest.mark.parametrize(
    ("deliveries", "lines", "is_whole", "verified"),
    [
        ({"a": "succeeded", "b": "succeeded"}, ["a ++", "b ++"], True, 2),
        ({"a": "succeeded"}, ["a ++", "a ++"], True, 1),
        ({"a": "succeeded", "b": "succeeded"}, ["a ++"], False, 1),
        ({"a": "succeeded"}, ["a ++", "b ++"], False, 1),
        ({"a": "succeeded"}, ["a +-"], False, 0),
        ({"a": "succeeded"}, ["a -+"], False, 0),
        ({"a": "succeeded"}, ["a --", "a ++"], False, 0),
        ({"a": "failed"}, ["a ++"], False, 1),
        ({"a": "pending"}, ["a ++"], False, 1),
        ({}, [], False, 0),
    ],
)
def test_every_delivery_must_succeed_and_be_verified_by_both_rules(
    deliveries: dict[str, str], lines: list[str], is_whole: bool, verified: int
) -> None:
    found = receipts().compare(
        [{"id": name, "status": status} for name, status in deliveries.items()],
        [
            {
                "delivery_id": line[0],
                "verified_standard": line[2] == "+",
                "verified_hatched": line[3] == "+",
            }
            for line in lines
        ],
    )
    assert (found.is_whole, found.verified) == (is_whole, verified)


def test_when_a_process_dies_it_names_the_log_and_stops_everything(
    started: Callable[..., Demo],
) -> None:
    demo = started("--matches", "1")

    def plane() -> psutil.Process | None:
        children = psutil.Process(demo.process.pid).children(recursive=True)
        return next((one for one in children if "hathora" in one.cmdline()[-6:]), None)

    demo.wait_for("control plane", lambda: "The control plane listens" in demo.story())
    victim = plane()
    assert victim is not None
    victim.kill()
    code, out = demo.finish()
    assert (code, out) == (1, "")
    assert "the control plane ended by itself, with -9" in demo.story()
    assert str(demo.home / "logs" / "control-plane.log") in demo.story()
    assert demo.left_behind() == []


def test_an_interrupt_ends_everything(started: Callable[..., Demo]) -> None:
    demo = started("--matches", "1")
    demo.wait_for("game server", lambda: "the bots join" in demo.story())
    assert demo.left_behind() != []
    demo.process.send_signal(signal.SIGINT)
    code, _ = demo.finish()
    assert code == 130, demo.story()
    assert "Everything is stopped" in demo.story()
    assert demo.left_behind() == []


def test_without_once_it_stays_up_until_it_is_interrupted(started: Callable[..., Demo]) -> None:
    demo = started("--matches", "1")
    address = demo.wait_for(
        "end of the story", lambda: re.search(r"API documentation +(\S+)\n", demo.story())
    )
    assert httpx.get(address[1], trust_env=False).status_code == 200
    demo.process.send_signal(signal.SIGINT)
    code, out = demo.finish()
    assert code == 0, demo.story()
    assert json.loads(out)["matches"] == 1
    assert demo.left_behind() == []


def test_a_directory_of_somebody_else_is_left_alone(
    started: Callable[..., Demo], tmp_path: Path
) -> None:
    precious = tmp_path / "demo" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("three years of work")
    demo = started("--once")
    code, out = demo.finish()
    assert (code, out) == (1, "")
    assert "was not made by scripts/demo" in demo.story()
    assert precious.read_text() == "three years of work"
