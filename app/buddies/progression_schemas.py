"""What a buddy has come to, in full, and skills changed by hand."""

from typing import Literal

from pydantic import Field

from app.buddies.schemas import BadgeAward, TokensSummary
from app.engine.skills import SkillAction
from app.kit.schemas import Amount, Input, InstantOut, Key, Output
from app.kit.wire import INTEGER_MAX


class SkillChange(Input):
    """`increase` and `decrease` take an `amount`, `set` takes a `value`."""

    key: Key
    action: SkillAction = Field(strict=False)
    amount: Amount | None = None
    value: int | None = Field(None, ge=0, le=INTEGER_MAX)


class UpdateSkills(Input):
    """Changes that are made in this order, all or none."""

    updates: list[SkillChange] = Field(min_length=1, max_length=100)


class ReadyBadge(Output):
    """A manual badge whose condition holds."""

    badge_key: str
    label: str
    ready_at: str


class LockedBadge(Output):
    """A badge that is still to be won: `progress` is 0.0 to 1.0, `missing` says what is not there.

    A badge that is only awarded by hand is all or nothing.
    """

    badge_key: str
    label: str
    mode: Literal["auto", "manual"]
    progress: float
    missing: list[str]


class Badges(Output):
    """All badges of the buddy's config, by how far they are."""

    earned: list[BadgeAward]
    ready: list[ReadyBadge]
    locked: list[LockedBadge]


class SkillStanding(Output):
    """A skill; `level` is its points by the config's points a level."""

    key: str
    label: str
    value: int
    level: int
    max: int


class StreakStanding(Output):
    """A streak; `freezes_left` is null where it has none, `milestones` are those paid."""

    key: str
    label: str
    kind: Literal["daily", "weekly", "monthly", "win"]
    count: int
    freezes_left: int | None
    milestones: list[int]


class CapStanding(Output):
    """What a rule may still give (UTC day, ISO week, ever); null where there is no such cap."""

    rule: str
    daily: int | None
    weekly: int | None
    total: int | None


class ProgressionStanding(Output):
    """What a buddy has come to."""

    buddy_id: str
    evolution_stage: int
    skills: list[SkillStanding]
    streaks: list[StreakStanding]
    counters: dict[str, int]
    badges: Badges
    caps: list[CapStanding]


class UserBuddy(Output):
    """A buddy of a user, in brief."""

    buddy_id: str
    audience: str
    name: str
    status: Literal["active", "archived"]
    evolution_stage: int
    image_url: str | None
    thumb_url: str | None
    coins: int
    tokens: TokensSummary
    badges: list[BadgeAward]
    streaks: list[StreakStanding]
    created_at: InstantOut


class UserSummary(Output):
    """A user with all buddies, the newest first, archived ones too; at most 100."""

    user_id: str
    time_zone: str | None
    display_name: str | None
    buddies: list[UserBuddy]
