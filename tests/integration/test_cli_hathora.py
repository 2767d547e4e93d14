"""`clutch hathora …` as people call it, the control plane in a process of its own."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import main
from app.commands.customers import create_with_keys
from app.kit.clock import SystemClock
from app.kit.db import Database
from app.matches import apps
from app.settings import Settings
from tests.hathora_support import DEADLINE_SECONDS, GAME_SERVER, free_port, write_build

CUSTOMER = "01a20107-3033-776d-a38d-23bc15d5a382"


@dataclass(frozen=True)
class Plane:
    """A running control plane with an app."""

    url: str
    home: Path
    app_id: str
    token: str


def clutch(*words: str, stdin: str = "", **environment: str) -> Result:
    return CliRunner().invoke(main, list(words), input=stdin, env=environment)


def deployed(folder: Path, home: Path) -> dict[str, Any]:
    answer = clutch("hathora", "deploy", str(folder), "--app", "arena", *at(home), "--json")
    assert answer.exit_code == 0, answer.output
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


def at(home: Path) -> list[str]:
    return ["--data-dir", str(home)]


def serving(home: Path, port: int) -> subprocess.Popen[str]:
    words = ["hathora", "serve", "--port", str(port), *at(home)]
    argv = [sys.executable, "-m", "app.cli", *words]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """`clutch hathora serve` on a directory with one app."""
    folder = tmp_path_factory.mktemp("plane")
    made = deployed(write_build(folder / "build", GAME_SERVER), folder / "home")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    child = serving(folder / "home", port)
    await_answer(child, url)
    yield Plane(url, folder / "home", made["app_id"], made["dev_token"])
    said = ended(child)
    assert "Whoever may deploy here may run code" in said
    assert url in said


def await_answer(child: subprocess.Popen[str], url: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        assert child.poll() is None
        assert time.monotonic() < deadline
        with contextlib.suppress(httpx.TransportError):
            assert httpx.get(url, trust_env=False).status_code == 404
            return
        time.sleep(0.05)


def ended(child: subprocess.Popen[str]) -> str:
    """What it said until SIGTERM ended it."""
    child.terminate()
    said, _ = child.communicate(timeout=DEADLINE_SECONDS)
    assert child.returncode == -signal.SIGTERM
    return said


@dataclass(frozen=True)
class Installed:
    """A database with a customer, and the options that name both."""

    settings: Settings
    customer_id: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CLUTCH_DATABASE_URL": self.settings.database_url,
            "CLUTCH_MASTER_KEY": self.settings.master_key,
        }

    def connect(self, plane: Plane, stdin: str = "", **changed: str) -> Result:
        asked = {"customer": self.customer_id, "app-id": plane.app_id, "base-url": plane.url}
        options = {**asked, **changed}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return clutch("hathora", "connect", *words, stdin=stdin, **self.environment)

    def app(self, app_id: str) -> apps.App | None:
        async def read() -> apps.App | None:
            database = Database(self.settings.url, SystemClock(), self.settings.key)
            try:
                async with database.read(self.customer_id) as tx:
                    return await apps.read(tx, app_id)
            finally:
                await database.close()

        return asyncio.run(read())


@pytest.fixture
def installed(settings: Settings) -> Installed:
    """A customer in a fresh database."""

    async def create() -> str:
        database = Database(settings.url, SystemClock(), settings.key)
        try:
            made = await create_with_keys(database, "Tests", "arena", is_test=True)
        finally:
            await database.close()
        return str(made["customer_id"])

    return Installed(settings, asyncio.run(create()))


def test_deploying_twice_changes_nothing_but_the_token(tmp_path: Path) -> None:
    folder = write_build(tmp_path / "build", GAME_SERVER)
    first, again = deployed(folder, tmp_path / "home"), deployed(folder, tmp_path / "home")
    assert {**again, "dev_token": first["dev_token"]} == first
    assert again["dev_token"] != first["dev_token"]
    (folder / "server.py").write_text("print('new')")
    changed = deployed(folder, tmp_path / "home")
    assert changed["app_id"] == first["app_id"]
    assert changed["deployment_id"] != first["deployment_id"]


def test_the_reporter_is_put_beside_unless_the_folder_has_one(tmp_path: Path) -> None:
    folder = write_build(tmp_path / "build", GAME_SERVER)
    builds = tmp_path / "home" / "builds"
    given = builds / deployed(folder, tmp_path / "home")["build_id"] / "gameserver.py"
    assert "class Reporter" in given.read_text()
    (folder / "gameserver.py").write_text("# my own\n")
    own = builds / deployed(folder, tmp_path / "home")["build_id"] / "gameserver.py"
    assert own.read_text() == "# my own\n"
    assert [file.name for file in folder.iterdir() if file.name == "__pycache__"] == []


def test_further_files_are_put_beside(tmp_path: Path) -> None:
    folder = write_build(tmp_path / "build", GAME_SERVER)
    (tmp_path / "rules.json").write_text("{}")
    words = ["hathora", "deploy", str(folder), "--app", "arena", *at(tmp_path / "home"), "--json"]
    answer = clutch(*words, "--with", str(tmp_path / "rules.json"))
    build = tmp_path / "home" / "builds" / json.loads(answer.stdout)["build_id"]
    assert {"rules.json", "gameserver.py", "server.py"} <= {file.name for file in build.iterdir()}


def test_a_folder_that_says_nothing_of_how_to_run_it_is_not_deployed(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    home = tmp_path / "home"
    answer = clutch("hathora", "deploy", str(tmp_path / "build"), "--app", "arena", *at(home))
    assert answer.exit_code == 1
    assert "was not deployed" in " ".join(answer.stderr.split())
    assert "clutch-server.json" in answer.stderr


def test_without_json_the_answer_is_lines_to_copy(tmp_path: Path) -> None:
    folder = write_build(tmp_path / "build", GAME_SERVER)
    answer = clutch("hathora", "deploy", str(folder), "--app", "arena", *at(tmp_path / "home"))
    told = dict(line.split("=", 1) for line in answer.stdout.splitlines())
    assert set(told) == {"app_id", "deployment_id", "build_id", "dev_token"}


def test_a_connected_app_has_its_token_sealed(installed: Installed, plane: Plane) -> None:
    answer = installed.connect(plane, stdin=f"{plane.token}\n")
    assert answer.exit_code == 0, answer.output
    assert plane.token not in answer.output
    app = installed.app(plane.app_id)
    assert app is not None
    assert (app.base_url, app.token) == (plane.url, plane.token)
    if installed.settings.url.startswith("sqlite"):
        file = Path(installed.settings.url.removeprefix("sqlite:///"))
        kept = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
        assert plane.app_id.encode() in kept
        assert plane.token.encode() not in kept


def test_the_token_may_come_from_the_environment(
    installed: Installed, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUTCH_HATHORA_TOKEN", plane.token)
    assert installed.connect(plane).exit_code == 0
    assert installed.app(plane.app_id) is not None


@pytest.mark.parametrize(
    ("changed", "stdin", "told"),
    [
        ({}, "", "no token"),
        ({}, "hathora_org_st_wrong\n", "does not take this token"),
        ({"app-id": "app-nobody"}, None, "knows no app app-nobody"),
        ({"base-url": "http://127.0.0.1:9"}, None, "no control plane answers"),
        ({"base-url": "nonsense"}, None, "no control plane answers"),
        ({"customer": CUSTOMER}, None, "customer"),
    ],
)
def test_what_cannot_be_asked_is_not_connected(
    installed: Installed, plane: Plane, changed: dict[str, str], stdin: str | None, told: str
) -> None:
    given = f"{plane.token}\n" if stdin is None else stdin
    answer = installed.connect(plane, stdin=given, **changed)
    assert answer.exit_code == 1, answer.output
    assert told in " ".join(answer.stderr.split())
    assert plane.token not in answer.output
    assert installed.app(plane.app_id) is None


def test_a_second_control_plane_on_the_same_directory_is_refused(plane: Plane) -> None:
    second = serving(plane.home, free_port())
    said, _ = second.communicate(timeout=DEADLINE_SECONDS)
    assert second.returncode == 1
    assert "another control plane runs on" in " ".join(said.split())


def test_the_first_start_tells_the_token_once(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        child = serving(tmp_path / "home", port := free_port())
        await_answer(child, f"http://127.0.0.1:{port}")
        told.append("hathora_org_st_" in ended(child))
    assert told == [True, False]
