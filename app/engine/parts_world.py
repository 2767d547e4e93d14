"""Compiled items, paths, leaderboards, creatures and decay. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.document_items import Category
from app.engine.predicates import Predicate
from app.engine.streaks import StreakKind


@dataclass(frozen=True, slots=True)
class Item:
    """An item; `price` is pairs of a spendable token and an amount, empty where it is free.

    `images` are URLs by stage, `image_url` is that of every other stage. `stock` None is endless.
    """

    id: str
    name: str
    description: str
    category: Category
    rarity: str
    price: tuple[tuple[str, int], ...]
    layer_order: int
    image_url: str | None
    images: Mapping[int, str]
    audience: frozenset[str]
    visible_when: Predicate | None
    stock: int | None
    per_buddy_limit: int
    preset_id: str | None


@dataclass(frozen=True, slots=True)
class SubStep:
    """A part of a step; `is_manual` where hands may complete it."""

    key: str
    label: str
    complete_when: Predicate | None
    is_manual: bool
    content_url: str | None
    cta_label: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `index` counts the steps of all paths of the config, in document order."""

    index: int
    key: str
    label: str
    description: str
    unlock_when: Predicate | None
    complete_when: Predicate | None
    tokens: tuple[tuple[str, int], ...]
    badge: str | None
    sub_steps: tuple[SubStep, ...]

    @property
    def is_manual(self) -> bool:
        """Whether only hands complete it: it has neither a condition nor sub-steps."""
        return self.complete_when is None and not self.sub_steps


@dataclass(frozen=True, slots=True)
class Path:
    """A path of one audience."""

    key: str
    label: str
    description: str
    audience: str
    display_mode: str
    accent: str | None
    icon: str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Buddies by a metric: `kind` is `tokens_earned`, `counter`, `skill` or `stage`.

    `name` is the token, counter or skill; empty for the stage.
    """

    key: str
    label: str
    description: str
    kind: str
    name: str
    window: str
    scope: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Creature:
    """A line of creatures by the key that eggs name it with."""

    key: str
    label: str
    line: str


@dataclass(frozen=True, slots=True)
class Decay:
    """How a skill wears off; `above` is the number of points at or below which nothing is lost."""

    skill: str
    cadence: StreakKind
    amount: int
    floor: int
    above: int
    grace_days: int
    audience: frozenset[str]
