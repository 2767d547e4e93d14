"""What a browser's token may do, from where and how long. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from app.kit.errors import Forbidden
from app.kit.principal import Principal

SESSION_SECONDS_MAX = 60 * 60
EMBED_SECONDS_MAX = 24 * 60 * 60


class SessionScope(StrEnum):
    """What a widget session can be for."""

    READ = "read"
    TRACK = "events:track"
    BROWSE = "marketplace:browse"
    PURCHASE = "marketplace:purchase"
    EQUIP = "items:equip"


# Older clients of the reference name them so.
OLDER_NAMES: dict[str, str] = {
    "buddy:read": SessionScope.READ,
    "badges:read": SessionScope.READ,
    "buddy:interact": SessionScope.TRACK,
    "marketplace:read": SessionScope.BROWSE,
}
ScopeName = Literal[
    "read",
    "events:track",
    "marketplace:browse",
    "marketplace:purchase",
    "items:equip",
    "buddy:read",
    "badges:read",
    "buddy:interact",
    "marketplace:read",
]


def scopes_of(names: Iterable[ScopeName]) -> tuple[str, ...]:
    """The scopes behind old and new names, each once, in the order of `SessionScope`."""
    wanted = {OLDER_NAMES.get(name, name) for name in names}
    return tuple(scope.value for scope in SessionScope if scope in wanted)


def ends_at(minter: Principal, now: datetime, ttl_seconds: int) -> datetime:
    """When a token ends: at a whole second, and not after the key that it comes from."""
    end = (now + timedelta(seconds=ttl_seconds)).replace(microsecond=0)
    return end if minter.expires_at is None else min(end, minter.expires_at.replace(microsecond=0))


def origins_of(minter: Principal, wanted: Iterable[str] | None) -> tuple[str, ...]:
    """From where a token may be used: what is wanted, else where its key may be used.

    Raises:
        Forbidden: an origin that the key itself is not for.
    """
    if wanted is None:
        return tuple(sorted(minter.allowed_origins))
    foreign = set(wanted) - minter.allowed_origins if minter.allowed_origins else set()
    if foreign:
        named = ", ".join(sorted(foreign))
        raise Forbidden(f"This key is not for {named} itself.", details={"origin": named})
    return tuple(sorted(wanted))
