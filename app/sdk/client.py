"""The clients of the API: one blocks, one is awaited, and they can do the same.

with HatchedClient(api_key="hatch_live_…") as client:
    egg = client.eggs.create(user_id="ann")

async with AsyncHatchedClient(api_key="hatch_live_…") as client:
    egg = await client.eggs.create(user_id="ann")
"""

# mypy: disable-error-code="empty-body"
# Bodies are empty because the signature is the call; see `calls`.

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypedDict, Unpack

import httpx

from .administration import Matches, Users
from .buddies import Buddies
from .calls import Async, M, Resource, Sync, call
from .exchange import Exchange
from .operations import Operations
from .resources import Eggs, EmbedTokens, Events, GatesResource, Webhooks, WidgetSessions
from .results import Health, RateLimitInfo


class Options(TypedDict, total=False):
    """How a client calls.

    `api_key` (secret, servers only) or `publishable_key`; one of them. `base_url` ends in
    `/api/v1`; the default is a server on this machine. `timeout_ms` (15,000) is how long
    connecting, and each part of an answer, may take in each attempt. `max_retries` (3) counts the
    attempts after the first. `uniform` and `clock` are chance and monotonic seconds.
    """

    api_key: str | None
    publishable_key: str | None
    base_url: str
    timeout_ms: int
    max_retries: int
    uniform: Callable[[float, float], float]
    clock: Callable[[], float]


class Client(Resource[M]):
    """What both clients have."""

    def __init__(self, exchange: Exchange, mode: M) -> None:
        super().__init__(exchange, mode)
        self.eggs: Eggs[M] = Eggs(exchange, mode)
        self.buddies: Buddies[M] = Buddies(exchange, mode)
        self.events: Events[M] = Events(exchange, mode)
        self.operations: Operations[M] = Operations(exchange, mode)
        self.widget_sessions: WidgetSessions[M] = WidgetSessions(exchange, mode)
        self.embed_tokens: EmbedTokens[M] = EmbedTokens(exchange, mode)
        self.webhooks: Webhooks[M] = Webhooks(exchange, mode)
        self.gates: GatesResource[M] = GatesResource(exchange, mode)
        self.users: Users[M] = Users(exchange, mode)
        self.matches: Matches[M] = Matches(exchange, mode)

    @call("GET", "/health", is_publishable=True, accepts=frozenset({503}))
    def health(self) -> Health:
        """Ask whether the service can do its work."""

    def get_rate_limit_info(self) -> RateLimitInfo | None:
        """The limits that the last answer told of; None before one did."""
        return self._exchange.rate_limit

    def get_last_request_id(self) -> str | None:
        """The request id of the last answer, for whoever reads the server's logs."""
        return self._exchange.last_request_id


class HatchedClient(Client[Sync]):
    """Calls the API and blocks until there is an answer; may be shared by threads."""

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **options: Unpack[Options],
    ) -> None:
        """See `Options`. `transport` stands in for the network."""
        exchange = Exchange(**options)
        self._http = httpx.Client(transport=transport)
        super().__init__(exchange, Sync(self._http, sleep))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncHatchedClient(Client[Async]):
    """Calls the API; every call is awaited, and cancelling its task ends it."""

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **options: Unpack[Options],
    ) -> None:
        """See `Options`. `transport` stands in for the network."""
        exchange = Exchange(**options)
        self._http = httpx.AsyncClient(transport=transport)
        super().__init__(exchange, Async(self._http, sleep))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
