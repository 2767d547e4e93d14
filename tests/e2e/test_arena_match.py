"""Matches between real processes of the arena, against an HTTP server that speaks for Clutch."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [sys.executable, "-E", "-S"]  # nothing installed is within reach
PATIENCE_SECONDS = 20.0
PLAYERS = ["ann", "ben", "cem"]
CLAIM = {
    "token": "match-token",
    "signing_key": "signing-key",
    "expires_at": "2099-01-01T00:00:00.000Z",
    "roster": PLAYERS,
    "room_config": {"seed": 5, "speed": 100},
    "allocation_id": "alloc",
}
LOST = (0, None)


@dataclass
class Clutch:
    """Answers to claims and results in turn, the last of each for ever; keeps what was asked."""

    url: str = ""
    claims: list[tuple[int, Any]] = field(default_factory=lambda: [(200, CLAIM)])
    results: list[tuple[int, Any]] = field(default_factory=lambda: [(200, {"effects": []})])
    claimed: list[dict[str, Any]] = field(default_factory=list)
    reported: list[dict[str, Any]] = field(default_factory=list)
    bearers: list[str | None] = field(default_factory=list)

    def answer(self, path: str, body: dict[str, Any], bearer: str | None) -> tuple[int, Any]:
        if path == "/api/v1/matches/m-1/claim":
            self.claimed.append(body)
            answers = self.claims
        else:
            assert path == "/api/v1/matches/m-1/result"
            self.reported.append(body)
            self.bearers.append(bearer)
            answers = self.results
        return answers.pop(0) if len(answers) > 1 else answers[0]


def handler_for(clutch: Clutch) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, content = clutch.answer(self.path, body, self.headers["Authorization"])
            if (status, content) == LOST:
                self.close_connection = True
                return
            payload = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def clutch() -> Iterator[Clutch]:
    fake = Clutch()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(fake))
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


def until(condition: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        outcome = condition()
        if outcome:
            return outcome
        time.sleep(0.01)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")


@dataclass
class Host:
    """Starts game servers from a build folder, as the control plane does: one folder a process."""

    folder: Path
    clutch: Clutch
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, log: str = "log") -> "Running":
        config = {"clutch": {"url": self.clutch.url, "match_id": "m-1", "code": "clm_c_code"}}
        environ = {
            "PATH": os.environ["PATH"],
            "HATHORA_INITIAL_ROOM_CONFIG": json.dumps(config),
            "HATHORA_INITIAL_ROOM_ID": "room-1",
            "HATHORA_PROCESS_ID": "process-1",
        }
        command = [*PYTHON, "server.py", "--port", "0"]
        return Running(self._spawn(command, self.folder / log, environ), self.folder / log)

    def bots(self, port: int, players: list[str], log: str = "bots") -> "Running":
        bots = str(ROOT / "scripts" / "arena" / "bots.py")
        command = [*PYTHON, bots, "--port", str(port), "--players", ",".join(players)]
        process = self._spawn([*command, "--seed", "5"], self.folder / log, None)
        return Running(process, self.folder / log)

    def _spawn(
        self, command: list[str], log: Path, environ: dict[str, str] | None
    ) -> subprocess.Popen[bytes]:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environ, stdout=output, stderr=subprocess.STDOUT
            )
        self.processes.append(process)
        return process


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    def port(self) -> int:
        found = until(lambda: re.search(r"listening on \S+:(\d+)", self.text()), "the port")
        return int(found[1])

    def text(self) -> str:
        return self.log.read_text()

    def code(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def host(tmp_path: Path, clutch: Clutch) -> Iterator[Host]:
    build = tmp_path / "build"
    shutil.copytree(ROOT / "scripts" / "arena", build, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app" / "sdk" / "gameserver.py", build)
    starter = Host(build, clutch)
    yield starter
    for process in starter.processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()


def test_a_match_is_claimed_played_and_reported(host: Host, clutch: Clutch) -> None:
    server = host.start()
    bots = host.bots(server.port(), PLAYERS)
    assert (server.code(), bots.code()) == (0, 0), server.text() + bots.text()
    (claim,) = clutch.claimed
    assert claim.pop("claim_nonce")
    assert claim == {"code": "clm_c_code", "room_id": "room-1", "process_id": "process-1"}
    (result,) = clutch.reported
    assert clutch.bearers == ["Bearer match-token"]
    assert result["outcome"] == "completed"
    assert result["started_at"] < result["ended_at"]
    lines = {line["user_id"]: line for line in result["players"]}
    assert sorted(lines) == PLAYERS
    assert lines["ann"]["result"] == lines["cem"]["result"] == "draw"
    assert lines["ben"]["left_early"]
    table = [[one["user_id"], one["placement"], one["score"]] for one in result["players"]]
    assert json.loads(bots.text()) == {"final": table}
    shown = server.text()
    assert not [s for s in ("match-token", "signing-key", "clm_c_code") if s in shown]
    assert shown.count("CLUTCH_RESULT {") == 1


def test_the_same_seed_gives_the_same_scores(host: Host, clutch: Clutch) -> None:
    for log in ("one", "two"):
        server = host.start(log)
        host.bots(server.port(), PLAYERS)
        assert server.code() == 0
    assert clutch.reported[0]["players"] == clutch.reported[1]["players"]


def test_a_claim_whose_answer_was_lost_is_repeated_with_the_same_nonce(
    host: Host, clutch: Clutch
) -> None:
    clutch.claims = [LOST, (503, {"error": {"code": "unavailable"}}), (200, CLAIM)]
    server = host.start()
    host.bots(server.port(), PLAYERS)
    assert server.code() == 0, server.text()
    assert len(clutch.claimed) == 3
    assert len({asked["claim_nonce"] for asked in clutch.claimed}) == 1


def test_a_killed_server_s_successor_reports_without_playing_again(
    host: Host, clutch: Clutch
) -> None:
    clutch.results = [(503, {"error": {"code": "unavailable"}})]
    server = host.start("first")
    host.bots(server.port(), PLAYERS)
    until(lambda: clutch.reported, "the first attempt to report")
    server.process.send_signal(signal.SIGKILL)
    assert server.code() == -signal.SIGKILL
    clutch.results = [(200, {"effects": []})]
    successor = host.start("second")
    assert successor.code() == 0, successor.text()
    assert clutch.reported[-1] == clutch.reported[0]
    assert len(clutch.claimed) == 1
    assert "playing" not in successor.text()
    assert list(host.folder.glob("clutch-spool/result-*")) == []


def test_a_server_killed_before_it_played_claims_again_with_its_nonce(
    host: Host, clutch: Clutch
) -> None:
    server = host.start("first")
    until(lambda: "claimed match" in server.text(), "the claim")
    server.process.kill()
    server.code()
    successor = host.start("second")
    host.bots(successor.port(), PLAYERS)
    assert successor.code() == 0, successor.text()
    assert clutch.claimed == [clutch.claimed[0]] * 2


def test_a_result_that_is_to_be_verified_counts_as_delivered(host: Host, clutch: Clutch) -> None:
    clutch.results = [(202, {"status": "pending_verification"})]
    server = host.start()
    host.bots(server.port(), PLAYERS)
    assert server.code() == 0
    assert len(clutch.reported) == 1
    assert "to be verified" in server.text()


def test_a_refused_result_is_not_sent_again(host: Host, clutch: Clutch) -> None:
    clutch.results = [(422, {"error": {"code": "match_result_conflict", "message": "no"}})]
    server = host.start()
    host.bots(server.port(), PLAYERS)
    assert server.code() == 1
    assert len(clutch.reported) == 1
    assert "not reported: 422 match_result_conflict" in server.text()
    assert len(list(host.folder.glob("clutch-spool/*.refused"))) == 1


def test_a_refused_claim_ends_the_server(host: Host, clutch: Clutch) -> None:
    clutch.claims = [(409, {"error": {"code": "conflict", "message": "claimed by another"}})]
    server = host.start()
    assert server.code() == 1
    assert (len(clutch.claimed), clutch.reported) == (1, [])


def test_a_match_to_which_not_all_come_is_abandoned(host: Host, clutch: Clutch) -> None:
    clutch.claims = [(200, {**CLAIM, "room_config": {"join_seconds": 0.6}})]
    server = host.start()
    bots = host.bots(server.port(), ["ann"])
    assert server.code() == 0, server.text()
    (result,) = clutch.reported
    assert result["outcome"] == "abandoned"
    came = [one["user_id"] for one in result["players"] if not one["left_early"]]
    assert (came, len(result["players"])) == (["ann"], 3)
    assert bots.code() == 1


def test_who_is_not_on_the_roster_is_turned_away(host: Host) -> None:
    server = host.start()
    stranger = host.bots(server.port(), ["eve"])
    assert stranger.code() == 1
    assert "not on the roster" in stranger.text()


def test_bots_give_up_at_once_when_the_server_vanishes(host: Host, clutch: Clutch) -> None:
    clutch.claims = [(200, {**CLAIM, "room_config": {"seed": 5, "speed": 0.05}})]
    server = host.start()
    bots = host.bots(server.port(), PLAYERS)
    until(lambda: "playing" in server.text(), "the match to begin")
    killed_at = time.monotonic()
    server.process.kill()
    assert bots.code() == 1
    assert time.monotonic() - killed_at < 5
    assert "the server vanished" in bots.text()


def test_a_server_that_is_given_no_match_says_so(host: Host) -> None:
    host.clutch.url = "nowhere"
    server = host.start()
    assert server.code() == 2
    assert "nothing to play" in server.text()
