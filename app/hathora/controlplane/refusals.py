"""Refusals: what a caller may be told instead of a result.

Refused
├── BadRequest        400
├── Unauthorized      401
├── LimitReached      402
├── NotFound          404
├── Expired           410
└── Invalid           422
"""


class Refused(Exception):
    """The call was not carried out and changed nothing."""

    status: int

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(Refused):
    status = 400


class Unauthorized(Refused):
    status = 401


class LimitReached(Refused):
    """This machine runs as many processes as it may."""

    status = 402


class NotFound(Refused):
    status = 404


class Expired(Refused):
    """The log is older than logs are kept."""

    status = 410


class Invalid(Refused):
    """A parameter or the body breaks a limit."""

    status = 422
