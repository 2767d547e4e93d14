"""What follows from what was given, to the end: badges, steps of the path, the next stage. Pure.

It ends because a pass goes on only after a badge or a step was given, and each is given once.
"""

from app.engine.effects import BadgeReady, EvolutionReady
from app.engine.parts import Badge
from app.engine.parts_world import Path, Step
from app.engine.predicates import Scene
from app.engine.trace import Reason, Section
from app.engine.turn import Decision, Turn, moment_text

Failed = dict[int, str]
"""Why a badge or an open step was not given, by index: the pointer of what failed."""


def settled(turn: Turn) -> Decision:
    """The decision, after everything that follows from it."""
    waiting = _badges_not_held(turn)
    path = turn.config.active_paths.get(turn.audience)
    badges_failed: Failed = {}
    steps_failed: Failed = {}
    is_moving = True
    while is_moving:
        left = [badge for badge in waiting if not _given(turn, badge, badges_failed)]
        is_moving = len(left) < len(waiting)
        waiting = left
        if path is not None and _advance(turn, path, steps_failed):
            is_moving = True
    for index, pointer in badges_failed.items():
        turn.note(Section.BADGE, index, Reason.CONDITION + pointer)
    for index, pointer in steps_failed.items():
        turn.note(Section.PATH, index, Reason.CONDITION + pointer)
    _announce_stage(turn)
    return turn.decision()


def is_open(step: Step, before: Step | None, done: dict[str, str], scene: Scene) -> bool:
    """Whether a step may be worked on: its own condition says so, else the step before it."""
    if step.unlock_when is not None:
        return step.unlock_when(scene) is None
    return before is None or before.key in done


def _badges_not_held(turn: Turn) -> list[Badge]:
    held, ready = turn.state.badges, turn.state.badges_ready
    waiting = []
    for badge in turn.config.conditional_badges:
        if badge.key in held or badge.key in ready:
            continue
        if badge.audience and not turn.concerns(badge.audience):
            turn.note(Section.BADGE, badge.index, Reason.OTHER_AUDIENCE)
        else:
            waiting.append(badge)
    return waiting


def _given(turn: Turn, badge: Badge, failed: Failed) -> bool:
    if badge.key in turn.state.badges:
        failed.pop(badge.index, None)
        return True
    pointer = badge.when(turn.scene) if badge.when is not None else "/when"
    if pointer is not None:
        failed[badge.index] = pointer
        return False
    failed.pop(badge.index, None)
    if badge.mode == "auto":
        turn.award(badge)
    else:
        turn.state.badges_ready[badge.key] = moment_text(turn.scene.now)
        turn.effects.append(BadgeReady(badge.key))
        turn.note(Section.BADGE, badge.index, Reason.READY, 1)
    return True


def _advance(turn: Turn, path: Path, failed: Failed) -> bool:
    """Complete what can be completed in one pass over the path; whether anything was."""
    is_moving, before = False, None
    for step in path.steps:
        done = turn.state.paths.get(path.key, {})
        if step.key not in done and is_open(step, before, done, turn.scene):
            is_moving = _try_step(turn, path, step, failed) or is_moving
        before = step
    return is_moving


def _try_step(turn: Turn, path: Path, step: Step, failed: Failed) -> bool:
    is_moving, slot = False, step.index
    failed.pop(slot, None)
    missing = False
    for sub_step in step.sub_steps:
        if f"{step.key}/{sub_step.key}" in turn.state.paths.get(path.key, {}):
            continue
        pointer = "" if sub_step.complete_when is None else sub_step.complete_when(turn.scene)
        if pointer is None:
            turn.complete(path, step, sub_step)
            is_moving = True
            continue
        missing = True
        if pointer:
            failed.setdefault(slot, pointer)
    if missing or step.is_manual:
        return is_moving
    pointer = step.complete_when(turn.scene) if step.complete_when is not None else None
    if pointer is not None:
        failed[slot] = pointer
        return is_moving
    turn.complete(path, step, None)
    return True


def _announce_stage(turn: Turn) -> None:
    stage_next = turn.state.stage + 1
    stage = turn.config.stages.get(stage_next)
    if stage is None or turn.state.announced >= stage_next:
        return
    pointer = stage.when(turn.scene)
    if pointer is not None:
        turn.note(Section.STAGE, stage_next - 1, Reason.CONDITION + pointer)
        return
    turn.state.announced = stage_next
    turn.effects.append(EvolutionReady(stage_next, turn.config.auto_evolve))
    turn.note(Section.STAGE, stage_next - 1, Reason.FIRED, stage_next)
