"""Conditions as they stand in a config: typed, closed, without loops. Pure.

A condition is an object with a `type`. Every comparison that it names must hold, and it must name
at least one. What it names but does not exist (a property, a counter) counts as absent or as zero.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_INTEGER = 2**53 - 1
KEY_PATTERN = r"^[a-z0-9_-]{1,64}$"

Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
PropertyName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="Name of a property of the event; dots lead into objects: `stats.kills`.",
    ),
]
Scalar = str | int | float | bool


class Strict(BaseModel):
    """The base of all that is read from a config: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Measured(Strict):
    """A whole number compared; all comparisons that are given must hold."""

    gte: Count | None = Field(None, description="At least this much.")
    lte: Count | None = Field(None, description="At most this much.")
    eq: Count | None = Field(None, description="Exactly this much.")


class EventCount(Measured):
    """How many events of a declared type have come in, this one included."""

    type: Literal["event_count"]
    event_type: Key


class Counter(Measured):
    """Any counter by name; events of undeclared types are counted under their own."""

    type: Literal["counter"]
    counter: Key


class Property(Strict):
    """A property of the event. Numbers compare with numbers, and true is not 1."""

    type: Literal["property"]
    property: PropertyName
    exists: bool | None = Field(None, description="Whether the property must be there at all.")
    eq: Scalar | None = Field(None, description="Equal to this text, number or boolean.")
    one_of: list[Scalar] | None = Field(
        None, alias="in", min_length=1, max_length=100, description="Equal to one of these."
    )
    gt: int | float | None = Field(None, description="A number above this.")
    gte: int | float | None = Field(None, description="A number of at least this.")
    lt: int | float | None = Field(None, description="A number below this.")
    lte: int | float | None = Field(None, description="A number of at most this.")


class TokenBalance(Measured):
    """What the buddy has of a token now."""

    type: Literal["token_balance"]
    token: Key


class LifetimeEarned(Measured):
    """What the buddy ever earned of a token, spent or not."""

    type: Literal["lifetime_earned"]
    token: Key


class SkillLevel(Measured):
    """The level of a skill."""

    type: Literal["skill_level"]
    skill: Key


class Streak(Measured):
    """The length of a streak's run; a run that missed a whole period counts as zero."""

    type: Literal["streak"]
    streak: Key


class BadgeHeld(Strict):
    """The buddy holds a badge."""

    type: Literal["badge"]
    badge: Key


class Stage(Measured):
    """The buddy's stage of evolution, 1–5."""

    type: Literal["stage"]


class ItemsOwned(Measured):
    """How many items the buddy owns, all kinds together."""

    type: Literal["items_owned"]


class All(Strict):
    """Every one of these holds."""

    type: Literal["all"]
    conditions: list["Condition"] = Field(min_length=1, max_length=50)


class AnyOf(Strict):
    """At least one of these holds."""

    type: Literal["any"]
    conditions: list["Condition"] = Field(min_length=1, max_length=50)


class Not(Strict):
    """This does not hold."""

    type: Literal["not"]
    condition: "Condition"


Condition = Annotated[
    EventCount
    | Counter
    | Property
    | TokenBalance
    | LifetimeEarned
    | SkillLevel
    | Streak
    | BadgeHeld
    | Stage
    | ItemsOwned
    | All
    | AnyOf
    | Not,
    Field(discriminator="type"),
]

COMPARISONS: dict[str, tuple[str, ...]] = {
    "property": ("exists", "eq", "in", "gt", "gte", "lt", "lte"),
    **dict.fromkeys(
        (
            "event_count",
            "counter",
            "token_balance",
            "lifetime_earned",
            "skill_level",
            "streak",
            "stage",
            "items_owned",
        ),
        ("gte", "lte", "eq"),
    ),
}
"""The comparisons by type of condition, as they are spelled in a document."""

for _model in (All, AnyOf, Not):
    _model.model_rebuild()
