"""Dry runs as the API takes and shows them."""

from typing import Annotated

from pydantic import Field, model_validator

from app.events.schemas import BATCH_MAX, SendEvent
from app.kit.schemas import Input, InstantOut, Output, absent

DAYS_MAX = 30
DAYS_DEFAULT = 7


class StartDryRun(Input):
    """Which events are to be replayed: those of the last days (7, if nothing is said), or these."""

    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] | None = None
    events: Annotated[list[SendEvent], Field(min_length=1, max_length=BATCH_MAX)] | None = Field(
        None, description="Each is taken as received when it occurred, in the order given."
    )

    @model_validator(mode="after")
    def _not_both(self) -> "StartDryRun":
        if self.days is not None and self.events is not None:
            raise ValueError("give days or events, not both")
        return self


class Compared(Output):
    """A total under the rules in force, and under those of this version."""

    was: int
    would_be: int
    difference: int


class ComparedToken(Compared):
    """A token; `paid` is what the events of the window were really answered."""

    token: str
    paid: int | None = absent()


class ComparedRule(Compared):
    """What a rule, badge, streak or path (`rule:<key>`, `badge:<key>`, …) gives of a token."""

    source: str
    token: str


class ComparedSkill(Compared):
    """The points of a skill."""

    skill: str


class ComparedBadge(Compared):
    """How often a badge is awarded."""

    badge: str


class ComparedMilestone(Compared):
    """How often a milestone of a streak is reached."""

    streak: str
    milestone: int


class ComparedBuddy(Output):
    """A buddy for whom much changes; `buddy_id` is absent where the events were given."""

    buddy_id: str | None = absent()
    user_id: str
    audience: str | None
    tokens: list[ComparedToken]


class DryRun(Output):
    """What the rules of a version would give, next to what those in force give.

    Both sides begin with fresh buddies and see the same events, so that equal rules give equal
    totals. Lists are sorted, the largest differences first.
    """

    since: InstantOut | None
    until: InstantOut | None
    events: int
    buddies: int
    refused: Compared
    tokens: list[ComparedToken]
    rules: list[ComparedRule]
    skills: list[ComparedSkill]
    badges: list[ComparedBadge]
    streak_milestones: list[ComparedMilestone]
    top_buddies: list[ComparedBuddy]
