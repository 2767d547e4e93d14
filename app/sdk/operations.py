"""What takes a while: asked for, and waited for."""

# mypy: disable-error-code="empty-body"
# Bodies are empty because the signature is the call; see `calls`.

import warnings
from typing import Protocol

from .calls import M, Resource, call, procedure
from .errors import WaitTimeoutError
from .exchange import Exchange, Pause, Steps
from .results import Operation

HOLD_MS_MAX = 25_000
ENDED = ("completed", "failed")


class Started(Protocol):
    """What a call that starts an operation answers."""

    @property
    def operation_id(self) -> str | None: ...


def _wait(
    exchange: Exchange,
    operation: str | Started,
    *,
    timeout_ms: int = 30_000,
    interval_ms: int = 2_000,
) -> Steps[Operation]:
    """Wait until an operation is `completed` or `failed`; take its id, or what started it.

    It is asked about every `interval_ms` at most; the server holds each answer until the
    operation ends, so the end is seen at once. Raises WaitTimeoutError after `timeout_ms`; the
    operation goes on.
    """
    operation_id = operation if isinstance(operation, str) else operation.operation_id
    if operation_id is None:
        raise ValueError("there is no operation: nothing had to be drawn")
    get = Operations.get
    started = exchange.clock()
    while True:
        asked = exchange.clock()
        left_ms = max(0, timeout_ms - round((asked - started) * 1000))
        hold_ms = min(interval_ms, left_ms, HOLD_MS_MAX, exchange.timeout_ms // 2)
        found = yield from get.steps(exchange, operation_id, wait_ms=hold_ms)
        if found.status in ENDED:
            return found
        now = exchange.clock()
        if (now - started) * 1000 >= timeout_ms:
            raise WaitTimeoutError(found, timeout_ms, exchange.last_request_id)
        until = min(asked + interval_ms / 1000, started + timeout_ms / 1000)
        if until > now:
            yield Pause(until - now)


def _wait_for_completion(
    exchange: Exchange,
    operation: str | Started,
    *,
    timeout: int = 30_000,
    interval: int = 2_000,
) -> Steps[Operation]:
    """Deprecated: use `wait`. Both times are in milliseconds."""
    warnings.warn("use operations.wait", DeprecationWarning, stacklevel=3)
    return _wait(exchange, operation, timeout_ms=timeout, interval_ms=interval)


class Operations(Resource[M]):
    """What takes a while: hatching, evolving, drawing."""

    @call("GET", "/operations/{operation_id}", is_publishable=True)
    def get(self, operation_id: str, *, wait_ms: int | None = None) -> Operation:
        """Read an operation; with `wait_ms` (at most 25,000) the answer waits for its end."""

    wait = procedure(_wait)
    wait_for_completion = procedure(_wait_for_completion)
