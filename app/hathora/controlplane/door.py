"""How a call comes in: the raw path is split, then decoded; token, app, body, handler, answer.

Refusals are JSON `{"message"}` with a status that is documented for the operation.
"""

import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.hathora.controlplane import identifiers
from app.hathora.controlplane.refusals import Invalid, NotFound, Refused, Unauthorized
from app.hathora.controlplane.settings import Settings
from app.hathora.controlplane.store import Store
from app.hathora.models.wire import Failure
from app.hathora.operations import OPERATIONS, Auth, Content, Operation

_SUBSTITUTES = (422, 400, 404)
_log = structlog.get_logger("hathora.controlplane")


@dataclass(frozen=True)
class Plane:
    """What a handler works with. `wake` tells the watcher that a row changed; `is_closing` is
    true once the server has been asked to end."""

    settings: Settings
    store: Store
    wake: Callable[[], None]
    is_closing: Callable[[], bool]
    clock: Callable[[], float] = time.time


@dataclass(frozen=True)
class Call:
    """One authenticated request. `org_id` and `caller` are "" where no token is asked for; `app`
    is there exactly if the path names one."""

    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    now: float
    org_id: str = ""
    caller: str = ""
    app: sqlite3.Row | None = None
    body: Any = None

    @property
    def app_id(self) -> str:
        assert self.app is not None, "the operation's path names no app"
        return str(self.app["app_id"])

    def one(self, name: str) -> str | None:
        """A query parameter that may be given once.

        Raises:
            Invalid: it was given more than once.
        """
        values = self.query.get(name, ())
        if len(values) > 1:
            raise Invalid(f"query parameter {name} was given {len(values)} times")
        return values[0] if values else None


Handler = Callable[[Plane, Call], Awaitable[Any]]


@dataclass(frozen=True)
class _Route:
    operation: Operation
    handler: Handler
    segments: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.operation.path.split("/")[1:]))

    def match(self, parts: Sequence[str]) -> dict[str, str] | None:
        if len(parts) != len(self.segments):
            return None
        found = {}
        for segment, part in zip(self.segments, parts, strict=True):
            if segment.startswith("{"):
                found[segment[1:-1]] = part
            elif segment != part:
                return None
        return found


class Door:
    """The ASGI application for HTTP. Routes whose path is longer in fixed words come first."""

    def __init__(self, plane: Plane, handlers: Mapping[str, Handler]) -> None:
        self._plane = plane
        routes = [_Route(OPERATIONS[name], handler) for name, handler in handlers.items()]
        self._routes = sorted(routes, key=lambda route: route.operation.path.count("{"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await Response(status_code=404)(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            route, path = self._find(request)
        except NotFound as refusal:
            return _failure(404, refusal.message)
        operation = route.operation
        try:
            call = await self._admit(request, operation, path)
            return _rendered(operation, await route.handler(self._plane, call))
        except Refused as refusal:
            return _failure(_documented(operation, refusal.status), refusal.message)
        except Exception as fault:  # our own mistake: the caller is told no more than that
            _log.exception("call_failed", operation=operation.name, fault=type(fault).__name__)
            return _failure(500, "internal error")

    def _find(self, request: Request) -> tuple[_Route, dict[str, str]]:
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        try:
            parts = [unquote_to_bytes(part).decode() for part in raw.split(b"/")[1:]]
        except UnicodeDecodeError:
            raise NotFound("the path is not valid UTF-8") from None
        for route in self._routes:
            path = route.match(parts) if route.operation.method == request.method else None
            if path is not None:
                return route, path
        raise NotFound(f"no operation {request.method} at this path")

    async def _admit(self, request: Request, operation: Operation, path: dict[str, str]) -> Call:
        reader = self._plane.store.reader
        token = None
        if operation.auth is Auth.DEV_TOKEN:
            token = _authenticate(reader, request.headers.get("authorization", ""))
        app = _find_app(reader, path["appId"], token) if "appId" in path else None
        return Call(
            path=path,
            query=_query(request.scope["query_string"]),
            now=self._plane.clock(),
            org_id=token["org_id"] if token else "",
            caller=token["org_token_id"] if token else "",
            app=app,
            body=await self._body(request, operation.body) if operation.body else None,
        )

    async def _body(self, request: Request, model: type[BaseModel]) -> BaseModel:
        most = self._plane.settings.body_bytes_max
        received = bytearray()
        async for chunk in request.stream():
            received += chunk
            if len(received) > most:
                raise Invalid(f"the body is larger than {most} bytes")
        try:
            return model.model_validate_json(bytes(received))
        except ValidationError as refusal:
            raise Invalid(_explain(refusal)) from None


def _authenticate(reader: sqlite3.Connection, header: str) -> sqlite3.Row:
    match = re.fullmatch(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)", header)
    if match is None:
        raise Unauthorized("a developer token is required: Authorization: Bearer <token>")
    found: sqlite3.Row | None = reader.execute(
        "SELECT * FROM org_token WHERE token_hash = ? AND status = 'active'",
        (identifiers.token_hash(match[1]),),
    ).fetchone()
    if found is None:
        raise Unauthorized("the developer token is not valid")
    return found


def _find_app(reader: sqlite3.Connection, app_id: str, token: sqlite3.Row | None) -> sqlite3.Row:
    found: sqlite3.Row | None = reader.execute(
        "SELECT * FROM app WHERE app_id = ?", (app_id,)
    ).fetchone()
    if found is None or (token is not None and found["org_id"] != token["org_id"]):
        raise NotFound("app not found")
    return found


def _query(raw: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200
        )
    except ValueError:
        raise Invalid("the query is malformed") from None


def _explain(refusal: ValidationError) -> str:
    first = refusal.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _documented(operation: Operation, status: int) -> int:
    """The status itself, or the nearest that callers of the operation are prepared for."""
    if status in operation.errors:
        return status
    return next((other for other in _SUBSTITUTES if other in operation.errors), status)


def _failure(status: int, message: str) -> Response:
    body = Failure(message=message).model_dump_json()
    return Response(body, status, media_type=Content.JSON)


def _rendered(operation: Operation, result: Any) -> Response:
    if operation.content is Content.EMPTY:
        return Response(status_code=operation.success)
    if operation.content is Content.STREAM:
        stream: AsyncIterator[bytes] = result
        return StreamingResponse(stream, operation.success, media_type=Content.STREAM)
    assert operation.result is not None, "a JSON operation has a result type"
    body = operation.result.dump_json(result, by_alias=True)
    return Response(body, operation.success, media_type=Content.JSON)
