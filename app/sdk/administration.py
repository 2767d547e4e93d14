"""Users and matches, as an administrator sees them."""

# mypy: disable-error-code="empty-body"
# Bodies are empty because the signature is the call; see `calls`.

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from .calls import M, Resource, call
from .reports import EventEffects, MatchStatus
from .results import Meta
from .standings import ErasedUser, User, UserList


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A match as it stands; `code` where the caller hosts it."""

    match_id: str
    status: MatchStatus
    provider: str
    app_id: str | None
    region: str | None
    room_id: str | None
    process_id: str | None
    roster: list[str]
    open: bool
    mode: str | None
    map: str | None
    created_at: datetime
    claimed_at: datetime | None
    reported_at: datetime | None
    updated_at: datetime
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPage:
    """A page of matches, newest first."""

    data: list[Match]
    meta: Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerEffects:
    """What a match did for one player."""

    user_id: str
    buddy_id: str | None
    event_ids: list[str]
    effects: EventEffects


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """A step of a match: who took it, and why."""

    status: MatchStatus
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDetail(Match):
    """A match with its result and its history."""

    result: dict[str, Any] | None
    players: list[PlayerEffects] | None
    history: list[HistoryEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncollected:
    """What a player had spent already, so that it could not be taken back."""

    user_id: str
    token: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchVoided:
    """A match that counts no more."""

    match_id: str
    status: Literal["voided"]
    uncollected: list[Uncollected]


class Users(Resource[M]):
    """The people behind the buddies."""

    @call("GET", "/users/{user_id}")
    def get(self, user_id: str) -> User:
        """Read what is known about a user."""

    @call("GET", "/users")
    def find(
        self,
        *,
        prefix: str | None = None,
        query: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> UserList:
        """Find users by the beginning of their id, or by a part of it or of their name."""

    @call("PATCH", "/users/{user_id}", nulls=frozenset({"display_name", "time_zone"}))
    def update(
        self, user_id: str, *, display_name: str | None = None, time_zone: str | None = None
    ) -> User:
        """Change what is given; None forgets it."""

    @call("POST", "/users/{user_id}/erase")
    def erase(self, user_id: str) -> ErasedUser:
        """Put a pseudonym in a user's place, for good; the ledger stays."""


class Matches(Resource[M]):
    """Matches on game servers."""

    @call("GET", "/matches/{match_id}")
    def get(self, match_id: str) -> MatchDetail:
        """Read a match with its result and everything that happened to it."""

    @call("GET", "/matches")
    def list(
        self,
        *,
        status: MatchStatus | None = None,
        page: int | None = None,
        limit: int | None = None,
    ) -> MatchPage:
        """Read a page of matches, newest first."""

    @call("POST", "/matches/{match_id}/void")
    def void(self, match_id: str, *, reason: str) -> MatchVoided:
        """Take back what a match gave, as far as it is there; again it answers the same."""
