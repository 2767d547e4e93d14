"""Paths as the API shows them."""

from typing import Literal

from app.engine.paths import StepState
from app.kit.schemas import Output

DisplayMode = Literal["straight", "zigzag", "stepper"]


class SubStep(Output):
    """A part of a step; `is_manual` where a call may complete it."""

    key: str
    label: str
    state: StepState
    completed_at: str | None
    is_manual: bool
    content_url: str | None
    cta_label: str | None


class Step(Output):
    """A step, with what it gives when it is complete."""

    key: str
    label: str
    description: str
    state: StepState
    completed_at: str | None
    is_manual: bool
    tokens: dict[str, int]
    badge: str | None
    sub_steps: list[SubStep]


class Path(Output):
    """A path as a buddy stands on it."""

    key: str
    label: str
    description: str
    audience: str
    display_mode: DisplayMode
    accent: str | None
    icon: str | None
    is_active: bool
    is_completed: bool
    steps: list[Step]


class BuddyPaths(Output):
    """The paths of a buddy's audience, in the config's order."""

    data: list[Path]


class PathUpdate(Output):
    """A step (or sub-step) that became complete; `completed` where the whole path is with it."""

    path: str
    step: str
    sub_step: str | None
    completed: bool


class StepCompleted(Output):
    """What followed from completing a step by hand, and the path after it."""

    path_updates: list[PathUpdate]
    tokens: list[str]
    badges_awarded: list[str]
    badges_ready: list[str]
    evolution_ready: bool
    path: Path


class ActivePath(Output):
    """The path that an audience goes from now on."""

    audience: str
    path_key: str
