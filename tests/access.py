"""Credentials of every kind, good and worthless ones: whom the access tests call as."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, combinations
from typing import Any

from app.customers import tokens
from app.customers.delegation import PUBLISHABLE_SCOPES
from app.customers.tokens import Bearer
from app.kit.crypto import MasterKey
from app.kit.principal import Credential
from app.sessions.grant import SessionScope
from tests.factories import Api, ManualClock

CONSOLE = (("X-Clutch-Console", "1"),)


@dataclass(frozen=True)
class Holder:
    """Who holds a credential: `kind` None where it is worthless, `scopes` None where unused."""

    name: str
    kind: str | None
    authorization: str
    scopes: frozenset[str] | None = None
    more: tuple[tuple[str, str], ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """What is sent in place of the client's own key."""
        return {"Authorization": self.authorization, **dict(self.more)}

    def has(self, scope: str | None) -> bool:
        """Whether the credential has a scope that a route needs of its kind."""
        return self.scopes is None or scope is None or scope in self.scopes


@contextmanager
def as_holder(api: Api, secret: str) -> Iterator[None]:
    """Let a client call with another key for a while."""
    before = api.client.headers["Authorization"]
    api.client.headers["Authorization"] = f"Bearer {secret}"
    try:
        yield
    finally:
        api.client.headers["Authorization"] = before


class Holders:
    """Every kind of credential of one customer, with every set of scopes that makes a difference.

    `buddy_id` and `match_id` are what its tokens are bound to.
    """

    def __init__(self, api: Api, customer: dict[str, Any], ids: dict[str, str]) -> None:
        self._api = api
        self._customer = customer
        self._ids = ids
        self.all: list[Holder] = []

    @classmethod
    async def made(
        cls,
        api: Api,
        customer: dict[str, Any],
        ids: dict[str, str],
        clock: ManualClock,
        served: set[str],
    ) -> "Holders":
        """Make them over HTTP; `served` are the scopes that secret keys can have."""
        holders = cls(api, customer, ids)
        holders._add_nonsense()
        await holders._add_keys(served)
        await holders._add_tokens()
        await holders._add_console()
        holders._add_minted(api.app.state.database.key, clock)
        return holders

    def _add(
        self, name: str, kind: str | None, secret: str, scopes: frozenset[str] | None = None
    ) -> None:
        self.all.append(Holder(name, kind, f"Bearer {secret}", scopes))

    def _add_nonsense(self) -> None:
        game_server = self._customer["game_server_key"]
        self.all.append(Holder("none", None, ""))
        self.all.append(Holder("basic", None, "Basic eDp5"))
        self._add("garbage", None, "hatch_live_" + "x" * 43)
        self._add("game-server secret", None, game_server["secret"])
        self._add("game-server id", None, game_server["key_id"])

    async def _add_keys(self, served: set[str]) -> None:
        self._add("secret", "secret", self._customer["secret_key"])
        for scope in sorted(served):
            await self._add_key("secret", {scope})
        await self._add_key("secret", served)
        for scopes in _sets(PUBLISHABLE_SCOPES):
            await self._add_key("publishable", scopes)
        revoked = await self._key({})
        await self._api.call("DELETE", f"/api-keys/{revoked['key_id']}")
        self._add("revoked", None, revoked["secret"])
        rotated = await self._key({})
        renewed = await self._api.post(f"/api-keys/{rotated['key_id']}/rotate")
        self._add("rotated away", None, rotated["secret"])
        self._add("rotated", "secret", renewed["secret"])

    async def _add_key(self, kind: str, scopes: set[str]) -> None:
        made = await self._key({"kind": kind, "scopes": sorted(scopes)})
        named = "all" if len(scopes) > len(PUBLISHABLE_SCOPES) else " ".join(sorted(scopes))
        self._add(f"{kind} with {named}", kind, made["secret"], frozenset(scopes))

    async def _key(self, wish: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = await self._api.post("/api-keys", {"label": "k"} | wish, status=201)
        return made

    async def _add_tokens(self) -> None:
        bound = {"buddy_id": self._ids["buddy_id"], "user_id": "eve"}
        sets = [{scope.value} for scope in SessionScope] + [{*SessionScope}]
        for scopes in sets:
            made = await self._session(bound, scopes)
            name = f"session with {' '.join(sorted(scopes))}"
            self._add(name, "widget_session", made["token"], frozenset(scopes))
        revoked = await self._session(bound, {"read"})
        await self._api.call("DELETE", f"/widget-sessions/{revoked['session_id']}")
        self._add("revoked session", None, revoked["token"])
        head, _, signature = revoked["token"].rpartition(".")
        self._add("forged session", None, f"{head}.{signature[::-1]}")
        embed = await self._api.post("/embed-tokens", bound, status=201)
        self._add("embed token", "embed_token", embed["token"], frozenset({"read"}))

    async def _add_console(self) -> None:
        """Console sessions: of the key that may do everything, of one with scopes, and ended."""
        scopes = {"read:buddies", "write:console-session"}
        scoped = await self._key({"scopes": sorted(scopes)})
        self._add_cookie("console", "secret", await self._cookie(self._customer["secret_key"]))
        value = await self._cookie(scoped["secret"])
        self._add_cookie("scoped console", "secret", value, frozenset(scopes))
        self._add_cookie("console without its header", None, value, more=())
        ended = await self._cookie(self._customer["secret_key"])
        headers = {"Authorization": "", "Cookie": ended, **dict(CONSOLE)}
        assert (await self._api.call("DELETE", "/console-session", headers=headers)).is_success
        self._add_cookie("signed out", None, ended)

    async def _cookie(self, secret: str) -> str:
        headers = {"Authorization": f"Bearer {secret}"}
        answer = await self._api.call("POST", "/console-session", headers=headers)
        self._api.client.cookies.clear()
        return answer.headers["set-cookie"].partition(";")[0]

    def _add_cookie(
        self,
        name: str,
        kind: str | None,
        value: str,
        scopes: frozenset[str] | None = None,
        more: tuple[tuple[str, str], ...] = CONSOLE,
    ) -> None:
        self.all.append(Holder(name, kind, "", scopes, (("Cookie", value), *more)))

    async def _session(self, bound: dict[str, str], scopes: set[str]) -> dict[str, Any]:
        wish = {**bound, "scopes": sorted(scopes)}
        made: dict[str, Any] = await self._api.post("/widget-sessions", wish, status=201)
        return made

    def _add_minted(self, key: MasterKey, clock: ManualClock) -> None:
        """Tokens that no route would make: of a match, too old, of a session that never was."""
        match_id, buddy_id = self._ids["match_id"], self._ids["buddy_id"]
        self._add("match token", "match_token", self._mint(key, clock, "match_token", match_id, 60))
        for kind in ("widget_session", "embed_token", "match_token"):
            expired = self._mint(key, clock, kind, buddy_id, -1)
            self._add(f"expired {kind}", None, expired)
        unknown = self._mint(key, clock, "widget_session", buddy_id, 60)
        self._add("unknown session", None, unknown)

    def _mint(
        self, key: MasterKey, clock: ManualClock, kind: str, subject: str, seconds: int
    ) -> str:
        is_match = kind == "match_token"
        return tokens.mint(
            key,
            Credential(kind),
            customer_id=self._customer["customer_id"],
            subject=subject,
            token_id="01890000-0000-7000-8000-000000000001",
            issued_at=clock.now() - timedelta(hours=1),
            expires_at=clock.now() + timedelta(seconds=seconds),
            bearer=None if is_match else Bearer("eve", ("read",), (), is_test=False),
        )


def _sets(scopes: frozenset[str]) -> Iterator[set[str]]:
    """Every set of some of the scopes."""
    listed = sorted(scopes)
    sizes = range(1, len(listed) + 1)
    return map(set, chain.from_iterable(combinations(listed, size) for size in sizes))
