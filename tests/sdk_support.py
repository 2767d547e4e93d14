"""The SDK as tests look at it: its methods by name, and a network that answers as told."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from app.sdk import AsyncHatchedClient, HatchedClient
from app.sdk.calls import Endpoint, Method, Resource

KEY = "hatch_live_" + "k" * 43
PUBLISHABLE = "hatch_pk_" + "p" * 43
BASE = "http://api.test/api/v1"
EGG = {
    "egg_id": "e",
    "user_id": "ann",
    "status": "waiting",
    "visual_variant": 7,
    "config_version_id": "v",
    "metadata": {},
    "created_at": "2026-01-02T03:04:05.678Z",
    "buddy_id": None,
}


def resources() -> dict[str, type]:
    """The classes that carry the calls, by the name of the client's attribute; "" is its own."""
    client = HatchedClient(api_key=KEY)
    found = {name: type(each) for name, each in vars(client).items() if isinstance(each, Resource)}
    return {"": HatchedClient} | found


def methods() -> Iterator[tuple[str, Method[Any, Any]]]:
    """Every method of the client, like `eggs.create`; an alias stands for itself."""
    for name, resource in resources().items():
        for each in dir(resource):
            found = getattr(resource, each)
            if isinstance(found, Method):
                yield f"{name}.{each}".lstrip("."), found


def endpoints() -> dict[str, Endpoint[Any, Any]]:
    """The methods that are one request."""
    return {name: each for name, each in methods() if isinstance(each, Endpoint)}


class Network:
    """Answers requests with what is next on its list, and keeps them; a fault is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        """Do not; note it."""
        self.pauses.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Do not; note it."""
        self.pauses.append(seconds)

    @property
    def keys(self) -> Sequence[str | None]:
        """The idempotency keys that were sent."""
        return [request.headers.get("Idempotency-Key") for request in self.requests]

    def client(self, **options: Any) -> HatchedClient:
        """A blocking client on this network; jitter takes the most that it may."""
        return HatchedClient(
            transport=httpx.MockTransport(self), sleep=self.sleep, **_with_defaults(options)
        )

    def run(self, is_async: bool, call: Callable[[Any], Any], **options: Any) -> Any:
        """Make a call with one client or the other."""
        if not is_async:
            return call(self.client(**options))

        async def awaited() -> Any:
            async with AsyncHatchedClient(
                transport=httpx.MockTransport(self),
                sleep=self.sleep_async,
                **_with_defaults(options),
            ) as client:
                return await call(client)

        return asyncio.run(awaited())


def _with_defaults(options: dict[str, Any]) -> dict[str, Any]:
    given = {"base_url": BASE, "uniform": lambda low, high: high} | options
    return given if "publishable_key" in given else {"api_key": KEY} | given


def answer(status: int = 200, body: Any = None, **headers: str) -> httpx.Response:
    """An answer with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=json.dumps(body).encode(), headers=named)


def refusal(status: int, code: str, details: Any = None, **headers: str) -> httpx.Response:
    """An error as the API says it."""
    error = {"code": code, "message": "Do better.", "requestId": "req-1"}
    if details is not None:
        error["details"] = details
    return answer(status, {"error": error}, **headers)


def create(client: Any) -> Any:
    """A write."""
    return client.eggs.create(user_id="ann")


def get(client: Any) -> Any:
    """A read."""
    return client.eggs.get("e")


def operation(status: str) -> httpx.Response:
    """An operation that stands so."""
    at = "2026-01-02T03:04:05Z"
    named = {"operation_id": "o", "id": "o", "type": "hatch", "created_at": at, "updated_at": at}
    return answer(200, {**named, "status": status})


class Bridged(httpx.BaseTransport):
    """Lets a blocking client in another thread call an application of this loop."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._loop = asyncio.get_running_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the application and wait for its whole answer."""
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._loop).result(60)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=content)
