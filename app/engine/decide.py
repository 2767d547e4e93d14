"""What an event does to a buddy. Pure and total: no event of any kind makes it raise.

The order within a decision: the event is counted, streaks tick and pay milestones, token rules,
skill rules (each in document order, each seeing what came before), then badges and steps of the
active path to a fixed point, then the next stage. Parts of the config that are for other audiences
do nothing; `audience` left out is the config's first.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from app.engine import amounts, courses, streaks
from app.engine.conditions import MAX_INTEGER
from app.engine.config import Config
from app.engine.effects import StreakBurned, StreakRestored, StreakTicked
from app.engine.events import Event
from app.engine.parts import Rule, Streak
from app.engine.predicates import Scene, streak_length
from app.engine.settling import settled
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind
from app.engine.trace import Reason, Section
from app.engine.turn import Decision, Turn

__all__ = ["Decision", "Refusal", "after_change", "award_badge", "decide"]

FUTURE_MAX = timedelta(minutes=5)
TYPE_PATTERN = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event may not be taken in; `path` is a JSON pointer into the event."""

    code: Literal["event_type_not_registered", "validation_failed"]
    message: str
    path: str


def decide(
    config: Config,
    state: BuddyState,
    event: Event,
    *,
    draw_secret: bytes,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision | Refusal:
    """What `event` does to a buddy in `state`, which is left as it is.

    `zone` is the user's time zone, in which streaks tick; caps always count in UTC. Lucky draws
    depend on `draw_secret`, the event's id and the rule alone.
    """
    refusal = _refusal(config, event)
    if refusal is not None:
        return refusal
    turn = Turn.begin(config, state, event.received_at, zone, audience)
    turn.scene.properties = event.properties
    counters = turn.state.counters
    counters[event.type] = min(counters.get(event.type, 0) + 1, MAX_INTEGER)
    for streak in config.streaks_by_type.get(event.type, ()):
        if streak.audience and not turn.concerns(streak.audience):
            turn.note(Section.STREAK, streak.index, Reason.OTHER_AUDIENCE)
        elif streak.kind is StreakKind.WIN:
            _count_win(turn, streak, event)
        else:
            _tick(turn, streak, event)
    for rule in config.token_rules.get(event.type, ()):
        _fire(turn, rule, event, draw_secret, Section.TOKEN_RULE)
    for rule in config.skill_rules.get(event.type, ()):
        _fire(turn, rule, event, draw_secret, Section.SKILL_RULE)
    return settled(turn)


def after_change(
    config: Config,
    state: BuddyState,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision:
    """What follows after somebody changed balances, skills or the stage by hand.

    Conditions on properties see an event without any.
    """
    return settled(Turn.begin(config, state, now, zone, audience))


def award_badge(
    config: Config,
    state: BuddyState,
    key: str,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> Decision:
    """Award a badge by hand, with what follows; no effects where it is held already.

    Raises:
        KeyError: the config has no such badge.
    """
    badge = config.badges[key]
    turn = Turn.begin(config, state, now, zone, audience)
    if key in state.badges:
        turn.note(Section.BADGE, badge.index, Reason.ALREADY_HELD)
        return turn.decision()
    turn.award(badge)
    return settled(turn)


def _refusal(config: Config, event: Event) -> Refusal | None:
    if event.type not in config.event_types:
        if config.unknown_events == "reject":
            message = "this type is not registered; add it to event_types of the published config"
            return Refusal("event_type_not_registered", message, "/type")
        if TYPE_PATTERN.fullmatch(event.type) is None:
            message = "must be 1–64 of letters, digits, '.', '_', ':' and '-'"
            return Refusal("validation_failed", message, "/type")
    if event.occurred_at - event.received_at > FUTURE_MAX:
        message = "is more than 5 minutes ahead; check the sender's clock"
        return Refusal("validation_failed", message, "/occurred_at")
    return None


def _count_win(turn: Turn, streak: Streak, event: Event) -> None:
    count = streak_length(turn.scene, streak.key, streak.kind)
    if event.type in streak.reset_on:
        turn.state.streaks[streak.key] = [streak.kind, 0]
        turn.note(Section.STREAK, streak.index, Reason.RESET)
        return
    count = min(count + 1, MAX_INTEGER)
    turn.state.streaks[streak.key] = [streak.kind, count]
    turn.effects.append(StreakTicked(streak.key, count))
    turn.note(Section.STREAK, streak.index, turn.pay_milestones(streak, count), count)


def _tick(turn: Turn, streak: Streak, event: Event) -> None:
    if event.received_at - event.occurred_at > streak.late_window:
        turn.note(Section.STREAK, streak.index, Reason.LATE)
        return
    kind, zone = streak.kind, turn.scene.zone
    record = turn.state.streaks.get(streak.key)
    period = streaks.period_of(kind, event.occurred_at, zone)
    if record is not None and record[0] == kind and _has_ticked(record, period):
        turn.note(Section.STREAK, streak.index, Reason.ALREADY_TICKED)
        return
    now = turn.scene.period(kind)
    course = courses.course_of(record, kind, streak.freezes) or courses.begun(now, streak.freezes)
    if streak.freezes is not None:
        lost = courses.catch_up(course, now)
        turn.effects.extend(StreakBurned(streak.key, count) for count in lost)
    horizon = streaks.horizon_of(kind, event.received_at, streak.late_window, zone)
    touched = courses.touch(course, period, horizon, streak.freezes)
    turn.state.streaks[streak.key] = courses.record_of(kind, course, streak.freezes)
    if touched is None:
        turn.note(Section.STREAK, streak.index, Reason.ALREADY_TICKED)
        return
    count = streaks.length_of(course.runs)
    turn.effects.append(StreakTicked(streak.key, count))
    if touched.restored is not None:
        turn.effects.append(StreakRestored(streak.key, touched.restored))
    outcome = turn.pay_milestones(streak, touched.reached)
    turn.note(Section.STREAK, streak.index, outcome, count)


def _has_ticked(record: list[Any], period: int) -> bool:
    """Whether the latest run has the period already, and no freeze stands for it."""
    first, last = record[1][-1][:2]
    return first <= period <= last and (len(record) < 5 or period not in record[5])


def _fire(turn: Turn, rule: Rule, event: Event, draw_secret: bytes, section: Section) -> None:
    if rule.audience and not turn.concerns(rule.audience):
        turn.note(section, rule.index, Reason.OTHER_AUDIENCE)
        return
    failed = rule.when(turn.scene) if rule.when is not None else None
    if failed is not None:
        turn.note(section, rule.index, Reason.CONDITION + failed)
        return
    amount = rule.amount
    if rule.scaled is not None:
        amount = amounts.amount_from(event.properties, rule.scaled)
    if amount is None:
        turn.note(section, rule.index, Reason.NO_NUMBER)
        return
    amount, lucky = _multiplied(turn.scene, rule, amount, event.event_id, draw_secret)
    if amount < 1:
        turn.note(section, rule.index, Reason.TOO_SMALL)
        return
    allowed, reason = amount, str(Reason.FIRED)
    used = None
    if rule.limits is not None:
        day = event.received_at.toordinal()
        used = amounts.rolled(
            turn.state.caps.get(rule.source, amounts.UNUSED), day, streaks.iso_week_of(day)
        )
        left, which = amounts.room(rule.limits, used)
        if left < amount:
            allowed, reason = left, Reason.CAP + which
    given = _give(turn, rule, allowed, section, is_lucky=lucky)
    if given < allowed:
        reason = Reason.CLIPPED
    if used is not None and given > 0:
        turn.state.caps[rule.source] = amounts.used_more(used, given)
    turn.note(section, rule.index, reason, given)


def _multiplied(
    scene: Scene, rule: Rule, amount: int, event_id: str, draw_secret: bytes
) -> tuple[int, bool]:
    multiplier, lucky = rule.multiplier, rule.lucky
    if (
        multiplier is not None
        and streak_length(scene, multiplier.streak, multiplier.kind) >= multiplier.at_least
    ):
        amount = amounts.scale(amount, multiplier.factor, amounts.Rounding.FLOOR)
    if lucky is None or not amounts.is_lucky(draw_secret, event_id, rule.source, lucky.threshold):
        return amount, False
    return amounts.scale(amount, lucky.factor, amounts.Rounding.FLOOR), True


def _give(turn: Turn, rule: Rule, amount: int, section: Section, *, is_lucky: bool) -> int:
    if section is Section.SKILL_RULE:
        return turn.raise_skill(rule.target, amount)
    return turn.earn(rule.target, amount, source=rule.source, reason=rule.reason, is_lucky=is_lucky)
