"""When an endpoint that only fails is left alone for a while, and for how long. Pure.

After some failures in a row nothing is sent there; when the rest is over one delivery probes. What
waits meanwhile loses none of its attempts. The longer an endpoint has been failing, the longer it
rests; one success closes the circuit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES_TO_OPEN = 10
REST_MIN = timedelta(seconds=5)
REST_MAX = timedelta(minutes=5)
PART_OF_FAILING = 4  # rests last a quarter of the time that it has been failing


@dataclass(frozen=True, slots=True)
class Condition:
    """How an endpoint is doing: failures since the last success, and since when."""

    failures: int
    failing_since: datetime | None
    circuit_until: datetime | None


WELL = Condition(0, None, None)


def after_failures(before: Condition, count: int, at: datetime) -> Condition:
    """The condition after `count` more failures in a row, the last one at `at`."""
    failures = before.failures + count
    since = before.failing_since or at
    if failures < FAILURES_TO_OPEN:
        return Condition(failures, since, None)
    rest = min(max((at - since) / PART_OF_FAILING, REST_MIN), REST_MAX)
    return Condition(failures, since, at + rest)
