"""Logs: one JSON line each, wherever standard error leads at that moment."""

import contextlib
import io
import json
from collections.abc import Iterator

import pytest
import structlog

from app.kit.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_logger_outlives_the_redirection_that_it_began_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A log line that raised once stopped the lane for good."""
    gone = io.StringIO()
    with contextlib.redirect_stderr(gone):
        configure_logs()
        log = structlog.get_logger()
        log.info("first")
        assert json.loads(gone.getvalue())["event"] == "first"
    gone.close()
    log.warning("second", number=2)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["number"]) == ("second", "warning", 2)
    assert line["timestamp"].endswith("Z")
