"""Time enters the program here and nowhere else."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant: aware, UTC, whole milliseconds."""
        present = datetime.now(UTC)
        return present.replace(microsecond=present.microsecond // 1000 * 1000)


def to_milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC; how both databases keep an instant."""
    return (instant - EPOCH) // MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """The aware UTC instant of a stored number of milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_text(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`, as the API and the webhooks write it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
