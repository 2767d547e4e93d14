"""A call is described once, as the signature of a method; both clients get it from there.

    class Eggs(Resource[M]):
        @call("POST", "/eggs")
        def create(self, *, user_id: str, metadata: Metadata | None = None) -> Egg:
            \"\"\"Make an egg.\"\"\"

Parameters named in the path go there; the others are the query of a GET, else the fields of the
body, and are left out where they are None. `idempotency_key` is a header. The annotation of the
result says how the answer is read. `Eggs[Sync]().create(…)` is an `Egg`, `Eggs[Async]().create(…)`
is awaited for one; type checkers see both.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, get_type_hints, overload
from urllib.parse import quote

import httpx

from .exchange import Call, Exchange, Outcome, Pause, Send, Steps

P = ParamSpec("P")
T = TypeVar("T")


class Sync:
    """Carries steps out, blocking."""

    def __init__(self, http: httpx.Client, sleep: Callable[[float], None]) -> None:
        self._http = http
        self._sleep = sleep

    def carry_out(self, steps: Steps[T]) -> T:
        """Return what the steps return; raise what they raise."""
        outcome: Outcome = None
        try:
            while True:
                outcome = self._perform(steps.send(outcome))
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            steps.close()

    def _perform(self, step: Send | Pause) -> Outcome:
        if isinstance(step, Pause):
            self._sleep(step.seconds)
            return None
        try:
            return self._http.send(step.request)
        except httpx.RequestError as fault:
            return fault


class Async:
    """Carries steps out, awaiting. Cancelling the task ends the request, and nothing is retried."""

    def __init__(self, http: httpx.AsyncClient, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._http = http
        self._sleep = sleep

    async def carry_out(self, steps: Steps[T]) -> T:
        """Return what the steps return; raise what they raise."""
        outcome: Outcome = None
        try:
            while True:
                outcome = await self._perform(steps.send(outcome))
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            steps.close()

    async def _perform(self, step: Send | Pause) -> Outcome:
        if isinstance(step, Pause):
            await self._sleep(step.seconds)
            return None
        try:
            return await self._http.send(step.request)
        except httpx.RequestError as fault:
            return fault


M = TypeVar("M", bound=Sync | Async)


class Resource(Generic[M]):
    """Calls that belong together; `M` says whether they block or are awaited."""

    def __init__(self, exchange: Exchange, mode: M) -> None:
        self._exchange = exchange
        self._mode = mode


class Method(Generic[P, T]):
    """A method of both clients, given by the steps that it takes."""

    def __init__(self, function: Callable[..., Any], steps: Callable[..., Steps[T]]) -> None:
        self.function = function
        self.steps = steps
        self.__doc__ = function.__doc__

    @overload
    def __get__(self, resource: None, owner: type) -> "Method[P, T]": ...

    @overload
    def __get__(self, resource: Resource[Sync], owner: type) -> Callable[P, T]: ...

    @overload
    def __get__(
        self, resource: Resource[Async], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, resource: Resource[Any] | None, owner: type) -> Any:
        if resource is None:
            return self

        @wraps(self.function)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return resource._mode.carry_out(self.steps(resource._exchange, *args, **kwargs))

        return method


class Endpoint(Method[P, T]):
    """A method that is one request."""

    def __init__(
        self,
        function: Callable[..., T],
        *,
        verb: str,
        path: str,
        is_publishable: bool,
        accepts: frozenset[int],
        nulls: frozenset[str],
    ) -> None:
        super().__init__(function, self._steps)
        self.verb = verb
        self.path = path
        self.is_publishable = is_publishable
        self.nulls = nulls
        self.in_path = tuple(re.findall(r"{(\w+)}", path))
        self.signature = inspect.signature(function)
        self.result = get_type_hints(function)["return"]
        self._accepts = accepts

    @property
    def fields(self) -> list[str]:
        """The parameters that travel in the query or the body."""
        elsewhere = {"self", "idempotency_key", *self.in_path}
        return [name for name in self.signature.parameters if name not in elsewhere]

    def call(self, *args: Any, **kwargs: Any) -> Call[T]:
        """The request that these arguments ask for."""
        given = self.signature.bind(None, *args, **kwargs).arguments
        sent = {
            name: given[name]
            for name in self.fields
            if name in given and (given[name] is not None or name in self.nulls)
        }
        has_body = self.verb != "GET" and bool(self.fields)
        return Call(
            name=self.function.__qualname__,
            method=self.verb,
            path=self.path.format(**{name: _segment(name, given[name]) for name in self.in_path}),
            result=self.result,
            query=sent if self.verb == "GET" else {},
            body=sent if has_body else None,
            idempotency_key=given.get("idempotency_key"),
            is_publishable=self.is_publishable,
            accepts=self._accepts,
        )

    def _steps(self, exchange: Exchange, *args: Any, **kwargs: Any) -> Steps[T]:
        return exchange.steps(self.call(*args, **kwargs))


def call(
    verb: str,
    path: str,
    *,
    is_publishable: bool = False,
    accepts: frozenset[int] = frozenset(),
    nulls: frozenset[str] = frozenset(),
) -> Callable[[Callable[Concatenate[Any, P], T]], Endpoint[P, T]]:
    """Make a method of a signature.

    Args:
        is_publishable: a publishable key may call it.
        accepts: statuses beside 2xx that are answered with the result.
        nulls: parameters whose None is sent, as null.
    """

    def described(function: Callable[Concatenate[Any, P], T]) -> Endpoint[P, T]:
        return Endpoint(
            function,
            verb=verb,
            path=path,
            is_publishable=is_publishable,
            accepts=accepts,
            nulls=nulls,
        )

    return described


def procedure(function: Callable[Concatenate[Exchange, P], Steps[T]]) -> Method[P, T]:
    """Make a method of a function of an exchange that takes several steps."""
    return Method(function, function)


def _segment(name: str, value: Any) -> str:
    """A part of a path; one of dots alone would otherwise be taken for the folder above."""
    text = str(value)
    if not text:
        raise ValueError(f"{name} is empty")
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")
