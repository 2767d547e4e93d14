"""What became of the attempts of this process, as plain numbers and as log lines."""

from collections import defaultdict

import structlog

from app.kit.egress_errors import ErrorClass
from app.kit.tally import Spread
from app.webhooks.retry import Outcome
from app.webhooks.sending import Judged

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
log = structlog.get_logger()


class Tally:
    """Durations in seconds, by outcome and class of error (`none` for a success)."""

    def __init__(self) -> None:
        self.durations: defaultdict[tuple[Outcome, str], Spread] = defaultdict(
            lambda: Spread(SECONDS)
        )

    def add(self, attempt: Judged) -> None:
        """Count one attempt."""
        error = attempt.error.value if attempt.error else "none"
        self.durations[attempt.verdict.outcome, error].add(attempt.sent.duration_ms / 1000)


def log_attempt(attempt: Judged) -> None:
    """One line an attempt, with the id of the request that caused it; failures are warnings."""
    sent = attempt.sent
    write = log.info if attempt.succeeded else log.warning
    error: ErrorClass | None = attempt.error
    write(
        "webhook_attempt",
        request_id=sent.prepared.request_id,
        delivery_id=sent.prepared.delivery_id,
        endpoint_id=sent.prepared.endpoint_id,
        type=sent.prepared.type,
        attempt=sent.prepared.attempts + 1,
        outcome=attempt.verdict.outcome.value,
        status=sent.status,
        error=error.value if error else None,
        duration_ms=sent.duration_ms,
    )
