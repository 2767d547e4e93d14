"""Who is asking: from the headers of a request to a principal."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import orjson
from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import select

from app.customers import tokens
from app.customers.models import api_key, customer
from app.kit.crypto import sha256_hex
from app.kit.db import Database
from app.kit.errors import RateLimited, Unauthorized
from app.kit.principal import Credential, Principal

BELIEVED_FOR = timedelta(seconds=2)
CACHED_MAX = 10_000
NOBODY = Principal(Credential.CLAIM_CODE, "", "")


@dataclass(frozen=True, slots=True)
class Visit:
    """A session of the console, and the hash of the key that began it."""

    session_id: str
    key_hash: str


SessionLookUp = Callable[[Database, Principal], Coroutine[Any, Any, bool]]
VisitLookUp = Callable[[Database, Request], Coroutine[Any, Any, Visit | None]]


class Authenticator:
    """Finds the principal of a request and counts the failures of each address.

    A key or a session that was revoked is refused at most `BELIEVED_FOR` later in every process.
    Failures are counted in each process by itself; of an IPv6 address the network (/64) counts.
    """

    def __init__(
        self,
        database: Database,
        *,
        is_live: SessionLookUp,
        visit_of: VisitLookUp,
        failures_per_minute: int,
    ) -> None:
        self._database = database
        self._is_live = is_live
        self._visit_of = visit_of
        self._cache: OrderedDict[str, tuple[Principal, datetime]] = OrderedDict()
        self._limit = RateLimitItemPerMinute(failures_per_minute)
        self._failures = MovingWindowRateLimiter(MemoryStorage())
        self._suspects: set[str] = set()

    async def __call__(self, request: Request, allowed: frozenset[Credential]) -> Principal:
        """The principal, of whatever kind; nobody where the body holds the credential.

        Raises:
            Unauthorized: no credential, or none that is valid.
            RateLimited: too many failures from this address.
        """
        address = request.client.host if request.client else "unknown"
        self.refuse_suspects(address)
        if Credential.CLAIM_CODE in allowed:
            return NOBODY
        header = request.headers.get("authorization", "")
        if header or "cookie" not in request.headers:
            principal = await self._principal(header)
        else:
            principal = await self._visitor(request)
        if principal is None:
            self.failed(address)
            raise Unauthorized(
                "Send a valid key: Authorization: Bearer hatch_live_… "
                "(make one with `clutch keys create`)."
            )
        return principal

    def failed(self, address: str) -> None:
        """Count one failed authentication or claim."""
        network = _network(address)
        if len(self._suspects) >= CACHED_MAX:
            self._suspects = {each for each in self._suspects if self._has_failed(each)}
        self._suspects.add(network)
        self._failures.hit(self._limit, network)

    def refuse_suspects(self, address: str) -> None:
        """Refuse an address with too many failures in the last minute.

        Raises:
            RateLimited: it has to wait.
        """
        network = _network(address)
        if network not in self._suspects:
            return
        if not self._failures.test(self._limit, network):
            raise RateLimited("Too many failed attempts from this address. Wait a minute.", 60)
        if not self._has_failed(network):
            self._suspects.discard(network)

    def forget(self, id_: str) -> None:
        """Believe nothing any more about a key or session that this process has just changed."""
        gone = [at for at, (principal, _) in self._cache.items() if principal.id == id_]
        for at in gone:
            del self._cache[at]

    def _has_failed(self, network: str) -> bool:
        remaining = self._failures.get_window_stats(self._limit, network).remaining
        return remaining < self._limit.amount

    async def _visitor(self, request: Request) -> Principal | None:
        """The holder of the key that began the session of a cookie; None without a session."""
        visit = await self._visit_of(self._database, request)
        if visit is None:
            return None
        principal = await self._key_holder(visit.key_hash)
        if principal is None:
            raise Unauthorized("The key of this session was revoked or renewed. Sign in again.")
        return replace(principal, session_id=visit.session_id)

    async def _principal(self, header: str) -> Principal | None:
        scheme, _, credential = header.partition(" ")
        if scheme.lower() != "bearer" or not credential:
            return None
        if credential.startswith("eyJ"):
            return await self._token_holder(credential)
        return await self._key_holder(sha256_hex(credential))

    async def _token_holder(self, token: str) -> Principal | None:
        now = self._database.clock.now()
        principal = tokens.read(self._database.key, token, now)
        if principal is None or principal.kind != Credential.WIDGET_SESSION:
            return principal
        at = f"{principal.customer_id}/{principal.id}"
        if self._cached(at, now) is None:
            if not await self._is_live(self._database, principal):
                return None
            self._believe(at, principal, now)
        return principal

    async def _key_holder(self, key_hash: str) -> Principal | None:
        now = self._database.clock.now()
        cached = self._cached(key_hash, now)
        if cached is not None:
            return cached
        principal = await whoami(self._database, key_hash)
        if principal is not None and principal.kind == Credential.GAME_SERVER:
            return None  # its id is no secret: such a key signs, it is never sent
        if principal is not None:
            self._believe(key_hash, principal, now)
        return principal

    def _cached(self, at: str, now: datetime) -> Principal | None:
        principal, until = self._cache.get(at, (None, now))
        return principal if until > now else None

    def _believe(self, at: str, principal: Principal, now: datetime) -> None:
        until = now + BELIEVED_FOR
        if principal.expires_at is not None:
            until = min(until, principal.expires_at)
        self._cache[at] = (principal, until)
        if len(self._cache) > CACHED_MAX:
            self._cache.popitem(last=False)


async def whoami(database: Database, key_hash: str) -> Principal | None:
    """The holder of a key; the one query of a request that knows no customer yet."""
    k = api_key.c
    async with database.unscoped() as connection:
        found = await connection.execute(
            select(
                k.customer_id,
                k.key_id,
                k.kind,
                k.scopes,
                k.allowed_origins,
                k.expires_at,
                customer.c.is_test,
            )
            .join(customer, customer.c.customer_id == k.customer_id)
            .where(k.key_hash == key_hash, k.revoked_at.is_(None))
        )
        row = found.one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= database.clock.now()):
        return None
    return Principal(
        Credential(row.kind),
        row.customer_id,
        row.key_id,
        row.is_test,
        frozenset(orjson.loads(row.scopes)),
        allowed_origins=frozenset(orjson.loads(row.allowed_origins)),
        expires_at=row.expires_at,
    )


def _network(address: str) -> str:
    """The part of an address that its holder can't choose freely."""
    if ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
