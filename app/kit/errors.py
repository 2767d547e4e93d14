"""What a caller can get wrong, as the error envelope of the API says it.

    AppError
    ├── BadRequest 400 ── MalformedJson
    ├── Unauthorized 401
    ├── Forbidden 403
    ├── NotFound 404
    ├── Conflict 409 ── IdempotencyInFlight, NoPublishedConfig
    ├── PayloadTooLarge 413, UnsupportedMediaType 415
    ├── ValidationFailed 422 ── IdempotencyKeyConflict
    ├── RateLimited 429
    └── Unavailable 503

Concepts add their own refusals beside the service that raises them.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class AppError(Exception):
    """A refusal: a stable code, a status, a message that says what to do next.

    `details` is JSON; `headers` go out with the answer.
    """

    status = 400
    code = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.code = code or type(self).code

    def body(self, request_id: str | None) -> dict[str, Any]:
        """The error envelope; `request_id` is left out where there is no request (a batch line)."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if request_id is not None:
            error["requestId"] = request_id
        if self.details is not None:
            error["details"] = dict(self.details)
        return {"error": error}


class BadRequest(AppError):
    """The request makes no sense, though its shape is right."""


class MalformedJson(AppError):
    """The body is no JSON."""

    code = "malformed_json"

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(
            f"The body is not valid JSON: {reason}. Send one UTF-8 encoded JSON document.",
            details={"position": position},
        )


class Unauthorized(AppError):
    """No credential, or one that is not valid (any more)."""

    status = 401
    code = "unauthorized"

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(AppError):
    """A valid credential that may not do this."""

    status = 403
    code = "forbidden"


class NotFound(AppError):
    """There is no such thing, or it is another customer's, which looks the same."""

    status = 404
    code = "resource_not_found"

    def __init__(self, resource: str, id_: str) -> None:
        super().__init__(
            f"There is no {resource} with the id {id_!r} here. "
            "Check the id and that the key belongs to the same customer.",
            details={"resource": resource, "id": id_},
        )


class Conflict(AppError):
    """The thing is in a state that does not allow this."""

    status = 409
    code = "conflict"


class IdempotencyInFlight(Conflict):
    """A request with the same Idempotency-Key is still being answered."""

    code = "idempotency_in_flight"

    def __init__(self) -> None:
        super().__init__(
            "A request with this Idempotency-Key is still running. Ask again in a second.",
            headers={"Retry-After": "1"},
        )


class PayloadTooLarge(AppError):
    """The body is longer than the route takes."""

    status = 413
    code = "payload_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit} bytes. Send less at once.",
            details={"limit_bytes": limit},
        )


class UnsupportedMediaType(AppError):
    """The body is not declared as JSON."""

    status = 415
    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("Send JSON with the header Content-Type: application/json.")


class ValidationFailed(AppError):
    """The request does not have the shape that the contract gives; nothing was changed."""

    status = 422
    code = "validation_failed"

    def __init__(self, fields: Sequence[Mapping[str, str]]) -> None:
        first = fields[0]
        more = f" ({len(fields) - 1} more in details.fields)" if len(fields) > 1 else ""
        super().__init__(
            f"{first['path'] or 'The body'}: {first['message']}{more}",
            details={"fields": [dict(field) for field in fields]},
        )

    @classmethod
    def of(cls, path: str, message: str) -> "ValidationFailed":
        """A refusal of one field."""
        return cls([{"path": path, "message": message}])


class IdConflict(AppError):
    """An id that was used before came again with another meaning; nothing was changed."""

    status = 422
    code = "event_id_conflict"

    def __init__(self, code: str, message: str, differs: Sequence[str]) -> None:
        super().__init__(message, details={"differs": list(differs)}, code=code)


class RateLimited(AppError):
    """Too many requests."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_seconds)})


class Unavailable(AppError):
    """Something that the service needs is away; the same request may go through later."""

    status = 503
    code = "unavailable"

    def __init__(self, message: str, retry_after_seconds: int = 1) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_seconds)})


def require(condition: object, refusal: AppError) -> None:
    """Raise the refusal unless the condition holds."""
    if not condition:
        raise refusal
