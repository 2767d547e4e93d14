"""The HTTP door: in what order a request is refused, and where its transaction begins and ends.

Authenticate from the headers, count, look at scope and plan, read the body, validate, then begin,
run the handler, render, keep the keyed answer, commit, send. Faults that pass by themselves run
handler and rendering again.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from app.kit.arguments import Arguments, provider, read_body
from app.kit.db import Database
from app.kit.driver_errors import is_away, is_transient
from app.kit.errors import (
    IdConflict,
    IdempotencyInFlight,
    Unavailable,
    ValidationFailed,
)
from app.kit.ids import is_uuid
from app.kit.permission import ACCESS, SCOPES, Requirement, permit
from app.kit.principal import BUDDY_BOUND, Credential, Principal
from app.kit.tx import Tx

REDO_MAX = 3
IN_FLIGHT_SECONDS = 2.0
KEY_LENGTH_MAX = 255
BODY_MAX = "x-clutch-body-bytes-max"
IDS_DECIDE = "x-clutch-ids-decide"
FEATURE = "x-clutch-feature"
EXPECTED = "x-expected-config-version"
EXPECTED_PARAMETER = {
    "name": "X-Expected-Config-Version",
    "in": "header",
    "description": "Refuse with 409 if the buddy is pinned to another config version.",
    "schema": {"type": "string", "format": "uuid"},
}


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer kept for a repeated Idempotency-Key; `status` is None while it is made."""

    fingerprint: str
    status: int | None
    body: bytes


class AnswerKeeper(Protocol):
    """Where keyed answers are kept, in the transaction of their effect."""

    async def reserve(
        self, tx: Tx, principal: Principal, key: str, fingerprint: str
    ) -> KeptAnswer | None:
        """Take a key for this transaction, or return what it was taken for."""
        ...

    async def keep(self, tx: Tx, principal: Principal, key: str, status: int, body: bytes) -> None:
        """Keep the answer under the reserved key."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """What the door needs from the composition root; stands in `app.state.door`."""

    database: Database
    authenticate: Callable[[Request, frozenset[Credential]], Coroutine[Any, Any, Principal]]
    refuse_other_buddy: Callable[[Principal, str], Coroutine[Any, Any, None]]
    answers: AnswerKeeper
    body_bytes_max: int
    meter: Callable[[Request, Principal], Coroutine[Any, Any, None]]
    require_feature: Callable[[Principal, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A handler's answer where status or headers differ from the route's."""

    body: Any
    status: int
    headers: dict[str, str] | None = None


def access(
    *credentials: Credential,
    session_scope: str | None = None,
    body_bytes_max: int | None = None,
    ids_decide: bool = False,
    feature: str | None = None,
) -> dict[str, Any]:
    """A route's `openapi_extra`: who may call it, and how large its body may be.

    The scope of keys follows from the path; `session_scope` is what a widget session needs, for
    reading `read`. `ids_decide`: repeats are recognised by an id in the body; `Idempotency-Key`
    is ignored. `feature`: what the customer's plan must include.
    """
    extra: dict[str, Any] = {ACCESS: [credential.value for credential in credentials]}
    if session_scope is not None:
        extra[SCOPES] = {Credential.WIDGET_SESSION.value: session_scope}
    if body_bytes_max is not None:
        extra[BODY_MAX] = body_bytes_max
    if ids_decide:
        extra[IDS_DECIDE] = True
    if feature is not None:
        extra[FEATURE] = feature
    return extra


async def _writing(request: Request) -> Tx:
    return cast(Tx, None)


async def _reading(request: Request) -> Tx:
    return cast(Tx, None)


@provider
def _principal(request: Request) -> Principal:
    return cast(Principal, request.state.principal)


@provider
def _database(request: Request) -> Database:
    return cast(Door, request.app.state.door).database


@provider
def _request_id(request: Request) -> str:
    return cast(str, request.state.request_id)


InTx = Annotated[Tx, Depends(_writing)]
InReadTx = Annotated[Tx, Depends(_reading)]
InPrincipal = Annotated[Principal, Depends(_principal)]
InDatabase = Annotated[Database, Depends(_database)]
InRequestId = Annotated[str, Depends(_request_id)]


class TxRoute(APIRoute):
    """A route whose handler runs inside one transaction that the door opens and commits."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        extra = more.get("openapi_extra") or {}
        methods = set(more.get("methods") or {"GET"})
        self.required = Requirement.of(path, methods, extra)
        stated: dict[str, Any] = {SCOPES: self.required.stated()}
        if "{buddy_id}" in path and methods != {"GET"}:
            stated["parameters"] = [EXPECTED_PARAMETER]
        more["openapi_extra"] = extra | stated
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The whole way of a request through the door."""
        extra = self.openapi_extra or {}
        required = self.required
        credentials = required.credentials
        run = _Run(self)
        feature: str | None = extra.get(FEATURE)
        arguments = Arguments(self, without=(_writing, _reading))

        async def handle(request: Request) -> Response:
            door: Door = request.app.state.door
            principal = await door.authenticate(request, credentials)
            request.state.principal = principal
            await door.meter(request, principal)
            permit(principal, required, request.headers.get("origin"))
            buddy_id = request.path_params.get("buddy_id")
            if principal.kind in BUDDY_BOUND and buddy_id not in (None, principal.subject):
                await door.refuse_other_buddy(principal, str(buddy_id))
            if feature is not None:
                await door.require_feature(principal, feature)
            body = await read_body(request, extra.get(BODY_MAX, door.body_bytes_max))
            values = await arguments.of(request, body)
            return await run(door, request, values, body)

        return handle


class _Run:
    """The part of the way that has a transaction."""

    def __init__(self, route: APIRoute) -> None:
        self._handler = cast(Callable[..., Coroutine[Any, Any, Any]], route.endpoint)
        named = {dep.call: dep.name for dep in route.dependant.dependencies}
        self._writing = named.get(_writing)
        self._reading = named.get(_reading)
        self._status = route.status_code or 200
        self._ids_decide = bool((route.openapi_extra or {}).get(IDS_DECIDE))
        self._adapter = TypeAdapter(route.response_model) if route.response_model else None

    async def __call__(
        self, door: Door, request: Request, values: dict[str, Any], body: bytes
    ) -> Response:
        for redo in range(REDO_MAX + 1):
            try:
                return await self._once(door, request, values, body)
            except Exception as error:
                if is_away(error):
                    raise Unavailable("The database is away. Try again soon.") from error
                if not is_transient(error):
                    raise
                if redo == REDO_MAX:
                    raise Unavailable("Too many changes at once. Try again soon.") from error
                await asyncio.sleep(0.01 * random.random() * 2**redo)
        raise AssertionError("unreachable")

    async def _once(
        self, door: Door, request: Request, values: dict[str, Any], body: bytes
    ) -> Response:
        customer_id = request.state.principal.customer_id
        if self._reading is not None:
            async with door.database.read(customer_id) as tx:
                tx.request_id = request.state.request_id
                return self._rendered(await self._handler(**values, **{self._reading: tx}))
        if self._writing is None:
            return self._rendered(await self._handler(**values))
        key = None if self._ids_decide else _key(request)
        expected = _expected(request)
        async with door.database.begin(customer_id) as tx:
            tx.request_id = request.state.request_id
            tx.expected_config_version = expected
            if key is None:
                return self._rendered(await self._handler(**values, **{self._writing: tx}))
            return await self._keyed(door, request, values, body, tx, key)

    async def _keyed(
        self, door: Door, request: Request, values: dict[str, Any], body: bytes, tx: Tx, key: str
    ) -> Response:
        principal = request.state.principal
        fingerprint = _fingerprint(request, body)
        try:
            async with asyncio.timeout(IN_FLIGHT_SECONDS):
                kept = await door.answers.reserve(tx, principal, key, fingerprint)
        except TimeoutError:
            raise IdempotencyInFlight() from None
        if kept is not None:
            return _replayed(kept, fingerprint)
        response = self._rendered(await self._handler(**values, **{str(self._writing): tx}))
        await door.answers.keep(tx, principal, key, response.status_code, bytes(response.body))
        return response

    def _rendered(self, result: Any) -> Response:
        status, headers = self._status, None
        if isinstance(result, Response):
            return result
        if isinstance(result, Answer):
            result, status, headers = result.body, result.status, result.headers
        if self._adapter is None:
            return Response(status_code=status, headers=headers)
        content = self._adapter.dump_json(result)
        return Response(content, status, headers, media_type="application/json")


def _replayed(kept: KeptAnswer, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise IdConflict(
            "idempotency_key_conflict",
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
            [""],
        )
    if kept.status is None:
        raise IdempotencyInFlight()
    headers = {"Idempotency-Replayed": "true"}
    return Response(kept.body, kept.status, headers, media_type="application/json")


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= KEY_LENGTH_MAX:
        raise ValidationFailed.of(
            "header.idempotency-key", f"must have 1 to {KEY_LENGTH_MAX} characters"
        )
    return key


def _expected(request: Request) -> str | None:
    expected = request.headers.get(EXPECTED)
    if expected is not None and not is_uuid(expected):
        raise ValidationFailed.of(f"header.{EXPECTED}", "must be the id of a config version")
    return expected


def _fingerprint(request: Request, body: bytes) -> str:
    head = f"{request.method}\n{request.url.path}\n{request.url.query}\n".encode()
    return hashlib.sha256(head + body).hexdigest()
