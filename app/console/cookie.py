"""The console's cookie: what stands in it, how it is set, and which requests it counts for. Pure.

It is sealed with the master key and names a session; the key that began the session is not in it.
`SameSite=Strict` keeps it from other sites, but not from other ports and subdomains of the same
site. So it counts only with a header that no form can send and that no preflight allows, and only
where the browser says that a page of this very origin asks (Fetch Metadata, `Sec-Fetch-Site`; a
browser that does not say it still sends `Origin` with everything that changes something).
"""

from collections.abc import Collection, Mapping

from app.kit.crypto import MasterKey, SealBroken

COOKIE = "clutch_console"
HEADER = "x-clutch-console"
PATH = "/api/v1"
SESSION_SECONDS = 60 * 60
_ROW = "console_session"


def sealed(key: MasterKey, customer_id: str, session_id: str) -> str:
    """The cookie's value for a session."""
    return key.seal(f"{customer_id}/{session_id}".encode(), customer_id="", row=_ROW)


def opened(key: MasterKey, value: str) -> tuple[str, str] | None:
    """Customer and session of a value; None where it was not sealed here."""
    try:
        text = key.open(value, customer_id="", row=_ROW).decode()
    except SealBroken:
        return None
    customer_id, _, session_id = text.partition("/")
    return customer_id, session_id


def setting(value: str, seconds: int, *, is_https: bool) -> str:
    """The header `Set-Cookie` that keeps a value for so many seconds; 0 forgets it."""
    parts = [f"{COOKIE}={value}", f"Path={PATH}", f"Max-Age={seconds}", "HttpOnly"]
    parts.append("SameSite=Strict")
    return "; ".join([*parts, "Secure"] if is_https else parts)


def is_from_console(headers: Mapping[str, str], own_origins: Collection[str]) -> bool:
    """Whether a request was made by a page of the console, and not by somebody else's."""
    if headers.get(HEADER) != "1":
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or origin in own_origins
