"""What follows a delivery attempt: done, again later, given up, or the endpoint paused. Pure."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from app.kit.egress_errors import ErrorClass

DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
ATTEMPTS_MAX = len(DELAYS) + 1
JITTER = 0.1
RETRY_AFTER_SECONDS_MAX = 3600.0
GONE = 410
STATUSES_WITH_RETRY_AFTER = (429, 503)


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    RETRY = "retry"
    FAILED = "failed"
    PAUSE_ENDPOINT = "pause_endpoint"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try as the wire saw it: a status, or the class of the error that took its place."""

    status: int | None
    error_class: ErrorClass | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to record; `due_at` is set exactly when the outcome is `retry`."""

    outcome: Outcome
    due_at: datetime | None = None
    error: str | None = None


def judge(attempt: Attempt, *, attempts_made: int, now: datetime, chance: float) -> Verdict:
    """Decide what follows an attempt.

    Args:
        attempts_made: how many attempts this delivery has had, this one included; from 1.
        now: when the attempt ended; aware.
        chance: a number in [0, 1) that spreads retries over ±10 % of their delay.
    """
    if attempt.status is not None and 200 <= attempt.status < 300:
        return Verdict(Outcome.SUCCEEDED)
    error = _describe(attempt)
    if attempt.status == GONE:
        return Verdict(Outcome.PAUSE_ENDPOINT, error=error)
    if attempts_made >= ATTEMPTS_MAX:
        return Verdict(Outcome.FAILED, error=error)
    delay = delay_after(attempts_made, chance)
    if attempt.status in STATUSES_WITH_RETRY_AFTER and attempt.retry_after_seconds is not None:
        wished = min(attempt.retry_after_seconds, RETRY_AFTER_SECONDS_MAX)
        delay = max(delay, timedelta(seconds=wished))
    return Verdict(Outcome.RETRY, due_at=now + delay, error=error)


def delay_after(attempts_made: int, chance: float) -> timedelta:
    """Return the wait after the nth failed attempt, n from 1 to 7, with its jitter."""
    return DELAYS[attempts_made - 1] * (1 + JITTER * (2 * chance - 1))


def classify(attempt: Attempt) -> ErrorClass | None:
    """Return the class to record for an attempt; None when it succeeded."""
    if attempt.status is None:
        return attempt.error_class or ErrorClass.PROTOCOL
    if 200 <= attempt.status < 300:
        return None
    return ErrorClass.REDIRECT if 300 <= attempt.status < 400 else ErrorClass.HTTP_STATUS


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` value (RFC 9110 §10.2.3): seconds, or an HTTP date seen from `now`.

    Returns None where there is none or it makes no sense; never a negative number.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _describe(attempt: Attempt) -> str:
    kind = classify(attempt)
    assert kind is not None
    return kind.value if attempt.status is None else f"{kind.value}:{attempt.status}"
