"""A language school's web site: its page shows widgets, its server gets their tokens."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("page.html")
CLASSMATES = ("Mira", "Jonas", "Aiko", "Noor", "Freya")
SCOPES = ["read", "events:track", "marketplace:purchase", "items:equip"]
START_SECONDS = 60.0
STOP_SECONDS = 20.0


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="scripts/widget_demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="of the web site")
    port: int = parser.parse_args().port
    with tempfile.TemporaryDirectory(prefix="clutch-widgets-") as folder:
        key = _customer(folder)
        with _clutch(folder, port + 1) as url, _api(url, key) as api:
            _enrol(api)
            with contextlib.suppress(KeyboardInterrupt), _school(api, url, port) as school:
                print(f"Open http://localhost:{port} - Ctrl-C ends it.", flush=True)
                school.serve_forever()


def _clutch_command(*words: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", *words]


def _customer(folder: str) -> str:
    """Make a database with one customer; its secret key."""
    for words in (("migrate",), ("customers", "create", "School", "--json", "--preset",
                                 "language-learning")):  # fmt: skip
        command = _clutch_command(*words, "--data-dir", folder)
        said = subprocess.run(command, env=_environment(0), check=True, capture_output=True)
    key: str = json.loads(said.stdout)["secret_key"]
    return key


@contextmanager
def _clutch(folder: str, port: int) -> Iterator[str]:
    """Clutch itself, until the block is left; its address."""
    url = f"http://{HOST}:{port}"
    command = _clutch_command("serve", "--port", str(port), "--data-dir", folder)
    child = subprocess.Popen(command, env=_environment(port))
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(url):
            if child.poll() is not None or time.monotonic() > end:
                sys.exit(f"Clutch did not start on port {port}.")
            time.sleep(0.1)
        yield url
    finally:
        child.terminate()
        child.wait(STOP_SECONDS)


def _environment(port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLUTCH_")}
    root = str(Path(__file__).parents[2])
    return kept | {"PYTHONPATH": root, "CLUTCH_PUBLIC_URL": f"http://{HOST}:{port}"}


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    return False


def _api(url: str, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30, trust_env=False)


def _enrol(api: httpx.Client) -> None:
    """A class that has learned something already, and Ann."""
    for number, name in enumerate(("Ann", *CLASSMATES)):
        user_id = name.lower()
        for lesson in range(2 + number * 5 % 7):
            event = {"event_id": f"{user_id}-{lesson}", "type": "lesson_completed"}
            api.post("/events", json=event | {"user_id": user_id}).raise_for_status()
        api.patch(f"/users/{user_id}", json={"display_name": name}).raise_for_status()


def _buddy_of(api: httpx.Client, user_id: str) -> str:
    found = api.get("/buddies", params={"user_id": user_id}).raise_for_status().json()
    return str(found["data"][0]["id"])


def _school(api: httpx.Client, url: str, port: int) -> ThreadingHTTPServer:
    """The web site: one page, and a token for whoever looks at it (always Ann)."""
    bound = {"buddy_id": _buddy_of(api, "ann"), "user_id": "ann", "scopes": SCOPES}
    page = PAGE.read_text().replace("CLUTCH_URL", url).encode()

    class School(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/token":
                made = api.post("/widget-sessions", json=bound).raise_for_status().json()
                self._answer(json.dumps({"token": made["token"]}).encode(), "application/json")
            else:
                self._answer(page, "text/html; charset=utf-8")

        def _answer(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return ThreadingHTTPServer((HOST, port), School)


if __name__ == "__main__":
    main()
