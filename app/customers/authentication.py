"""Who is asking: from the headers of a request to a principal."""

from collections import OrderedDict
from datetime import datetime, timedelta

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
from app.kit.errors import Forbidden, RateLimited, Unauthorized
from app.kit.principal import Credential, Principal

BELIEVED_FOR = timedelta(seconds=2)
CACHED_MAX = 10_000
NOBODY = Principal(Credential.CLAIM_CODE, "", "")


class Authenticator:
    """Finds the principal of a request and counts the failures of each address.

    A key that was revoked is refused at most `BELIEVED_FOR` later in every process.
    """

    def __init__(self, database: Database, *, failures_per_minute: int) -> None:
        self._database = database
        self._cache: OrderedDict[str, tuple[Principal, datetime]] = OrderedDict()
        self._limit = RateLimitItemPerMinute(failures_per_minute)
        self._failures = MovingWindowRateLimiter(MemoryStorage())
        self._suspects: set[str] = set()

    async def __call__(self, request: Request, allowed: frozenset[Credential]) -> Principal:
        """The principal, if its kind is among the allowed ones.

        Raises:
            Unauthorized: no credential, or none that is valid.
            RateLimited: too many failures from this address.
            Forbidden: a credential of a kind that may not call this route.
        """
        address = request.client.host if request.client else "unknown"
        self.refuse_suspects(address)
        if Credential.CLAIM_CODE in allowed:
            return NOBODY
        principal = await self._principal(request.headers.get("authorization", ""))
        if principal is None:
            self.failed(address)
            raise Unauthorized(
                "Send a valid key: Authorization: Bearer hatch_live_… "
                "(make one with `clutch keys create`)."
            )
        if principal.kind not in allowed:
            raise _forbidden(principal, allowed)
        return principal

    def failed(self, address: str) -> None:
        """Count one failed authentication or claim."""
        self._suspects.add(address)
        self._failures.hit(self._limit, address)

    def refuse_suspects(self, address: str) -> None:
        """Refuse an address with too many failures in the last minute.

        Raises:
            RateLimited: it has to wait.
        """
        if address not in self._suspects:
            return
        if not self._failures.test(self._limit, address):
            raise RateLimited("Too many failed attempts from this address. Wait a minute.", 60)
        window = self._failures.get_window_stats(self._limit, address)
        if window.remaining == self._limit.amount:
            self._suspects.discard(address)

    async def _principal(self, header: str) -> Principal | None:
        scheme, _, credential = header.partition(" ")
        if scheme.lower() != "bearer" or not credential:
            return None
        if credential.startswith("eyJ"):
            return tokens.read(self._database.key, credential, self._database.clock.now())
        return await self._key_holder(sha256_hex(credential))

    async def _key_holder(self, key_hash: str) -> Principal | None:
        now = self._database.clock.now()
        cached = self._cache.get(key_hash)
        if cached is not None and cached[1] > now:
            return cached[0]
        principal = await whoami(self._database, key_hash)
        if principal is not None and principal.kind == Credential.GAME_SERVER:
            return None  # its id is no secret: such a key signs, it is never sent
        if principal is not None:
            self._cache[key_hash] = (principal, now + BELIEVED_FOR)
            if len(self._cache) > CACHED_MAX:
                self._cache.popitem(last=False)
        return principal


async def whoami(database: Database, key_hash: str) -> Principal | None:
    """The holder of a key; the one query of a request that knows no customer yet."""
    k = api_key.c
    async with database.unscoped() as connection:
        found = await connection.execute(
            select(k.customer_id, k.key_id, k.kind, k.scopes, k.expires_at, customer.c.is_test)
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
    )


def _forbidden(principal: Principal, allowed: frozenset[Credential]) -> Forbidden:
    kinds = ", ".join(sorted(kind.value for kind in allowed))
    code = "publishable_key_scope" if principal.kind == Credential.PUBLISHABLE else "forbidden"
    return Forbidden(
        f"A {principal.kind} credential may not do this; it takes: {kinds}.",
        details={"required_scope": kinds},
        code=code,
    )
