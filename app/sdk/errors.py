"""What a call can fail with. Branch on the class or on `code`, never on the message.

HatchedError
├── AuthError
│   ├── UnauthorizedError 401
│   ├── ForbiddenError 403
│   ├── PublishableKeyScopeError 403      also raised before anything is sent
│   └── PlanFeatureLockedError 403
├── NotFoundError 404
├── ValidationError 422
├── RateLimitError 429
├── InsufficientBalanceError 400
├── TooManyItemsError 400
├── CategoryConflictError 400
├── ConflictError 409 ── ConfigVersionMismatchError
├── CreditInsufficientError 402
├── EventQuotaExceededError 402
├── UpstreamImageError 502
├── NoAnswerError ── RequestTimeoutError  status 0: nothing came back
├── UnexpectedAnswerError                 an answer that this version cannot read
└── WaitTimeoutError                      an operation took longer than it was waited for
"""

from collections.abc import Mapping
from typing import Any, TypedDict

import httpx

from .results import Operation


class CreditInsufficientDetails(TypedDict, total=False):
    """What a picture costs and what is left, by pool."""

    required: int
    available: int
    welcome: int
    paid: int
    promo: int
    upgrade_url: str
    top_up_url: str


class EventQuotaExceededDetails(TypedDict, total=False):
    """How far the month's quota is used; `reset_at` is the first instant of the next month."""

    used: int
    limit: int
    reset_at: str
    upgrade_url: str


class PlanFeatureLockedDetails(TypedDict, total=False):
    """Which plan has the feature."""

    feature: str
    required_plan: str
    current_plan: str
    upgrade_url: str


class HatchedError(Exception):
    """The base of all errors of the SDK.

    `status` is the HTTP status (0 where there was no answer), `code` a stable name, `request_id`
    what the server's logs know the request by.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        details: Mapping[str, Any] | None = None,
        request_id: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.details: Mapping[str, Any] = details or {}
        self.request_id = request_id
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        asked = "" if self.request_id is None else f", request {self.request_id}"
        return f"{self.message} ({self.code}{asked})"


class AuthError(HatchedError):
    """The credential will not do."""


class UnauthorizedError(AuthError):
    """The key is missing, wrong, expired or revoked."""


class ForbiddenError(AuthError):
    """The key may not do this; `details` names the scope or the capability."""


class PublishableKeyScopeError(AuthError):
    """A publishable key may not do this."""


class PlanFeatureLockedError(AuthError):
    """The plan does not include the feature."""

    details: PlanFeatureLockedDetails


class NotFoundError(HatchedError):
    """There is no such thing; `details` has `resource` and `id`."""


class ValidationError(HatchedError):
    """The request is refused for its contents and changed nothing; see `fields`."""

    @property
    def fields(self) -> list[dict[str, str]]:
        """Every fault as `{path, message}`; empty where the code alone says it."""
        found: list[dict[str, str]] = self.details.get("fields", [])
        return found


class RateLimitError(HatchedError):
    """Too many requests; try again after `retry_after_seconds`."""


class InsufficientBalanceError(HatchedError):
    """The buddy has fewer tokens; `details` has `token, required, available`."""


class TooManyItemsError(HatchedError):
    """A buddy wears at most `details["max"]` items; `details["attempted"]` were asked for."""


class CategoryConflictError(HatchedError):
    """Two items of one category; `details` has `category` and `conflicting_item_ids`."""


class ConflictError(HatchedError):
    """The thing is in a state that does not allow this; `details` says which."""


class ConfigVersionMismatchError(ConflictError):
    """The buddy is pinned to another version of the rules than expected."""


class CreditInsufficientError(HatchedError):
    """No pool has the credits that this picture costs."""

    details: CreditInsufficientDetails


class EventQuotaExceededError(HatchedError):
    """The month's events are used up."""

    details: EventQuotaExceededDetails


class UpstreamImageError(HatchedError):
    """The provider of pictures is away; nothing was written."""


class NoAnswerError(HatchedError):
    """The server could not be reached, or the connection broke. `__cause__` is the fault."""


class RequestTimeoutError(NoAnswerError, TimeoutError):
    """No answer within the timeout; what was asked may have happened nonetheless."""


class UnexpectedAnswerError(HatchedError):
    """The answer is none that this version of the SDK can read."""


class WaitTimeoutError(HatchedError, TimeoutError):
    """The operation did not end in time; it goes on, and `operation` is how it stood."""

    def __init__(self, operation: Operation, timeout_ms: int, request_id: str | None) -> None:
        super().__init__(
            f"The operation {operation.operation_id} did not end within {timeout_ms} ms.",
            status=0,
            code="wait_timeout",
            request_id=request_id,
        )
        self.operation = operation


BY_CODE: Mapping[str, type[HatchedError]] = {
    "unauthorized": UnauthorizedError,
    "forbidden": ForbiddenError,
    "capability_disabled": ForbiddenError,
    "publishable_key_scope": PublishableKeyScopeError,
    "plan_feature_locked": PlanFeatureLockedError,
    "insufficient_balance": InsufficientBalanceError,
    "too_many_items": TooManyItemsError,
    "category_conflict": CategoryConflictError,
    "credit_insufficient": CreditInsufficientError,
    "event_quota_exceeded": EventQuotaExceededError,
    "config_version_mismatch": ConfigVersionMismatchError,
    "upstream_image_error": UpstreamImageError,
}
BY_STATUS: Mapping[int, type[HatchedError]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    429: RateLimitError,
}


def error_of(answer: httpx.Response) -> HatchedError:
    """The error that an answer tells of; also where something else than the API answered."""
    try:
        told = answer.json()["error"]
        code, message, details = str(told["code"]), str(told["message"]), told.get("details")
    except (ValueError, KeyError, TypeError, AttributeError):
        told, code, details = {}, f"http_{answer.status_code}", None
        message = f"The server answered {answer.status_code} without saying why."
    kind = BY_CODE.get(code) or BY_STATUS.get(answer.status_code, HatchedError)
    return kind(
        message,
        status=answer.status_code,
        code=code,
        details=details if isinstance(details, dict) else None,
        request_id=told.get("requestId") or answer.headers.get("X-Request-Id"),
        retry_after_seconds=retry_after_of(answer),
    )


def retry_after_of(answer: httpx.Response) -> float | None:
    """Seconds of `Retry-After`; None where there is none, or a date."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
