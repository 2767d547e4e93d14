"""Paths: where a buddy stands on one, and steps completed by hand. Pure.

Steps that have conditions complete themselves in every decision (`settling`). Only the active path
of a buddy's audience moves; what was completed on another one stays.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from app.engine.config import Config
from app.engine.parts_world import Path, Step, SubStep
from app.engine.predicates import Scene
from app.engine.settling import is_open, settled
from app.engine.state import BuddyState
from app.engine.turn import Decision, Turn


class StepState(StrEnum):
    LOCKED = "locked"
    AVAILABLE = "available"
    COMPLETED = "completed"


class StepRefusal(StrEnum):
    """Why a step may not be completed by hand, in the order in which it is decided."""

    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    ALREADY_COMPLETED = "already_completed"
    LOCKED = "locked"
    NOT_MANUAL = "not_manual"


@dataclass(frozen=True, slots=True)
class SubStepProgress:
    """A sub-step as it stands; `completed_at` is RFC 3339, `is_manual` where hands may do it."""

    sub_step: SubStep
    state: StepState
    completed_at: str | None
    is_manual: bool


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step as it stands."""

    step: Step
    state: StepState
    completed_at: str | None
    is_manual: bool
    sub_steps: tuple[SubStepProgress, ...]


@dataclass(frozen=True, slots=True)
class PathProgress:
    """A path as it stands; `is_active` where it is the one of the buddy's audience."""

    path: Path
    is_active: bool
    is_completed: bool
    steps: tuple[StepProgress, ...]


def path_progress(
    config: Config,
    state: BuddyState,
    path_key: str,
    *,
    now: datetime,
    zone: tzinfo = UTC,
) -> PathProgress:
    """Every step of a path, with its state.

    Raises:
        KeyError: the config has no such path.
    """
    path = config.paths[path_key]
    done = state.paths.get(path_key, {})
    scene = Scene(state, {}, now, zone, {})
    steps, before = [], None
    for step in path.steps:
        steps.append(_progress(step, before, done, scene))
        before = step
    return PathProgress(
        path=path,
        is_active=config.active_paths.get(path.audience) is path,
        is_completed=all(step.key in done for step in path.steps),
        steps=tuple(steps),
    )


def complete_step(
    config: Config,
    state: BuddyState,
    path_key: str,
    step_key: str,
    sub_step_key: str | None,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision | StepRefusal:
    """Complete a sub-step by hand (or a step that has none), and what follows.

    The step that a sub-step was the last part of completes with it.
    """
    path = config.paths.get(path_key)
    step = next((each for each in path.steps if each.key == step_key), None) if path else None
    if path is None or step is None:
        return StepRefusal.UNKNOWN
    part = next((each for each in step.sub_steps if each.key == sub_step_key), None)
    if sub_step_key is not None and part is None:
        return StepRefusal.UNKNOWN
    if config.active_paths.get(config.audience(audience)) is not path:
        return StepRefusal.INACTIVE
    turn = Turn.begin(config, state, now, zone, audience)
    refusal = _refusal(turn, path, step, part)
    if refusal is not None:
        return refusal
    turn.complete(path, step, part)
    return settled(turn)


def _refusal(turn: Turn, path: Path, step: Step, part: SubStep | None) -> StepRefusal | None:
    done = turn.state.paths.get(path.key, {})
    if step.key in done or (part is not None and f"{step.key}/{part.key}" in done):
        return StepRefusal.ALREADY_COMPLETED
    place = path.steps.index(step)
    before = path.steps[place - 1] if place else None
    if not is_open(step, before, done, turn.scene):
        return StepRefusal.LOCKED
    is_manual = step.is_manual if part is None else part.is_manual
    return None if is_manual else StepRefusal.NOT_MANUAL


def _progress(step: Step, before: Step | None, done: dict[str, str], scene: Scene) -> StepProgress:
    if step.key in done:
        state = StepState.COMPLETED
    elif is_open(step, before, done, scene):
        state = StepState.AVAILABLE
    else:
        state = StepState.LOCKED
    parts = []
    for part in step.sub_steps:
        completed_at = done.get(f"{step.key}/{part.key}")
        part_state = StepState.COMPLETED if completed_at else state
        parts.append(SubStepProgress(part, part_state, completed_at, part.is_manual))
    return StepProgress(step, state, done.get(step.key), step.is_manual, tuple(parts))
