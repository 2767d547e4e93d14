"""Stages two and three of a delivery: it is sent, and what came back is judged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.kit.egress import TOTAL_SECONDS, Answer, Egress
from app.kit.egress_errors import EgressError, ErrorClass
from app.webhooks.claiming import Prepared
from app.webhooks.retry import Attempt, Outcome, Verdict, classify, judge, retry_after_seconds
from app.webhooks.signature import signed_headers


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt that was made; `answer` is the beginning of the body, at most 4 KiB."""

    prepared: Prepared
    started_at: datetime
    ended_at: datetime
    duration_ms: int
    status: int | None
    error_class: ErrorClass | None
    retry_after_seconds: float | None
    answer: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """An attempt and what follows from it; `error` is the class to log, None for a success."""

    sent: Sent
    verdict: Verdict
    error: ErrorClass | None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.verdict.outcome == Outcome.SUCCEEDED


async def send(
    egress: Egress,
    prepared: Prepared,
    now: Callable[[], datetime],
    seconds: Callable[[], float],
    *,
    total_seconds: float = TOTAL_SECONDS,
) -> Sent:
    """Sign and send a delivery once; no answer is a result too.

    Args:
        now: says what time it is.
        seconds: a clock that only goes forward, for the duration.
        total_seconds: how long it may last.
    """
    started_at, began = now(), seconds()
    headers = signed_headers(
        delivery_id=prepared.delivery_id,
        event_type=prepared.type,
        body=prepared.body,
        timestamp=int(started_at.timestamp()),
        secrets=prepared.target.secrets,
        payload_format=prepared.target.payload_format,
        request_id=prepared.request_id,
    )
    answer: Answer | None = None
    error_class: ErrorClass | None = None
    try:
        answer = await egress.post(
            prepared.target.url, headers=headers, body=prepared.body, total_seconds=total_seconds
        )
    except EgressError as error:
        error_class = error.kind
    ended_at = now()
    return Sent(
        prepared,
        started_at,
        ended_at,
        round(1000 * (seconds() - began)),
        answer.status if answer else None,
        error_class,
        retry_after_seconds(answer.retry_after, ended_at) if answer else None,
        _text(answer.body_start) if answer else None,
        answer.address if answer else None,
    )


def judged(sent: Sent, chance: float) -> Judged:
    """Decide what follows; `chance` in [0, 1) spreads retries. Pure."""
    attempt = Attempt(sent.status, sent.error_class, sent.retry_after_seconds)
    attempts_made = sent.prepared.attempts - sent.prepared.attempts_before + 1
    verdict = judge(attempt, attempts_made=attempts_made, now=sent.ended_at, chance=chance)
    return Judged(sent, verdict, classify(attempt))


def _text(body: bytes) -> str:
    # PostgreSQL keeps no U+0000 in a text.
    return body.decode("utf-8", "replace").replace("\x00", "\ufffd")
