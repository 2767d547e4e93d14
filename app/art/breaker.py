"""Stops asking a provider that keeps failing. Time is an argument."""

from collections.abc import Callable
from dataclasses import dataclass

FAILURES_MAX = 5
REST_SECONDS = 30.0


@dataclass(slots=True)
class Breaker:
    """Opens after `failures_max` failures in a row; then one probe every `rest_seconds`.

    `now` is a clock in seconds that never goes back.
    """

    now: Callable[[], float]
    failures_max: int = FAILURES_MAX
    rest_seconds: float = REST_SECONDS
    _failures: int = 0
    _quiet_until: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the provider is being left alone."""
        return self._failures >= self.failures_max

    @property
    def is_resting(self) -> bool:
        """Whether nobody would be let in now."""
        return self.is_open and self.now() < self._quiet_until

    def admits(self) -> bool:
        """Whether to ask now. Of those who may probe an open breaker the first alone is let in."""
        if self.is_resting:
            return False
        if self.is_open:
            self._quiet_until = self.now() + self.rest_seconds
        return True

    def succeeded(self) -> None:
        """The provider answered."""
        self._failures = 0

    def failed(self) -> None:
        """The provider did not answer as it should."""
        self._failures += 1
        if self.is_open:
            self._quiet_until = self.now() + self.rest_seconds
