"""Every process of the main job dies by SIGKILL at random moments, and nothing comes of it.

`scripts/kill_rounds` does it and says what is wrong; its seed stands in what it prints.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).parents[2] / "scripts" / "faults"
ROUNDS = {"sqlite": 20, "postgres": 5}
CAMPAIGN_SECONDS = 240
STOP_SECONDS = 25


@pytest.mark.faults
@pytest.mark.timeout(CAMPAIGN_SECONDS + 2 * STOP_SECONDS)
def test_whoever_is_killed_nothing_is_lost_and_nothing_counts_twice(
    database_url: str, tmp_path: Path
) -> None:
    kind = "sqlite" if database_url.startswith("sqlite") else "postgres"
    where = ["--database-url", database_url] if kind == "postgres" else []
    words = ["--rounds", str(ROUNDS[kind]), "--database", kind, *where]
    story = tmp_path / "story.txt"
    with story.open("w") as said:
        campaign = subprocess.Popen(
            [sys.executable, str(CAMPAIGN), "--json", "--data-dir", str(tmp_path / "home"), *words],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        out, _ = campaign.communicate(timeout=CAMPAIGN_SECONDS)
    finally:
        campaign.terminate()
        campaign.wait(STOP_SECONDS)
    assert campaign.returncode == 0, f"{out}\n{story.read_text()}"
    counts = json.loads(out)
    assert counts["wrong"] == []
    assert sum(counts["killed"].values()) >= ROUNDS[kind]
    assert counts["applied"] > 0
    assert counts["deliveries"] > counts["events"] > 0
