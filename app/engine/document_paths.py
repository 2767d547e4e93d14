"""Paths of steps and sub-steps, as people write them. Pure."""

from typing import Annotated, Literal

from pydantic import Field

from app.engine.conditions import Condition, Key, Strict
from app.engine.terms import Description, Label, Tokens

ContentUrl = Annotated[str, Field(max_length=2048, pattern=r"^(https?://|/)[^\s]+$")]
Icon = Annotated[str, Field(min_length=1, max_length=64)]


class SubStep(Strict):
    """A part of a step; it is completed by its condition, by hand, or by whichever is first."""

    key: Key
    label: Label
    complete_when: Condition | None = None
    allow_manual_complete: bool = True
    content_url: ContentUrl | None = None
    cta_label: Label | None = None


class Step(Strict):
    """A step: complete once its condition holds and all of its sub-steps are complete.

    With neither it is completed by hand. Without `unlock_when` it opens when the step before it is
    complete.
    """

    key: Key
    label: Label
    description: Description | None = None
    unlock_when: Condition | None = None
    complete_when: Condition | None = None
    tokens: Tokens = Field(default_factory=dict)
    badge: Key | None = None
    sub_steps: list[SubStep] = Field(default_factory=list, max_length=50)


class Path(Strict):
    """Steps to go; an audience has at most one active path."""

    key: Key
    label: Label
    description: Description | None = None
    audience: Key | None = Field(None, description="Left out: the first audience.")
    display_mode: Literal["straight", "zigzag", "stepper"] = "straight"
    accent: str | None = Field(None, pattern=r"^#[0-9a-fA-F]{6}$")
    icon: Icon | None = None
    is_active: bool = False
    steps: list[Step] = Field(min_length=1, max_length=100)
