"""What can go wrong between us and a URL that a customer gave. Pure."""

from enum import StrEnum


class ErrorClass(StrEnum):
    """Why an attempt failed; stored with it and shown to the customer."""

    FORBIDDEN_URL = "forbidden_url"
    FORBIDDEN_ADDRESS = "forbidden_address"
    DNS = "dns"
    CONNECT_TIMEOUT = "connect_timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    HTTP_STATUS = "http_status"


class EgressError(Exception):
    """No usable answer came; `kind` says why, the text says it to a person."""

    def __init__(self, kind: ErrorClass, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class EgressForbidden(EgressError):
    """We refuse to connect there: the URL itself, or the address it leads to."""
