"""The arguments of a handler: its body, read and validated, and what the door hands out."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar, cast

from fastapi import Request
from fastapi.dependencies.utils import solve_dependencies
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined

from app.kit.errors import PayloadTooLarge, UnsupportedMediaType, ValidationFailed
from app.kit.wire import parse, pointer

T = TypeVar("T")
_PROVIDERS: set[Callable[[Request], Any]] = set()


def provider(find: Callable[[Request], T]) -> Callable[[Request], T]:
    """Mark a dependency that only hands out what is there; the door calls it directly."""
    _PROVIDERS.add(find)
    return find


class Arguments:
    """Makes the arguments of one route's handler, its transaction left out."""

    def __init__(self, route: APIRoute, *, without: Sequence[Callable[..., Any]]) -> None:
        """Take a route; what depends on the callables in `without` is somebody else's."""
        dependencies = route.dependant.dependencies
        self._has_body = route.body_field is not None
        self._embeds = route._embed_body_fields
        self._given = [
            (dep.name, dep.call)
            for dep in dependencies
            if dep.call in _PROVIDERS and dep.name is not None
        ]
        ours = {*without, *_PROVIDERS}
        rest = [dep for dep in dependencies if dep.call not in ours]
        self._dependant = replace(route.dependant, dependencies=rest)

    async def of(self, request: Request, body: bytes) -> dict[str, Any]:
        """The arguments of one call, validated.

        Raises:
            MalformedJson: the body is no JSON.
            ValidationFailed: with every field that is not as the contract says.
        """
        document = parse(body) if body else PydanticUndefined
        if body and not self._has_body:
            _refuse_content(document)
            document = PydanticUndefined
        async with AsyncExitStack() as stack:
            solved = await solve_dependencies(
                request=request,
                dependant=self._dependant,
                body=document,
                async_exit_stack=stack,
                embed_body_fields=self._embeds,
            )
        if solved.errors:
            raise ValidationFailed([_field(error) for error in solved.errors])
        for name, find in self._given:
            solved.values[name] = cast(Callable[[Request], Any], find)(request)
        return solved.values


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The body, never more of it than allowed.

    Raises:
        PayloadTooLarge: by its announced or by its real length.
        UnsupportedMediaType: there is a body, and it is not declared as JSON.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > bytes_max:
        raise PayloadTooLarge(bytes_max)
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > bytes_max:
            raise PayloadTooLarge(bytes_max)
        chunks.append(chunk)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if length and media_type != "application/json":
        raise UnsupportedMediaType()
    return b"".join(chunks)


def _refuse_content(document: Any) -> None:
    """Where no body is taken nothing may be said in one: it would be ignored."""
    names = [pointer((name,)) for name in document] if isinstance(document, dict) else [""]
    if document is not None and names:
        message = "nothing is taken in the body here"
        raise ValidationFailed([{"path": name, "message": message} for name in names])


def _field(error: dict[str, Any]) -> dict[str, str]:
    where, *path = error["loc"]
    at = pointer(tuple(path)) if where == "body" else ".".join(map(str, (where, *path)))
    return {"path": at, "message": str(error["msg"])}
