"""Leaderboards, as people write them. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from app.engine.conditions import Key, Strict
from app.engine.terms import Named


class TokensEarned(Strict):
    """What was earned of a token, spent or not."""

    type: Literal["tokens_earned"]
    token: Key


class CounterMetric(Strict):
    """How many events of a type came in."""

    type: Literal["counter"]
    name: Key


class SkillMetric(Strict):
    """The points of a skill."""

    type: Literal["skill"]
    key: Key


class StageMetric(Strict):
    """The stage of evolution."""

    type: Literal["stage"]


Metric = Annotated[
    TokensEarned | CounterMetric | SkillMetric | StageMetric, Field(discriminator="type")
]


class Leaderboard(Named):
    """Buddies by a metric. Windows are UTC: the day, the ISO week, the calendar month."""

    metric: Metric
    window: Literal["all_time", "monthly", "weekly", "daily"] = "all_time"
    scope: Literal["global", "audience"] = "global"
    visibility: Literal["public", "own", "admin"] = Field(
        "public", description="own: a player sees only the ranks around their own."
    )
