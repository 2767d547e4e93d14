"""The compiled parts of a config: what a decision looks up instead of reading a document. Pure.

An `audience` is the set of audiences that a part is for; empty, it is for all of them.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.engine.amounts import Limits, Ratio, Scaled
from app.engine.courses import Freezes
from app.engine.predicates import Predicate
from app.engine.streaks import StreakKind


@dataclass(frozen=True, slots=True)
class Token:
    """A currency; `kind` is `primary` (spendable) or `progression` (earn-only)."""

    key: str
    label: str
    kind: str
    max_balance: int | None


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill; its level is its points divided by `points_per_level`."""

    key: str
    label: str
    max: int
    points_per_level: int

    def level(self, value: int) -> int:
        """The level that these points are."""
        return value // self.points_per_level


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge; `mode` is `auto` or `manual`, `when` None where only hands award it."""

    index: int
    key: str
    label: str
    description: str
    mode: str
    when: Predicate | None
    tokens: tuple[tuple[str, int], ...]
    audience: frozenset[str]


@dataclass(frozen=True, slots=True)
class Milestone:
    """What a run of length `at` pays."""

    at: int
    tokens: tuple[tuple[str, int], ...]
    badge: str | None


@dataclass(frozen=True, slots=True)
class Streak:
    """A streak; `reset_on` is for win streaks, `late_window` for the others."""

    index: int
    key: str
    label: str
    kind: StreakKind
    count_on: tuple[str, ...]
    reset_on: tuple[str, ...]
    late_window: timedelta
    milestones: tuple[Milestone, ...]
    audience: frozenset[str]
    freezes: Freezes | None


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of evolution and what it takes to reach it."""

    stage: int
    label: str
    when: Predicate


@dataclass(frozen=True, slots=True)
class Lucky:
    """A draw: the number of 64-bit values that win, and the factor they win."""

    threshold: int
    factor: Ratio


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A factor while a streak is at least so long."""

    streak: str
    kind: StreakKind
    at_least: int
    factor: Ratio


@dataclass(frozen=True, slots=True)
class Rule:
    """What an event type gives of `target`, a token or a skill. One of the amounts is set."""

    index: int
    key: str
    target: str
    source: str
    reason: str
    when: Predicate | None
    amount: int | None
    scaled: Scaled | None
    limits: Limits | None
    multiplier: Multiplier | None
    lucky: Lucky | None
    audience: frozenset[str]
