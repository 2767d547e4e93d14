"""The few events that may not be taken in, a row for each refusal in its order."""

from datetime import datetime, timedelta

import pytest

from app.engine.decide import Decision, Refusal, decide
from app.engine.state import BuddyState
from tests.unit.engine_support import SECRET, at, config, event


def outcome(
    kind: str, unknown: str, occurred_at: datetime, received_at: datetime
) -> Decision | Refusal:
    rules = config(unknown_events=unknown, match_mapping=[])
    happened = event(kind, occurred_at, received_at=received_at)
    return decide(rules, BuddyState.fresh(), happened, draw_secret=SECRET)


@pytest.mark.parametrize(
    ("kind", "unknown", "ahead", "expected"),
    [
        ("play", "count", timedelta(0), None),
        ("play", "reject", timedelta(minutes=5), None),
        ("play", "count", timedelta(minutes=5, milliseconds=1), "/occurred_at"),
        ("dance", "count", timedelta(0), None),
        ("Dance.now:v-2", "count", timedelta(0), None),
        ("dance", "reject", timedelta(0), "/type"),
        ("dance", "reject", timedelta(days=1), "/type"),
        ("", "count", timedelta(0), "/type"),
        ("x" * 65, "count", timedelta(0), "/type"),
        ("nul\0", "count", timedelta(0), "/type"),
        ("\ud800", "count", timedelta(0), "/type"),
        ("play\n", "count", timedelta(0), "/type"),
    ],
)
def test_an_event_is_refused_for_its_type_before_its_time(
    kind: str, unknown: str, ahead: timedelta, expected: str | None
) -> None:
    answer = outcome(kind, unknown, at() + ahead, at())
    if expected is None:
        assert isinstance(answer, Decision)
        assert answer.state.counters == {kind: 1}
    else:
        assert isinstance(answer, Refusal)
        assert answer.path == expected
        registered = unknown == "count" or expected != "/type"
        assert answer.code == ("validation_failed" if registered else "event_type_not_registered")
