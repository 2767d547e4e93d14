"""A config document as people write it. Pure; the shapes alone, references are checked elsewhere.

Items, paths and leaderboards have files of their own; `terms` has the words they share.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from app.engine.conditions import Condition, Key, PropertyName, Strict
from app.engine.document_boards import Leaderboard
from app.engine.document_items import Creature, Item
from app.engine.document_paths import Path
from app.engine.terms import (
    Amount,
    AudienceKey,
    Audiences,
    Chance,
    Description,
    EventTypes,
    Factor,
    Label,
    Named,
    Points,
    StageNumber,
    Tokens,
)


class EventType(Named):
    """A type of event that rules may listen to."""


class Audience(Named):
    """A group for which a user has a buddy of its own."""

    key: AudienceKey


class Token(Named):
    """A currency: `primary` can be spent, `progression` is only earned."""

    kind: Literal["primary", "progression"]
    max_balance: Amount | None = Field(None, description="Credits above this are clipped.")
    default: bool = Field(False, description="Fills its kind's slot; without it, the first does.")


class AmountFrom(Strict):
    """An amount that is a property of the event, scaled. Without a number nothing is given."""

    property: PropertyName
    multiply: Factor = Decimal(1)
    round: Literal["floor", "half_even", "ceil"] = "floor"
    min: Amount | None = Field(None, description="Raises a smaller result, even zero, to this.")
    max: Amount | None = Field(None, description="Lowers a larger result to this.")


class Caps(Strict):
    """The most that a rule gives to a buddy, by the UTC day and ISO week of receipt, and ever."""

    daily: Amount | None = None
    weekly: Amount | None = None
    total: Amount | None = None


class Multiplier(Strict):
    """The amount is multiplied, and rounded down, while a streak is long enough."""

    streak: Key
    gte: Amount
    factor: Factor


class Lucky(Strict):
    """Now and then the amount is multiplied; the draw is fixed by the event and the rule."""

    chance: Chance
    factor: Factor


class Rule(Named):
    """What an event gives. Exactly one of `amount` and `amount_from` is needed."""

    event_type: Key
    audience: Audiences = Field(default_factory=list)
    when: Condition | None = None
    amount: Amount | None = None
    amount_from: AmountFrom | None = None
    caps: Caps | None = None
    multiplier: Multiplier | None = None
    lucky: Lucky | None = None


class TokenRule(Rule):
    """An event earns a token."""

    token: Key


class Skill(Named):
    """A skill in points; every `points_per_level` of them are a level."""

    max: Amount = 1000
    points_per_level: Amount = 100


class SkillRule(Rule):
    """An event raises a skill."""

    skill: Key


class SkillDecay(Strict):
    """A skill loses points at the end of every period (UTC), never below `floor` points."""

    skill_key: Key
    cadence: Literal["daily", "weekly", "monthly"]
    amount: Amount
    floor: Points = 0
    grace_days: int = Field(0, ge=0, le=3650, description="Younger buddies lose nothing.")
    only_above: Points | None = Field(None, description="Nothing is lost at or below this.")
    audience: Audiences = Field(default_factory=list)
    description: Description | None = None


class Badge(Named):
    """Given once. `auto`: as soon as `when` holds. `manual`: then ready, and awarded by hand."""

    mode: Literal["auto", "manual"] = "auto"
    audience: Audiences = Field(default_factory=list)
    when: Condition | None = Field(
        None, description="A manual badge without it is only awarded by hand; auto needs it."
    )
    tokens: Tokens = Field(default_factory=dict)


class Milestone(Strict):
    """What a run of this length pays, once per buddy."""

    at: Amount
    tokens: Tokens = Field(default_factory=dict)
    badge: Key | None = None


Milestones = Annotated[list[Milestone], Field(max_length=100)]


class Freezes(Strict):
    """What saves a run from a missed period: one freeze a period, spent by itself."""

    initial: Points = Field(0, description="What a buddy begins with.")
    max: Amount = Field(description="No buddy ever has more than this.")
    grant_every: Amount | None = Field(None, description="Every so many ticks give one more.")


class PeriodStreak(Named):
    """Periods in a row with at least one of these events, in the user's time zone."""

    kind: Literal["daily", "weekly", "monthly"]
    event_types: EventTypes
    audience: Audiences = Field(default_factory=list)
    freezes: Freezes | None = None
    late_window_days: int = Field(
        7, ge=0, le=62, description="Events older than this when received tick nothing."
    )
    milestones: Milestones = Field(default_factory=list)


class WinStreak(Named):
    """Events in a row, in order of arrival, until one of another type ends the run."""

    kind: Literal["win"]
    count_on: EventTypes
    reset_on: EventTypes
    audience: Audiences = Field(default_factory=list)
    milestones: Milestones = Field(default_factory=list)


AnyStreak = Annotated[PeriodStreak | WinStreak, Field(discriminator="kind")]


class Stage(Strict):
    """A stage of evolution; every condition must hold. The first stage has none."""

    stage: StageNumber
    label: Label | None = None
    description: Description | None = None
    conditions: list[Condition] = Field(default_factory=list, max_length=20)


class Evolution(Strict):
    """Stages 1, 2, 3 … without a gap; with `auto_evolve` a buddy that is ready just evolves."""

    auto_evolve: bool = False
    stages: list[Stage] = Field(default_factory=list, max_length=5)


class MatchMapping(Strict):
    """An event that a line of a match result becomes; `key` is part of the event's id."""

    key: Key
    event_type: Key
    who: Literal["stayed", "left", "won", "lost", "drawn"] = Field(
        description="Won, lost and drawn are said of those who stayed."
    )


class ConfigDocument(Strict):
    """One version of the rules."""

    event_types: list[EventType] = Field(default_factory=list, max_length=1000)
    unknown_events: Literal["count", "reject"] = "count"
    audiences: list[Audience] = Field(default_factory=list, max_length=50)
    tokens: list[Token] = Field(default_factory=list, max_length=50)
    token_rules: list[TokenRule] = Field(default_factory=list, max_length=1000)
    skills: list[Skill] = Field(default_factory=list, max_length=200)
    skill_rules: list[SkillRule] = Field(default_factory=list, max_length=1000)
    skill_decay: list[SkillDecay] = Field(default_factory=list, max_length=200)
    badges: list[Badge] = Field(default_factory=list, max_length=500)
    streaks: list[AnyStreak] = Field(default_factory=list, max_length=100)
    evolution: Evolution = Field(default_factory=Evolution)
    items: list[Item] = Field(default_factory=list, max_length=500)
    paths: list[Path] = Field(default_factory=list, max_length=50)
    leaderboards: list[Leaderboard] = Field(default_factory=list, max_length=50)
    creatures: list[Creature] = Field(default_factory=list, max_length=100)
    match_mapping: list[MatchMapping] | None = Field(
        None, max_length=100, description="Left out: completed, won, lost, drawn, left."
    )
