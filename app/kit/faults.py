"""Every refusal and every fault becomes the same envelope; every request has an id."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.cors import shown_to_page
from app.kit.driver_errors import is_away
from app.kit.errors import AppError, BadRequest, Unavailable, ValidationFailed
from app.kit.ids import REQUEST_ID
from app.kit.wire import dump

log = structlog.get_logger()
HEADER = b"x-request-id"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANSWER_HEADERS = "answer_headers"
LATE_HEADERS = "late_headers"


class RequestIds:
    """Middleware: takes the caller's `X-Request-Id` or makes one, and sends it back.

    So are the headers that `request.state` has for any answer, also a refusal: `answer_headers`,
    and those that `late_headers` finds out once the answer is known.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given(scope) or str(uuid4())
        state = scope.setdefault("state", {})
        state["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.update(state.get(ANSWER_HEADERS, {}))
                if LATE_HEADERS in state:
                    headers.update(await _late(state[LATE_HEADERS]))
            await send(message)

        await self._app(scope, receive, send_with_id)


def install_handlers(app: FastAPI) -> None:
    """Make every error of the application an error envelope."""
    app.add_exception_handler(AppError, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(RequestValidationError, _ill_formed)
    app.add_exception_handler(ClientDisconnect, _hung_up)
    app.add_exception_handler(Exception, _failed)


def _given(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == HEADER:
            text: str = value.decode("latin-1")
            return text if REQUEST_ID.match(text) else None
    return None


async def _late(find: Callable[[], Awaitable[dict[str, str]]]) -> dict[str, str]:
    """Headers that have to be asked for; an answer that is due is not lost over them."""
    try:
        return await find()
    except Exception as error:
        if not is_away(error):
            raise
        return {}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return _envelope(request, error)


async def _ill_formed(request: Request, error: Exception) -> Response:
    """What a route outside of the door refuses: a part of its path or of its query."""
    assert isinstance(error, RequestValidationError)
    fields = [
        {"path": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()
    ]
    return _envelope(request, ValidationFailed(fields))


async def _not_served(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: a path or a method that is not ours."""
    assert isinstance(error, HTTPException)
    refusal = AppError(str(error.detail), headers=dict(error.headers or {}))
    if error.status_code == 404:
        refusal = AppError(f"There is no {request.url.path} here.", code="route_not_found")
    elif error.status_code == 405:
        refusal = AppError(
            f"{request.method} is not possible here.",
            code="method_not_allowed",
            headers={"Allow": ", ".join(_allowed(request))},
        )
    refusal.status = error.status_code
    return _envelope(request, refusal)


def _allowed(request: Request) -> list[str]:
    """The methods that some route has for this path; Starlette names those of the first alone."""
    scope = {key: request.scope[key] for key in ("type", "path", "root_path", "headers")}
    return [
        method
        for method in METHODS
        if any(
            route.matches({**scope, "method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]


async def _hung_up(request: Request, error: Exception) -> Response:
    """The caller went away before all of its request was here: nothing was done, nobody hears."""
    assert isinstance(error, ClientDisconnect)
    return _envelope(request, BadRequest("The request broke off."))


async def _failed(request: Request, error: Exception) -> Response:
    """A fault of ours, or of the database below us."""
    request_id = request.state.request_id
    if is_away(error):
        log.warning("database_away", request_id=request_id, error=repr(error))
        refusal: AppError = Unavailable("The database is away. Try again soon.")
    else:
        log.error("request_failed", request_id=request_id, path=request.url.path, exc_info=error)
        refusal = AppError(
            "Something went wrong here, not with you. Tell us the requestId.",
            code="internal_error",
        )
        refusal.status = 500
    response = _envelope(request, refusal)
    response.headers["X-Request-Id"] = request_id
    origin = request.headers.get("origin")
    if origin is not None:
        response.headers.update(shown_to_page(request.scope, origin))
    return response


def _envelope(request: Request, refusal: AppError) -> Response:
    return Response(
        dump(refusal.body(request.state.request_id)),
        refusal.status,
        dict(refusal.headers),
        media_type="application/json",
    )
