"""How far buddies and users have come, as calls answer it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .results import BadgeAward, Badges, BuddyStatus, Meta, Metadata, TokensSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStanding:
    """A skill's value, and the level that it makes."""

    key: str
    label: str
    value: int
    level: int
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakStanding:
    """A streak's run; `freezes_left` where the streak has freezes."""

    key: str
    label: str
    kind: Literal["daily", "weekly", "monthly", "win"]
    count: int
    milestones: list[int]
    freezes_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapStanding:
    """What a rule may still give; None where it has no such cap."""

    rule: str
    daily: int | None
    weekly: int | None
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressionStanding:
    """Everything that a buddy has reached."""

    buddy_id: str
    evolution_stage: int
    skills: list[SkillStanding]
    streaks: list[StreakStanding]
    counters: dict[str, int]
    badges: Badges
    caps: list[CapStanding]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolutionStage:
    """A stage of the buddy's life."""

    stage: int
    label: str
    is_reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolutionReadiness:
    """Whether the next stage can be reached, and what is `missing` in words."""

    buddy_id: str
    current_stage: int
    next_stage: int | None
    next_label: str | None
    is_ready: bool
    progress: float
    missing: list[str]
    auto_evolve: bool
    stages: list[EvolutionStage]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuddyEvolutionRecord:
    """A stage that was reached."""

    id: str
    buddy_id: str
    from_stage: int
    to_stage: int
    triggered_by_event_id: str | None
    image_url: str | None
    source: Literal["prod", "demo", "auto"]
    metadata: Metadata
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolutions:
    """A page of past stages, newest first."""

    data: list[BuddyEvolutionRecord]
    pagination: Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBuddy:
    """A buddy as its user's summary shows it."""

    buddy_id: str
    name: str
    audience: str
    status: BuddyStatus
    evolution_stage: int
    coins: int
    tokens: TokensSummary
    badges: list[BadgeAward]
    streaks: list[StreakStanding]
    image_url: str | None
    thumb_url: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSummary:
    """A user with all buddies, the archived ones too."""

    user_id: str
    display_name: str | None
    time_zone: str | None
    buddies: list[UserBuddy]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """What is known about a user."""

    user_id: str
    display_name: str | None
    time_zone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    """Users in the order of their ids; go on with `next_after` until it is None."""

    data: list[User]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedUser:
    """Who an erased user is from now on, and how many rows were changed, by kind."""

    pseudonym: str
    buddies: int
    eggs: int
    events: int
    matches: int
    deliveries: int
    sessions: int
