"""The demo's receiver, as the process that it is: it verifies, counts, refuses and is slow."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.kit.crypto import new_webhook_secret
from app.webhooks.signature import PayloadFormat, signed_headers

SCRIPT = Path(__file__).parents[2] / "scripts" / "demo_receiver.py"


class Running:
    """A receiver in its own process."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.secrets_file = directory / "secrets"
        self.out = directory / "deliveries.jsonl"
        self.process = subprocess.Popen(
            [
                *(sys.executable, str(SCRIPT), "--port", "0", "--out", str(self.out)),
                *("--secrets-file", str(self.secrets_file), *options),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        base_url = json.loads(self.process.stdout.readline())["listening"]
        self.http = httpx.Client(base_url=base_url, trust_env=False)

    def deliver(self, secret: str, delivery_id: str = "d1", **envelope: Any) -> int:
        body = json.dumps(
            {"delivery_id": delivery_id, "type": "badge.awarded", "sequence": 3, **envelope}
        ).encode()
        headers = signed_headers(
            delivery_id=delivery_id,
            event_type="badge.awarded",
            body=body,
            timestamp=int(time.time()),
            secrets=[secret],
            payload_format=PayloadFormat.ENVELOPE,
            request_id="req-1",
        )
        return self.http.post("/hook", content=body, headers=headers).status_code

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/stats").json()
        return found

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def stop(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    running: list[Running] = []

    def begin(*options: str) -> Running:
        running.append(Running(tmp_path, *options))
        return running[-1]

    yield begin
    for receiver in running:
        receiver.stop()


def test_a_delivery_is_verified_by_both_rules_and_counted_once(start: Any) -> None:
    receiver, secret = start(), new_webhook_secret()
    receiver.secrets_file.write_text(f"{new_webhook_secret()}\n{secret}\n")
    assert [receiver.deliver(secret, caused_by="match:1") for _ in range(3)] == [204] * 3
    assert receiver.deliver(secret, "d2") == 204
    assert receiver.stats() == {
        "received": 4,
        "verified": 4,
        "failed": 0,
        "refused": 0,
        "unique": 2,
        "by_type": {"badge.awarded": 2},
    }
    first, second, *_ = receiver.lines()
    assert (first["delivery_id"], first["type"]) == ("d1", "badge.awarded")
    assert (first["sequence"], first["caused_by"]) == (3, "match:1")
    assert first["verified_standard"] is True
    assert first["verified_hatched"] is True
    assert (first["first_seen"], second["first_seen"]) == (True, False)


def test_a_secret_may_become_known_after_the_first_delivery(start: Any) -> None:
    receiver, secret = start(), new_webhook_secret()
    assert receiver.deliver(secret) == 401
    receiver.secrets_file.write_text(secret)
    assert receiver.deliver(secret) == 204
    assert receiver.deliver(new_webhook_secret(), "d2") == 401
    stats = receiver.stats()
    assert (stats["received"], stats["verified"], stats["failed"]) == (3, 1, 2)
    assert stats["unique"] == 1


@pytest.mark.parametrize(
    ("missing", "standard", "hatched"),
    [("webhook-signature", False, True), ("Hatched-Signature", True, False)],
)
def test_both_rules_must_hold(start: Any, missing: str, standard: bool, hatched: bool) -> None:
    receiver, secret = start(), new_webhook_secret()
    receiver.secrets_file.write_text(secret)
    headers = signed_headers(
        delivery_id="d1",
        event_type="x",
        body=b"{}",
        timestamp=int(time.time()),
        secrets=[secret],
        payload_format=PayloadFormat.ENVELOPE,
        request_id=None,
    )
    del headers[missing]
    assert receiver.http.post("/", content=b"{}", headers=headers).status_code == 401
    (line,) = receiver.lines()
    assert (line["verified_standard"], line["verified_hatched"]) == (standard, hatched)


def test_the_first_deliveries_can_be_made_to_fail(start: Any) -> None:
    receiver, secret = start("--fail-first", "2"), new_webhook_secret()
    receiver.secrets_file.write_text(secret)
    assert [receiver.deliver(secret) for _ in range(3)] == [500, 500, 204]
    assert receiver.stats()["refused"] == 2
    assert receiver.stats()["received"] == 1


def test_answers_can_be_made_slow(start: Any) -> None:
    receiver, secret = start("--slow-ms", "150"), new_webhook_secret()
    receiver.secrets_file.write_text(secret)
    began = time.monotonic()
    assert receiver.deliver(secret) == 204
    assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe"])
def test_junk_is_counted_as_failed_and_breaks_nothing(start: Any, body: bytes) -> None:
    receiver = start()
    receiver.secrets_file.write_text(new_webhook_secret())
    assert receiver.http.post("/", content=body).status_code == 401
    assert receiver.stats()["failed"] == 1
