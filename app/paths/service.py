"""Paths: where buddies stand on them, steps completed by hand, and which one is active."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from app.buddies import effects
from app.buddies.herd import Cause, Herd
from app.configs import service as configs
from app.configs.choices import with_choices
from app.customers import service as customers
from app.engine.config import Config
from app.engine.paths import (
    StepProgress,
    StepRefusal,
    SubStepProgress,
    complete_step,
    path_progress,
)
from app.engine.state import BuddyState
from app.kit.errors import AppError, Conflict, NotFound
from app.kit.tx import Tx
from app.ledger import service as ledger
from app.paths import schemas
from app.users import service as users

REASONS = {
    StepRefusal.INACTIVE: "The path is not the active one of the buddy's audience.",
    StepRefusal.ALREADY_COMPLETED: "The step is complete already.",
    StepRefusal.LOCKED: "The step is still locked.",
    StepRefusal.NOT_MANUAL: "The step completes itself when its condition holds.",
}


class StepRefused(Conflict):
    """The step can't be completed by hand now; nothing was changed."""

    def __init__(self, refusal: StepRefusal) -> None:
        super().__init__(REASONS[refusal], details={"status": refusal.value})


async def of_buddy(tx: Tx, buddy_id: str) -> schemas.BuddyPaths:
    """Where a buddy stands on every path of its audience.

    Raises:
        NotFound: this customer has no such buddy.
    """
    row = await Herd.looks(tx, buddy_id)
    settled = await customers.settled(tx)
    config = await configs.compiled(tx, row.config_version_id)
    config = with_choices(row.config_version_id, config, settled.active_paths)
    accounts = await ledger.accounts(tx, [buddy_id])
    state = BuddyState.load(
        row.state,
        stage=row.stage,
        balances={token: each.balance for (_, token), each in accounts.items()},
        lifetime_earned={token: each.earned for (_, token), each in accounts.items()},
    )
    zone = (await users.zones(tx, [row.user_id])).get(row.user_id, UTC)
    keys = [key for key, path in config.paths.items() if path.audience == row.audience]
    return schemas.BuddyPaths(
        data=[shown(config, state, key, now=tx.now, zone=zone) for key in keys]
    )


async def complete(
    tx: Tx, buddy_id: str, path_key: str, step_key: str, sub_step_key: str | None
) -> schemas.StepCompleted:
    """Complete a step (or sub-step) by hand, and give what follows.

    Raises:
        NotFound: no such buddy, or its config has no such path or step.
        Conflict: see `Herd.one`.
        StepRefused: nothing was changed.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    decision = complete_step(
        buddy.config,
        buddy.state,
        path_key,
        step_key,
        sub_step_key,
        now=tx.now,
        zone=buddy.zone,
        audience=buddy.audience,
    )
    if isinstance(decision, StepRefusal):
        raise _refusal(decision, path_key, step_key, sub_step_key)
    given = effects.apply(herd, buddy, decision, Cause(request_id=tx.request_id))
    await herd.write()
    return schemas.StepCompleted(
        path_updates=[schemas.PathUpdate(**update) for update in given.path_updates],
        tokens=[f"{token}:{amount}" for token, amount in given.tokens.items()],
        badges_awarded=given.badges_awarded,
        badges_ready=given.badges_ready,
        evolution_ready=given.evolution_ready,
        path=shown(buddy.config, buddy.state, path_key, now=tx.now, zone=buddy.zone),
    )


async def activate(tx: Tx, path_key: str) -> schemas.ActivePath:
    """Make a path of the published config the active one of its audience, for every buddy.

    What was completed on another path stays. It holds for later versions that have the path.

    Raises:
        NoPublishedConfig: there is none.
        NotFound: the published config has no such path.
    """
    config = await configs.compiled(tx, await configs.published(tx))
    path = config.paths.get(path_key)
    if path is None:
        raise NotFound("path", path_key)
    await customers.choose_path(tx, path.audience, path_key)
    return schemas.ActivePath(audience=path.audience, path_key=path_key)


def _refusal(
    refusal: StepRefusal, path_key: str, step_key: str, sub_step_key: str | None
) -> AppError:
    if refusal is StepRefusal.UNKNOWN:
        named = [path_key, step_key, *([sub_step_key] if sub_step_key else [])]
        return NotFound("path_step", "/".join(named))
    return StepRefused(refusal)


def shown(
    config: Config, state: BuddyState, key: str, *, now: datetime, zone: tzinfo
) -> schemas.Path:
    """A path as a buddy in this state stands on it."""
    progress = path_progress(config, state, key, now=now, zone=zone)
    path = progress.path
    mode: Any = path.display_mode
    return schemas.Path(
        key=path.key,
        label=path.label,
        description=path.description,
        audience=path.audience,
        display_mode=mode,
        accent=path.accent,
        icon=path.icon,
        is_active=progress.is_active,
        is_completed=progress.is_completed,
        steps=[_step(step) for step in progress.steps],
    )


def _step(progress: StepProgress) -> schemas.Step:
    step = progress.step
    return schemas.Step(
        key=step.key,
        label=step.label,
        description=step.description,
        state=progress.state,
        completed_at=progress.completed_at,
        is_manual=progress.is_manual,
        tokens=dict(step.tokens),
        badge=step.badge,
        sub_steps=[_sub_step(part) for part in progress.sub_steps],
    )


def _sub_step(progress: SubStepProgress) -> schemas.SubStep:
    part = progress.sub_step
    return schemas.SubStep(
        key=part.key,
        label=part.label,
        state=progress.state,
        completed_at=progress.completed_at,
        is_manual=progress.is_manual,
        content_url=part.content_url,
        cta_label=part.cta_label,
    )
