"""A webhook receiver that believes nothing: every delivery is verified twice, by two rules.

Once by the published `standardwebhooks` library, once by the `t=<unix>,v1=<hex>` rule written here
from its description, sharing no code with the sender. One JSON line a delivery goes to `--out`;
`GET /stats` sums up. Deliveries that cannot be verified are answered 401, so the sender tries
again; the secrets file (one `whsec_…` a line) is read again whenever it changes.
"""

import argparse
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

BODY_BYTES_MAX = 4 * 1024 * 1024
TOLERANCE_SECONDS = 300


class Secrets:
    """The secrets in a file that may appear later and change at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._texts: list[str] = []

    def read(self) -> list[str]:
        """Return the secrets of the file as it is now; none while it does not exist."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return []
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            self._texts = [line.strip() for line in self._path.read_text().splitlines()]
            self._texts = [text for text in self._texts if text]
            self._stamp = stamp
        return self._texts


class Tally:
    """What came in so far, and the file it is written to; used by many threads."""

    def __init__(self, out: Path, fail_first: int) -> None:
        self._lock = threading.Lock()
        self._out = out.open("a", buffering=1)
        self._seen: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._by_type: Counter[str] = Counter()
        self._failures_left = fail_first

    def refuses(self) -> bool:
        """Say whether this request is one of the first, which are to fail."""
        with self._lock:
            if self._failures_left <= 0:
                return False
            self._failures_left -= 1
            self._counts["refused"] += 1
            return True

    def record(self, line: dict[str, Any]) -> None:
        """Count one delivery and write its line."""
        verified = line["verified_standard"] and line["verified_hatched"]
        with self._lock:
            self._counts["received"] += 1
            self._counts["verified" if verified else "failed"] += 1
            if verified:
                line["first_seen"] = line["delivery_id"] not in self._seen
                self._seen.add(line["delivery_id"])
                self._by_type[str(line["type"])] += line["first_seen"]
            self._out.write(json.dumps(line) + "\n")

    def stats(self) -> dict[str, Any]:
        """Sum up; `unique` and `by_type` count verified deliveries once each."""
        with self._lock:
            names = ("received", "verified", "failed", "refused")
            return {name: self._counts[name] for name in names} | {
                "unique": len(self._seen),
                "by_type": dict(sorted(self._by_type.items())),
            }


def verified_standard(body: bytes, headers: Mapping[str, str], secrets: list[str]) -> bool:
    """Ask the published library."""
    for secret in secrets:
        try:
            Webhook(secret).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False


def verified_hatched(body: bytes, header: str, secrets: list[str], now: float) -> bool:
    """Apply the rule: `v1` is the hex HMAC-SHA256 of `t.body` under the secret's text."""
    fields = [part.partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in fields if name == "t" and value.isdigit()]
    marks = [value for name, _, value in fields if name == "v1" and value.isascii()]
    if len(stamps) != 1 or abs(now - int(stamps[0])) > TOLERANCE_SECONDS:
        return False
    message = stamps[0].encode() + b"." + body
    own = [hmac.new(s.encode(), message, hashlib.sha256).hexdigest() for s in secrets]
    return any(hmac.compare_digest(mark, expected) for mark in marks for expected in own)


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, secrets: Secrets, tally: Tally, slow_seconds: float) -> None:
        super().__init__(("127.0.0.1", port), Delivery)
        self.secrets = secrets
        self.tally = tally
        self.slow_seconds = slow_seconds


class Delivery(BaseHTTPRequestHandler):
    """One connection; deliveries are POSTs to any path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Receiver

    def do_GET(self) -> None:
        if self.path == "/stats":
            self._answer(200, json.dumps(self.server.tally.stats()).encode())
        else:
            self._answer(404)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            self._answer(413)
            return
        body = self.rfile.read(int(length))
        if self.server.slow_seconds:
            time.sleep(self.server.slow_seconds)
        if self.server.tally.refuses():
            self._answer(500)
            return
        line = self._examine(body)
        self.server.tally.record(line)
        trusted = line["verified_standard"] and line["verified_hatched"]
        self._answer(204 if trusted else 401)

    def _examine(self, body: bytes) -> dict[str, Any]:
        secrets = self.server.secrets.read()
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        envelope = document if isinstance(document, dict) else {}
        hatched = headers.get("hatched-signature", "")
        return {
            "delivery_id": envelope.get("delivery_id"),
            "type": envelope.get("type"),
            "verified_standard": verified_standard(body, headers, secrets),
            "verified_hatched": verified_hatched(body, hatched, secrets, time.time()),
            "sequence": envelope.get("sequence"),
            "caused_by": envelope.get("caused_by"),
            "first_seen": False,
            "received_at": time.time(),
            "request_id": headers.get("x-request-id"),
            "data": envelope.get("data"),
        }

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the lines in the file are the log."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True, help="0 for any; printed when ready")
    parser.add_argument("--secrets-file", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fail-first", type=int, default=0, help="answer 500 to the first N")
    parser.add_argument("--slow-ms", type=int, default=0, help="wait before each answer")
    chosen = parser.parse_args()
    tally = Tally(chosen.out, chosen.fail_first)
    receiver = Receiver(chosen.port, Secrets(chosen.secrets_file), tally, chosen.slow_ms / 1000)
    print(json.dumps({"listening": f"http://127.0.0.1:{receiver.server_port}"}), flush=True)
    try:
        receiver.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        receiver.server_close()


if __name__ == "__main__":
    main()
