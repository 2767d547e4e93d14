"""Where a buddy stands against its config, for those who look at it. Pure; changes nothing.

A share is 0.0 … 1.0: of a lower bound, how much of it is there; of `all`, the mean of its parts; of
`any`, the best of them; of everything else, all or nothing. What depends on an event's properties
counts as not there.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from app.engine import conditions as terms
from app.engine.amounts import UNUSED, Limits, rolled
from app.engine.config import Config
from app.engine.predicates import Scene, measure_of, predicate_of, streak_length
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind, iso_week_of


@dataclass(frozen=True, slots=True)
class Progress:
    """How near a condition is, and its parts that fail, one sentence each."""

    share: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CapsLeft:
    """What a rule may still give today (UTC), this ISO week and ever; None where uncapped."""

    daily: int | None
    weekly: int | None
    total: int | None


MET = Progress(1.0, ())
NAMES = ("event_type", "counter", "property", "token", "skill", "streak", "badge")


def badge_progress(
    config: Config, state: BuddyState, key: str, *, now: datetime, zone: tzinfo = UTC
) -> Progress:
    """How near the buddy is to a badge; one that is only awarded by hand is all or nothing.

    Raises:
        KeyError: the config has no such badge.
    """
    badge = config.badges[key]
    condition = config.document.badges[badge.index].when
    if key in state.badges or key in state.badges_ready:
        return MET
    if condition is None:
        return Progress(0.0, ("It is awarded by hand.",))
    return _Reader(config, Scene(state, {}, now, zone, {})).progress(condition)


def stage_progress(
    config: Config, state: BuddyState, *, now: datetime, zone: tzinfo = UTC
) -> Progress | None:
    """How near the buddy is to its next stage; None where there is none."""
    if state.stage + 1 not in config.stages:
        return None
    parts = config.document.evolution.stages[state.stage].conditions
    return _Reader(config, Scene(state, {}, now, zone, {})).together(parts)


def streak_lengths(
    config: Config, state: BuddyState, *, now: datetime, zone: tzinfo = UTC
) -> dict[str, int]:
    """The length of every streak at this moment; 0 where its run has ended."""
    scene = Scene(state, {}, now, zone, {})
    return {key: streak_length(scene, key, streak.kind) for key, streak in config.streaks.items()}


def streaks_done(
    config: Config, state: BuddyState, *, now: datetime, zone: tzinfo = UTC
) -> dict[str, bool]:
    """Whether the present period of every streak that has periods was ticked."""
    scene = Scene(state, {}, now, zone, {})
    return {
        key: _is_done(state, key, streak.kind, scene)
        for key, streak in config.streaks.items()
        if streak.kind is not StreakKind.WIN
    }


def _is_done(state: BuddyState, key: str, kind: StreakKind, scene: Scene) -> bool:
    record = state.streaks.get(key)
    if record is None or record[0] != kind or not record[1]:
        return False
    return bool(record[1][-1][1] >= scene.period(kind))


def caps_left(config: Config, state: BuddyState, *, now: datetime) -> dict[str, CapsLeft]:
    """What is left of every capped rule, by its source (`rule:<key>` or `skill:<key>`)."""
    day = now.toordinal()
    return {
        rule.source: _left(
            rule.limits, rolled(state.caps.get(rule.source, UNUSED), day, iso_week_of(day))
        )
        for rules in (*config.token_rules.values(), *config.skill_rules.values())
        for rule in rules
        if rule.limits is not None
    }


def _left(limits: Limits, used: list[int]) -> CapsLeft:
    def rest(limit: int | None, spent: int) -> int | None:
        return None if limit is None else max(limit - spent, 0)

    return CapsLeft(
        rest(limits.daily, used[1]), rest(limits.weekly, used[3]), rest(limits.total, used[4])
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    config: Config
    scene: Scene

    def progress(self, condition: terms.Condition) -> Progress:
        if isinstance(condition, terms.All):
            return self.together(condition.conditions)
        if isinstance(condition, terms.AnyOf):
            return max(map(self.progress, condition.conditions), key=lambda each: each.share)
        if predicate_of(condition, "", self.config.scales)(self.scene) is None:
            return MET
        if isinstance(condition, terms.Measured):
            return self._measured(condition)
        return Progress(0.0, (f"{_subject(condition)} is not as it must be.",))

    def together(self, conditions: list[terms.Condition]) -> Progress:
        """The progress of several that must all hold."""
        parts = [self.progress(condition) for condition in conditions]
        share = sum(part.share for part in parts) / len(parts) if parts else 1.0
        return Progress(share, tuple(text for part in parts for text in part.missing))

    def _measured(self, condition: terms.Measured) -> Progress:
        value = measure_of(condition, self.config.scales)(self.scene)
        subject = _subject(condition)
        if condition.gte is not None and value < condition.gte:
            share = value / condition.gte
            return Progress(share, (f"{subject} is {value} of {condition.gte}.",))
        return Progress(0.0, (f"{subject} is {value}, which is not as it must be.",))


def _subject(condition: terms.Strict) -> str:
    """What a condition speaks of: its type and the key it names."""
    if isinstance(condition, terms.Not):
        return f"not {_subject(condition.condition)}"
    fields = condition.model_dump()
    return " ".join(str(fields[name]) for name in ("type", *NAMES) if name in fields)
