"""Generated requests find no answer that the served OpenAPI does not promise."""

from pathlib import Path

import pytest

from scripts.fuzzing import campaign
from tests.factories import Api

CASES = 1000
SEED = 1
EXAMPLES = 2


@pytest.mark.timeout(400)
def test_every_answer_to_generated_requests_is_as_promised(tmp_path: Path) -> None:
    """On SQLite alone, for the time it takes; `scripts/fuzz` sends many times as many."""
    outcome = campaign.run(tmp_path, CASES, SEED, EXAMPLES)
    assert outcome.cases >= CASES
    assert outcome.failures == 0, outcome.output[-1]


async def test_405_names_every_method_of_the_path(api: Api) -> None:
    answer = await api.call("OPTIONS", "/api-keys")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"
