"""Whose failures are counted: the address on the socket, or what a trusted proxy says it is."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from app.customers.authentication import Authenticator
from app.kit.db import Database
from app.kit.errors import RateLimited
from tests.conftest import MASTER_KEY

PATH = "/api/v1/gates"
START_SECONDS = 30


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _serving(url: str, folder: Path, **environment: str) -> Iterator[httpx.Client]:
    """`clutch serve` as it is run, on a socket, with the limits that it has by default."""
    base = f"http://127.0.0.1:{(port := _free_port())}"
    command = [sys.executable, "-m", "app.cli", "serve", "--no-worker", "--port", str(port)]
    command += ["--data-dir", str(folder), "--database-url", url]
    settings = {"CLUTCH_MASTER_KEY": MASTER_KEY} | environment
    process = subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=base) as client:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(client):
                assert process.poll() is None, "it ended"
                assert time.monotonic() < deadline, "it does not start"
                time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def guess(customer: dict[str, Any]) -> Callable[..., list[int]]:
    """Ask with a wrong key a few times, as if forwarded for an address; the statuses."""

    def ask(client: httpx.Client, times: int, forwarded: Any = None, key: str = "x") -> list[int]:
        headers = {"Authorization": f"Bearer {key}"}
        if forwarded is not None:
            headers["X-Forwarded-For"] = forwarded
        return [client.get(PATH, headers=headers).status_code for _ in range(times)]

    return ask


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_not_a_trusted_proxy_cannot_choose_an_address(
    database_url: str,
    tmp_path: Path,
    customer: dict[str, Any],
    guess: Callable[..., list[int]],
) -> None:
    """Else a guesser would call himself somebody else at every guess."""
    with _serving(database_url, tmp_path, CLUTCH_TRUSTED_PROXIES="192.0.2.1") as client:
        refused = [guess(client, 1, f"198.51.100.{n}")[0] for n in range(22)]
        assert refused == [401] * 20 + [429] * 2
        assert guess(client, 1, "203.0.113.9", key=customer["secret_key"]) == [429]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_trusted_proxy_says_whose_failures_they_are(
    database_url: str,
    tmp_path: Path,
    customer: dict[str, Any],
    guess: Callable[..., list[int]],
) -> None:
    """Of a chain the last address counts that no trusted proxy has added itself."""
    with _serving(database_url, tmp_path, CLUTCH_TRUSTED_PROXIES="127.0.0.1") as client:
        assert guess(client, 21, "198.51.100.1") == [401] * 20 + [429]
        assert guess(client, 1, "198.51.100.2") == [401]
        spoofed = [guess(client, 1, f"203.0.113.{n}, 198.51.100.3")[0] for n in range(21)]
        assert spoofed == [401] * 20 + [429]
        assert guess(client, 1, "198.51.100.2", key=customer["secret_key"]) == [200]
        assert guess(client, 1, key=customer["secret_key"]) == [200]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_wrong_claim_codes_count_as_failures_of_the_socket(
    database_url: str, tmp_path: Path, customer: dict[str, Any]
) -> None:
    knock = {"code": "c" * 20, "room_id": "r", "process_id": "p", "claim_nonce": "n" * 16}
    headers = {"Authorization": f"Bearer {customer['secret_key']}"}
    with _serving(database_url, tmp_path) as client:
        statuses = []
        for number in range(21):
            spoofed = {"X-Forwarded-For": f"198.51.100.{number}"}
            answer = client.post("/api/v1/matches/m-1/claim", json=knock, headers=spoofed)
            statuses.append(answer.status_code)
        assert statuses == [403] * 20 + [429]
        waiting = client.get(PATH, headers=headers)
        assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "60")


async def _is_nobody(_database: Database, _principal: Any) -> bool:
    return False


async def _no_visit(_database: Database, _request: Request) -> None:
    return None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_of_an_ipv6_address_the_network_counts(database: Database) -> None:
    """Whoever has one address has 2^64 of them."""
    authenticator = Authenticator(
        database, is_live=_is_nobody, visit_of=_no_visit, failures_per_minute=20
    )
    for number in range(20):
        authenticator.refuse_suspects(f"2001:db8::{number:x}")
        authenticator.failed(f"2001:db8::{number:x}")
    with pytest.raises(RateLimited):
        authenticator.refuse_suspects("2001:db8::ffff:1")
    authenticator.refuse_suspects("2001:db8:0:1::1")
    authenticator.refuse_suspects("fe80::1%eth0")
