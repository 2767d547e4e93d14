"""Generated requests find no answer that the served OpenAPI does not promise."""

from pathlib import Path

import pytest

from scripts.fuzzing import campaign

CASES = 1000
SEED = 1
EXAMPLES = 2


@pytest.mark.timeout(400)
def test_every_answer_to_generated_requests_is_as_promised(tmp_path: Path) -> None:
    """On SQLite alone, for the time it takes; `scripts/fuzz` sends many times as many."""
    outcome = campaign.run(tmp_path, CASES, SEED, EXAMPLES)
    assert outcome.cases >= CASES
    assert outcome.failures == 0, outcome.output[-1]
