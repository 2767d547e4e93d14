"""Everything the client raises.

HathoraError
├── HathoraCloudError             an answer came, and it is not the result
│   ├── ApiError                  a documented error with a message
│   ├── SDKError                  any other status or content type
│   └── ResponseValidationError   JSON that does not fit what was promised, or is none
├── SDKValidationError            the arguments do not fit; nothing was sent
└── HTTPClientError               no usable answer; the call may or may not have been carried out
    ├── HathoraConnectionError    refused, reset, cut short, no such host
    ├── RequestTimeoutError
    ├── RequestAbortedError       the client was closed meanwhile
    ├── InvalidRequestError       the request could not be built
    └── UnexpectedClientError
"""

_SHOWN_CHARACTERS = 500


class HathoraError(Exception):
    """The root of the tree."""


class HathoraCloudError(HathoraError):
    """`body` is the answer as text; None if it was not read."""

    def __init__(self, status_code: int, message: str, body: str | None = None) -> None:
        super().__init__(f"{message} (status {status_code})")
        self.status_code = status_code
        self.message = message
        self.body = body


class ApiError(HathoraCloudError):
    """`message` is the API's own."""


class SDKError(HathoraCloudError):
    """A status or a content type that is not documented for the operation."""


class ResponseValidationError(HathoraCloudError):
    """`reason` says what did not fit."""

    def __init__(self, status_code: int, reason: str, body: str) -> None:
        super().__init__(status_code, "Response validation failed", body)
        self.reason = reason

    def pretty(self) -> str:
        """The reason and the beginning of the body, for people."""
        return f"{self}\n{self.reason}\n{(self.body or '')[:_SHOWN_CHARACTERS]}"


class SDKValidationError(HathoraError):
    """The arguments break a limit of the API."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Input validation failed: {reason}")
        self.reason = reason

    def pretty(self) -> str:
        return str(self)


class HTTPClientError(HathoraError):
    """`__cause__` is what the transport raised."""


class HathoraConnectionError(HTTPClientError):
    pass


class RequestTimeoutError(HTTPClientError):
    pass


class RequestAbortedError(HTTPClientError):
    pass


class InvalidRequestError(HTTPClientError):
    pass


class UnexpectedClientError(HTTPClientError):
    pass
