"""Middleware that tells observers of every answer: what was asked, the status, how long it took."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.driver_errors import is_away

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
UNMATCHED = "unmatched"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was sent; `route` is the template of its path, never the path itself."""

    method: str
    route: str
    status: int
    seconds: float
    request_id: str | None
    address: str | None


@dataclass(slots=True)
class UnderWay:
    """How many requests are being answered at this moment."""

    count: int = 0


Observer = Callable[[Answered], None]


class Observed:
    """Calls each observer once an answer is complete, or its caller has gone away."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer], under_way: UnderWay) -> None:
        self._app = app
        self._under_way = under_way
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        self._under_way.count += 1

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception as error:
            # Its envelope is sent further out, by `app.kit.faults`.
            status = status or (503 if is_away(error) else 500)
            raise
        finally:
            self._under_way.count -= 1
            self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method, client = scope["method"], scope.get("client")
        answered = Answered(
            method if method in METHODS else "other",
            getattr(scope.get("route"), "path", UNMATCHED),
            status,
            seconds,
            scope.get("state", {}).get("request_id"),
            client[0] if client else None,
        )
        for observe in self._observers:
            observe(answered)


def log_answer(answered: Answered) -> None:
    """One line a request."""
    log.info(
        "request",
        request_id=answered.request_id,
        method=answered.method,
        route=answered.route,
        status=answered.status,
        duration_ms=round(1000 * answered.seconds, 1),
        address=answered.address,
    )
