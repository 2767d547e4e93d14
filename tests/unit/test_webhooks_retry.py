"""What follows a delivery attempt: a table for decisions, laws for the schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.egress_errors import ErrorClass
from app.webhooks.retry import (
    ATTEMPTS_MAX,
    Attempt,
    Outcome,
    Verdict,
    classify,
    judge,
    retry_after_seconds,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MIDDLE = 0.5  # no jitter


def after(attempt: Attempt, attempts_made: int = 1, chance: float = MIDDLE) -> Verdict:
    return judge(attempt, attempts_made=attempts_made, now=NOW, chance=chance)


@pytest.mark.parametrize(
    ("attempt", "outcome", "error"),
    [
        (Attempt(200), Outcome.SUCCEEDED, None),
        (Attempt(204), Outcome.SUCCEEDED, None),
        (Attempt(299), Outcome.SUCCEEDED, None),
        (Attempt(301), Outcome.RETRY, "redirect:301"),
        (Attempt(304), Outcome.RETRY, "redirect:304"),
        (Attempt(400), Outcome.RETRY, "http_status:400"),
        (Attempt(401), Outcome.RETRY, "http_status:401"),
        (Attempt(404), Outcome.RETRY, "http_status:404"),
        (Attempt(410), Outcome.PAUSE_ENDPOINT, "http_status:410"),
        (Attempt(429), Outcome.RETRY, "http_status:429"),
        (Attempt(500), Outcome.RETRY, "http_status:500"),
        (Attempt(503), Outcome.RETRY, "http_status:503"),
        (Attempt(999), Outcome.RETRY, "http_status:999"),
        *((Attempt(None, kind), Outcome.RETRY, kind.value) for kind in ErrorClass),
        (Attempt(None), Outcome.RETRY, "protocol"),
    ],
)
def test_a_first_attempt_is_judged(attempt: Attempt, outcome: Outcome, error: str | None) -> None:
    verdict = after(attempt)
    assert (verdict.outcome, verdict.error) == (outcome, error)
    assert (verdict.due_at is not None) == (outcome == Outcome.RETRY)


@pytest.mark.parametrize(
    ("attempts_made", "delay_seconds"),
    [(1, 5), (2, 30), (3, 300), (4, 1800), (5, 7200), (6, 18000), (7, 36000)],
)
def test_the_schedule_is_the_promised_one(attempts_made: int, delay_seconds: int) -> None:
    failed = Attempt(500)
    assert after(failed, attempts_made).due_at == NOW + timedelta(seconds=delay_seconds)
    assert after(failed, attempts_made, 0.0).due_at == NOW + timedelta(seconds=delay_seconds * 0.9)
    latest = after(failed, attempts_made, 0.999999).due_at
    assert latest is not None
    assert latest <= NOW + timedelta(seconds=delay_seconds * 1.1)


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (Attempt(500), Outcome.FAILED),
        (Attempt(302), Outcome.FAILED),
        (Attempt(None, ErrorClass.TIMEOUT), Outcome.FAILED),
        (Attempt(429, None, 30), Outcome.FAILED),
        (Attempt(410), Outcome.PAUSE_ENDPOINT),
        (Attempt(200), Outcome.SUCCEEDED),
    ],
)
def test_the_eighth_attempt_is_the_last(attempt: Attempt, outcome: Outcome) -> None:
    assert ATTEMPTS_MAX == 8
    verdict = after(attempt, 8)
    assert (verdict.outcome, verdict.due_at) == (outcome, None)


@pytest.mark.parametrize(
    ("status", "wished", "waited"),
    [
        (429, 60, 60),
        (503, 60, 60),
        (503, 3600, 3600),
        (503, 3601, 3600),
        (429, 10**9, 3600),
        (429, 1, 5),  # never sooner than the schedule
        (429, None, 5),
        (500, 60, 5),
        (404, 60, 5),
        (302, 60, 5),
    ],
)
def test_a_receiver_may_ask_for_up_to_an_hour(
    status: int, wished: float | None, waited: int
) -> None:
    assert after(Attempt(status, None, wished)).due_at == NOW + timedelta(seconds=waited)


def test_a_receiver_cannot_hasten_a_late_retry() -> None:
    assert after(Attempt(429, None, 1), 7).due_at == NOW + timedelta(hours=10)


@given(
    st.one_of(st.none(), st.integers(100, 999)),
    st.one_of(st.none(), st.floats(0, 1e12)),
    st.integers(1, 20),
    st.floats(0, 1, exclude_max=True),
)
def test_every_attempt_has_a_verdict_within_the_schedules_bounds(
    status: int | None, wished: float | None, attempts_made: int, chance: float
) -> None:
    verdict = after(Attempt(status, None, wished), attempts_made, chance)
    assert (verdict.error is None) == (verdict.outcome == Outcome.SUCCEEDED)
    if verdict.due_at is not None:
        assert timedelta(seconds=4.5) <= verdict.due_at - NOW <= timedelta(hours=11)


@pytest.mark.parametrize(
    ("attempt", "kind"),
    [
        (Attempt(204), None),
        (Attempt(308), ErrorClass.REDIRECT),
        (Attempt(100), ErrorClass.HTTP_STATUS),
        (Attempt(410), ErrorClass.HTTP_STATUS),
        (Attempt(None, ErrorClass.DNS), ErrorClass.DNS),
    ],
)
def test_each_attempt_has_one_error_class(attempt: Attempt, kind: ErrorClass | None) -> None:
    assert classify(attempt) == kind


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("9" * 500, 999999999999),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60),
        ("Fri, 02 Jan 2026 03:03:05 GMT", 0),
        ("Friday, 02-Jan-26 03:05:05 GMT", 60),
        ("Fri, 02 Jan 2026 03:05:05 -0000", 60),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("Fri, 99 Jan 2026 03:05:05 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header: str | None, seconds: int | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds
