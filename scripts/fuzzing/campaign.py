"""One campaign of generated requests against a server of its own, on SQLite, without a worker."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from scripts.benchmark.api_server import Api, create_customer, serving
from scripts.benchmark.databases import Kind, opened

HERE = Path(__file__).parent
ROUNDS_MAX = 1000


@dataclass(slots=True)
class Outcome:
    """What came of a campaign: cases sent, unique failures, and what schemathesis printed."""

    cases: int = 0
    failures: int = 0
    rounds: int = 0
    output: list[str] = field(default_factory=list)


def run(
    folder: Path, cases: int, seed: int, examples: int, say: Callable[[str], None] = print
) -> Outcome:
    """Send at least `cases` generated requests, `examples` an operation and phase in each round.

    Each round has a seed of its own, counted up from `seed`; a round that fails is the last.

    Raises:
        RuntimeError: schemathesis itself did not work.
    """
    outcome = Outcome()
    with _furnished(folder) as (api, environment):
        while outcome.cases < cases and not outcome.failures and outcome.rounds < ROUNDS_MAX:
            _round(outcome, folder, api, environment, seed + outcome.rounds, examples)
            outcome.rounds += 1
            say(f"round {outcome.rounds}: {outcome.cases} cases, {outcome.failures} failures")
    return outcome


def _round(
    outcome: Outcome,
    folder: Path,
    api: Api,
    environment: dict[str, str],
    seed: int,
    examples: int,
) -> None:
    report = folder / f"report-{outcome.rounds}.json"
    program = [sys.executable, "-m", "schemathesis.cli"]
    done = subprocess.run(
        [
            *program,
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            f"http://127.0.0.1:{api.port}/api/v1/openapi.json",
            f"--header=Authorization: Bearer {api.key}",
            f"--max-examples={examples}",
            f"--seed={seed}",
            "--continue-on-failure",
            "--report=json",
            f"--report-json-path={report}",
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        raise RuntimeError(f"schemathesis failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found = json.loads(report.read_text())
    outcome.cases += found["test_cases"]["generated"]
    outcome.failures += len(found["failures"]) + len(found["errors"])
    outcome.output.append(done.stdout)


@contextmanager
def _furnished(folder: Path) -> Iterator[tuple[Api, dict[str, str]]]:
    """A running server with one of everything, and the environment that names it."""
    os.environ["CLUTCH_FAILED_AUTHENTICATIONS_PER_MINUTE"] = "1000000"
    with opened(Kind.SQLITE, folder) as place:
        key = create_customer(place)
        with serving(place, key) as api:
            known = _furnish(f"http://127.0.0.1:{api.port}/api/v1", key)
            yield (
                api,
                {
                    **os.environ,
                    "CLUTCH_FUZZ_OWN_KEY": known.pop("own_key_id"),
                    "CLUTCH_FUZZ_KNOWN": json.dumps(known),
                    "SCHEMATHESIS_HOOKS": "scripts.fuzzing.hooks",
                    "PYTHONPATH": str(HERE.parents[1]),
                },
            )


def _furnish(base: str, key: str) -> dict[str, str]:
    """Ids by the name of the path parameter; `own_key_id` is the key that sends the requests."""
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}) as client:

        def post(path: str, body: Any = None) -> Any:
            answer = client.post(path, json=body)
            assert answer.is_success, answer.text
            return answer.json()

        keys = client.get("/api-keys").json()["data"]
        own = next(each for each in keys if each["kind"] == "secret")
        endpoint = post("/webhook-configs", {"url": "http://127.0.0.1:1024/", "events": ["*"]})
        post("/events", {"event_id": "e-1", "user_id": "eve", "type": "match_won"})
        [buddy] = client.get("/buddies").json()["data"]
        egg = post("/eggs", {"user_id": "fay"})
        ready = post("/eggs", {"user_id": "gil"})
        client.patch(f"/eggs/{ready['egg_id']}/status", json={"status": "ready"})
        bound = {"buddy_id": buddy["id"], "user_id": "eve", "scopes": ["read"]}
        return {
            "own_key_id": own["key_id"],
            "key_id": post("/api-keys", {"label": "spare"})["key_id"],
            "endpoint_id": endpoint["id"],
            "buddy_id": buddy["id"],
            "egg_id": egg["egg_id"],
            "operation_id": post(f"/eggs/{ready['egg_id']}/hatch")["operation_id"],
            "version_id": post("/config-versions", {"document": {}})["id"],
            "session_id": post("/widget-sessions", bound)["session_id"],
            "delivery_id": client.get("/webhook-deliveries").json()["data"][0]["id"],
        }
