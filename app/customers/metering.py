"""How many requests a principal may send, in sliding windows of a minute and of a day.

The counters are in memory, for each process, or in a store that all processes share; while the
store is away each process counts for itself, and asks again after a few seconds. A plan without
limits costs one look-up in memory.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar

import structlog
from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from app.customers import credits
from app.customers.entitlements import Entitlements
from app.customers.plans import SCOPED_RATES, widget_rates
from app.kit.clock import EPOCH, Clock
from app.kit.db import Database
from app.kit.errors import RateLimited
from app.kit.faults import ANSWER_HEADERS, LATE_HEADERS
from app.kit.principal import Credential, Principal
from app.kit.tariff import Plan, Rates

MEMORY_URL = "memory://"
STORE_SECONDS = 0.5
AWAY = timedelta(seconds=5)
SWEEP_HITS = 4096
WIDGET_PATHS = ("/api/v1/widget", "/api/v1/embed-tokens")
SCOPED = frozenset(
    {
        Credential.PUBLISHABLE,
        Credential.WIDGET_SESSION,
        Credential.EMBED_TOKEN,
        Credential.MATCH_TOKEN,
    }
)
T = TypeVar("T")
log = structlog.get_logger()


class Counters(MemoryStorage):
    """The library's counters in memory, swept every few thousand hits.

    The library sweeps all of them at each hit, which takes milliseconds with many principals.
    """

    STORAGE_SCHEME = ["async+clutch"]  # noqa: RUF012 - the library's own attribute

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._hits = 0

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; the counter lives for `expiry` seconds."""
        now = self._clock.now().timestamp()
        self._hits += 1
        if self._hits % SWEEP_HITS == 0:
            self._sweep(now)
        if self.expirations.get(key, 0) <= now:
            self.storage[key] = 0
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]

    def _sweep(self, now: float) -> None:
        for key in [key for key, ends in self.expirations.items() if ends <= now]:
            self.storage.pop(key, None)
            self.expirations.pop(key, None)


class Meter:
    """Counts each request, refuses what is too much, and says in headers what is left."""

    def __init__(self, database: Database, entitlements: Entitlements, url: str) -> None:
        """Count in the store of a URL.

        Raises:
            ValueError: the store is unknown, or its library is not installed.
        """
        self._database = database
        self._entitlements = entitlements
        self._own = SlidingWindowCounterRateLimiter(Counters(database.clock))
        self._limiter = self._own if url == MEMORY_URL else _shared(url)
        self._away_until = EPOCH

    async def aclose(self) -> None:
        """Let go of the connections to the shared store; counters in memory have none."""
        storage = self._limiter.storage
        if isinstance(storage, RedisStorage) and isinstance(storage.bridge, RedispyBridge):
            client: Any = storage.bridge.get_connection()  # typed without its end
            await client.aclose()

    async def __call__(self, request: Request, principal: Principal) -> None:
        """Count one request of a principal.

        Raises:
            RateLimited: it has to wait; `Retry-After` says how long.
        """
        if not principal.customer_id:
            return
        plan = (await self._entitlements.of(principal.customer_id)).plan
        if plan.credits is not None:
            late = partial(self._credits, principal.customer_id, plan)
            setattr(request.state, LATE_HEADERS, late)
        if plan.rates is not None:
            await self._count(request, principal, plan.rates)

    async def _count(self, request: Request, principal: Principal, plan_rates: Rates) -> None:
        bucket, rates = _bucket(request.url.path, principal, plan_rates)
        key = (principal.customer_id, principal.id, bucket)
        for item in _items(rates):
            if await self._is_over(item, key):
                left = await self._left(item, key)
                setattr(request.state, ANSWER_HEADERS, left)
                now = math.floor(self._database.clock.now().timestamp())
                seconds = max(1, int(left["X-RateLimit-Reset"]) - now)
                raise RateLimited(
                    f"Rate limit exceeded. Please retry after {seconds} seconds.", seconds
                )
        found = [await self._left(item, key) for item in _items(rates)]
        if found:
            tightest = min(found, key=lambda left: int(left["X-RateLimit-Remaining"]))
            setattr(request.state, ANSWER_HEADERS, tightest)

    async def _is_over(self, item: RateLimitItem, key: tuple[str, str, str]) -> bool:
        return not await self._asked(lambda limiter: limiter.hit(item, *key))

    async def _left(self, item: RateLimitItem, key: tuple[str, str, str]) -> dict[str, str]:
        window = await self._asked(lambda limiter: limiter.get_window_stats(item, *key))
        return {
            "X-RateLimit-Limit": str(item.amount),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": str(math.ceil(window.reset_time)),
        }

    async def _asked(self, ask: Callable[[SlidingWindowCounterRateLimiter], Awaitable[T]]) -> T:
        """What the shared store says; what this process has counted while the store is away."""
        now = self._database.clock.now()
        if self._limiter is not self._own and now >= self._away_until:
            try:
                async with asyncio.timeout(STORE_SECONDS):
                    return await ask(self._limiter)
            except (StorageError, TimeoutError) as error:
                log.warning("limits_store_away", error=repr(error))
                self._away_until = now + AWAY
        return await ask(self._own)

    async def _credits(self, customer_id: str, plan: Plan) -> dict[str, str]:
        """The credits that are left once the answer is known, as headers."""
        async with self._database.read(customer_id) as tx:
            left = await credits.read_balance(tx, plan)
        return {
            "X-Credits-Remaining": str(left.total),
            "X-Credits-Welcome-Remaining": str(left.welcome),
            "X-Credits-Paid-Remaining": str(left.paid),
            "X-Credits-Promo-Remaining": str(left.promo),
        }


def _bucket(path: str, principal: Principal, rates: Rates) -> tuple[str, Rates]:
    """What browsers call has a bucket of its own; elsewhere a credential for browsers has less."""
    if path.startswith(WIDGET_PATHS):
        return "widget", widget_rates(rates)
    if principal.kind in SCOPED:
        return "scoped", SCOPED_RATES
    return "plan", rates


@lru_cache(maxsize=256)
def _items(rates: Rates) -> tuple[RateLimitItem, ...]:
    items: list[RateLimitItem] = []
    if rates.per_minute is not None:
        items.append(RateLimitItemPerMinute(rates.per_minute))
    if rates.per_day is not None:
        items.append(RateLimitItemPerDay(rates.per_day))
    return tuple(items)


def _shared(url: str) -> SlidingWindowCounterRateLimiter:
    """A limiter on a store that processes share."""
    if not url.startswith("async+"):
        url = f"async+{url}"
    try:
        store = storage_from_string(url, wrap_exceptions=True, implementation="redispy")
        return SlidingWindowCounterRateLimiter(store)
    except ConfigurationError as error:
        raise ValueError(
            f"CLUTCH_LIMITS_URL can't be used: {error}. "
            "Redis and Valkey need the extra: pip install 'clutch[redis]'."
        ) from None
