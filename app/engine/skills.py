"""Skills changed by hand, and skills that wear off. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from app.engine.config import Config
from app.engine.effects import SkillDecayed
from app.engine.faults import Fault
from app.engine.parts_world import Decay
from app.engine.settling import settled
from app.engine.state import BuddyState
from app.engine.streaks import period_of, start_of
from app.engine.turn import Decision, Turn


class SkillAction(StrEnum):
    INCREASE = "increase"
    DECREASE = "decrease"
    SET = "set"


@dataclass(frozen=True, slots=True)
class SkillUpdate:
    """A change by hand: `amount` points up or down, or `set` to `value` points."""

    key: str
    action: SkillAction
    amount: int | None = None
    value: int | None = None


def update_skills(
    config: Config,
    state: BuddyState,
    updates: Sequence[SkillUpdate],
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision | list[Fault]:
    """All of these changes in their order, and what follows; or every fault, and no change.

    Increases stop at the skill's maximum and decreases at 0; a value beyond them is a fault.
    Pointers are `/updates/<index>/<field>`.
    """
    faults = [fault for index, each in enumerate(updates) for fault in _faults(config, index, each)]
    if faults:
        return faults
    turn = Turn.begin(config, state, now, zone, audience)
    for each in updates:
        before = turn.state.skills.get(each.key, 0)
        value = _value_after(each, before, config.skills[each.key].max)
        if value != before:
            turn.set_skill(each.key, value)
    return settled(turn)


def decay(
    config: Config,
    state: BuddyState,
    *,
    now: datetime,
    created_at: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision:
    """What skills lost with the periods (UTC) that ended since they were last looked at.

    It may come late or twice: every period is taken once. A skill without anything to lose waits;
    one that is raised again begins with the period it was raised in.
    """
    turn = Turn.begin(config, state, now, zone, audience)
    for rule in config.decays.values():
        if turn.concerns(rule.audience):
            _wear(turn, rule, now, created_at)
    return settled(turn)


def next_decay(
    config: Config,
    state: BuddyState,
    *,
    now: datetime,
    created_at: datetime,
    audience: str = "",
) -> datetime | None:
    """When a skill of this buddy loses points next, never before `now`; None where none will."""
    named = config.audience(audience)
    due = None
    for rule in config.decays.values():
        if rule.audience and named not in rule.audience:
            continue
        if state.skills.get(rule.skill, 0) <= rule.above:
            continue
        looked_at = _looked_at(rule, state, created_at)
        at = now if looked_at is None else _start(rule, looked_at + 1)
        if at is not None and (due is None or at < due):
            due = at
    return max(due, now) if due is not None else None


def _faults(config: Config, index: int, update: SkillUpdate) -> list[Fault]:
    place = f"/updates/{index}"
    skill = config.skills.get(update.key)
    found = [] if skill else [Fault(f"{place}/key", f"{update.key!r} is not one of skills")]
    wanted, other = (update.amount, update.value), ("amount", "value")
    if update.action is SkillAction.SET:
        wanted, other = (update.value, update.amount), ("value", "amount")
    if wanted[0] is None:
        found.append(Fault(f"{place}/{other[0]}", f"is required to {update.action}"))
    if wanted[1] is not None:
        found.append(Fault(f"{place}/{other[1]}", f"is not known to {update.action}"))
    if update.action is not SkillAction.SET:
        if update.amount is not None and update.amount < 1:
            found.append(Fault(f"{place}/amount", "must be at least 1"))
    elif skill and update.value is not None and not 0 <= update.value <= skill.max:
        found.append(Fault(f"{place}/value", f"must be 0 … {skill.max}"))
    return found


def _value_after(update: SkillUpdate, before: int, most: int) -> int:
    if update.action is SkillAction.SET:
        return update.value or 0
    amount = update.amount or 0
    if update.action is SkillAction.DECREASE:
        return max(before - amount, 0)
    return max(min(before + amount, most), before)


def _wear(turn: Turn, rule: Decay, now: datetime, created_at: datetime) -> None:
    period = period_of(rule.cadence, now, UTC)
    before = turn.state.skills.get(rule.skill, 0)
    if before <= rule.above:
        return
    looked_at = _looked_at(rule, turn.state, created_at)
    if looked_at is None:
        turn.state.decayed[rule.skill] = [rule.cadence, period]
    if looked_at is None or period <= looked_at:
        return
    # The last period that takes something is the one that reaches `above`.
    taking = min(period - looked_at, -(-(before - rule.above) // rule.amount))
    value = max(before - rule.amount * taking, rule.floor)
    turn.state.decayed[rule.skill] = [rule.cadence, period]
    turn.state.skills.pop(rule.skill)
    if value > 0:
        turn.state.skills[rule.skill] = value
    turn.effects.append(SkillDecayed(rule.skill, before, value))


def _looked_at(rule: Decay, state: BuddyState, created_at: datetime) -> int | None:
    """The last period that takes nothing any more: looked at, or in the days of grace.

    None where a config without this rule raised the skill; counting then begins with the first
    look.
    """
    mark = state.decayed.get(rule.skill)
    if mark is None or mark[0] != rule.cadence:
        return None
    try:
        graceful = created_at + timedelta(days=rule.grace_days)
    except OverflowError:
        graceful = datetime.max.replace(tzinfo=UTC)
    last: int = mark[1]
    return max(period_of(rule.cadence, graceful, UTC), last)


def _start(rule: Decay, period: int) -> datetime | None:
    try:
        return start_of(rule.cadence, period, UTC)
    except (OverflowError, ValueError):
        return None
