"""The Python client of the API. It needs httpx and nothing else of this project.

    from app.sdk import HatchedClient

`webhooks` verifies what is received, `gameserver` reports matches; both need nothing at all.
"""

from .client import AsyncHatchedClient, HatchedClient, Options
from .errors import (
    AuthError,
    CategoryConflictError,
    ConfigVersionMismatchError,
    ConflictError,
    CreditInsufficientError,
    EventQuotaExceededError,
    ForbiddenError,
    HatchedError,
    InsufficientBalanceError,
    NoAnswerError,
    NotFoundError,
    PlanFeatureLockedError,
    PublishableKeyScopeError,
    RateLimitError,
    RequestTimeoutError,
    TooManyItemsError,
    UnauthorizedError,
    UnexpectedAnswerError,
    UpstreamImageError,
    ValidationError,
    WaitTimeoutError,
)
from .webhooks import WebhookEvent, WebhookRejected, WebhookVerifier, verify_signature

__all__ = [
    "AsyncHatchedClient",
    "AuthError",
    "CategoryConflictError",
    "ConfigVersionMismatchError",
    "ConflictError",
    "CreditInsufficientError",
    "EventQuotaExceededError",
    "ForbiddenError",
    "HatchedClient",
    "HatchedError",
    "InsufficientBalanceError",
    "NoAnswerError",
    "NotFoundError",
    "Options",
    "PlanFeatureLockedError",
    "PublishableKeyScopeError",
    "RateLimitError",
    "RequestTimeoutError",
    "TooManyItemsError",
    "UnauthorizedError",
    "UnexpectedAnswerError",
    "UpstreamImageError",
    "ValidationError",
    "WaitTimeoutError",
    "WebhookEvent",
    "WebhookRejected",
    "WebhookVerifier",
    "verify_signature",
]
