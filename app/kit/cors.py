"""What pages of other origins may ask and read (the Fetch standard, CORS protocol).

Credentials are bearer tokens, never cookies: `Access-Control-Allow-Credentials` is not sent, nor
a wildcard. A preflight names no caller, so it is answered for every origin; whether the call
itself is let through, and whether the page may read its answer, depends on the origins of the
caller's key or token.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.permission import may_read

METHODS = "GET, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = ", ".join(
    (
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-None-Match",
        "X-Expected-Config-Version",
        "X-Request-Id",
    )
)
EXPOSED_HEADERS = ", ".join(
    (
        "X-Request-Id",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "Retry-After",
        "X-Event-Quota-Limit",
        "X-Event-Quota-Used",
        "X-Event-Quota-Remaining",
        "X-Event-Quota-Reset",
        "X-Credits-Remaining",
        "X-Credits-Welcome-Remaining",
        "X-Credits-Paid-Remaining",
        "X-Credits-Promo-Remaining",
        "Idempotency-Replayed",
        "ETag",
    )
)
REMEMBERED_SECONDS = 600


class CrossOrigin:
    """Middleware: answers preflights and says which answers a page may read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None:
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and _asks_first(scope):
            await _answer_preflight(origin, send)
            return

        async def send_readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                headers.update(shown_to_page(scope, origin))
            await send(message)

        await self._app(scope, receive, send_readable)


def shown_to_page(scope: Scope, origin: str) -> dict[str, str]:
    """The headers with which a page of an origin may read the answer to a request, if it may.

    An answer to nobody (a refused key, a public page) is no secret.
    """
    principal = scope.get("state", {}).get("principal")
    if principal is not None and not may_read(principal, origin):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }


def _asks_first(scope: Scope) -> bool:
    return "access-control-request-method" in Headers(scope=scope)


async def _answer_preflight(origin: str, send: Send) -> None:
    headers = MutableHeaders()
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Allow-Methods"] = METHODS
    headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
    headers["Access-Control-Max-Age"] = str(REMEMBERED_SECONDS)
    headers["Vary"] = "Origin"
    await send({"type": "http.response.start", "status": 204, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b""})
