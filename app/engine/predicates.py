"""Conditions turned into functions. Pure and total.

A predicate answers None where the condition holds, else the JSON pointer, inside its rule, of the
part that failed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from app.engine import conditions as terms
from app.engine.amounts import find, number_of
from app.engine.courses import alive_length
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind, period_of


@dataclass(slots=True)
class Scene:
    """What a predicate may look at. `properties` are the event's; without an event, empty."""

    state: BuddyState
    properties: Mapping[str, Any]
    now: datetime
    zone: tzinfo
    periods: dict[StreakKind, int]

    def period(self, kind: StreakKind) -> int:
        """The period in which `now` falls."""
        found = self.periods.get(kind)
        if found is None:
            found = self.periods[kind] = period_of(kind, self.now, self.zone)
        return found


@dataclass(frozen=True, slots=True)
class Scales:
    """What a predicate needs of the rest of the config."""

    points_per_level: Mapping[str, int]
    streak_kinds: Mapping[str, StreakKind]


Predicate = Callable[[Scene], str | None]
Measure = Callable[[Scene], int]
Test = Callable[[Any], bool]


def predicate_of(condition: terms.Condition, pointer: str, scales: Scales) -> Predicate:
    """The function of a valid condition that stands at `pointer`."""
    match condition:
        case terms.All():
            return _all(_each(condition.conditions, pointer, scales))
        case terms.AnyOf():
            return _any(_each(condition.conditions, pointer, scales), pointer)
        case terms.Not():
            return _not(predicate_of(condition.condition, f"{pointer}/condition", scales), pointer)
        case terms.Property():
            return _property(condition, pointer)
        case terms.BadgeHeld():
            return _badge(condition.badge, pointer)
    return _compared(measure_of(condition, scales), condition, pointer)


def all_of(parts: list[terms.Condition], pointer: str, scales: Scales) -> Predicate:
    """The function that holds where every one of a list does."""
    return _all(
        [predicate_of(part, f"{pointer}/{index}", scales) for index, part in enumerate(parts)]
    )


def measure_of(condition: terms.Measured, scales: Scales) -> Measure:
    """The function that reads the number a condition compares."""
    match condition:
        case terms.EventCount(event_type=name) | terms.Counter(counter=name):
            return lambda scene: scene.state.counters.get(name, 0)
        case terms.TokenBalance(token=name):
            return lambda scene: scene.state.balances.get(name, 0)
        case terms.LifetimeEarned(token=name):
            return lambda scene: scene.state.lifetime_earned.get(name, 0)
        case terms.SkillLevel(skill=name):
            points = scales.points_per_level[name]
            return lambda scene: scene.state.skills.get(name, 0) // points
        case terms.Streak(streak=name):
            kind = scales.streak_kinds[name]
            return lambda scene: streak_length(scene, name, kind)
        case terms.Stage():
            return lambda scene: scene.state.stage
        case _:
            return lambda scene: sum(scene.state.items_owned.values())


def streak_length(scene: Scene, key: str, kind: StreakKind) -> int:
    """How long a streak is at this moment; 0 where its run has ended."""
    record = scene.state.streaks.get(key)
    if record is None or record[0] != kind:
        return 0
    if kind is StreakKind.WIN:
        return int(record[1])
    return alive_length(record, scene.period(kind)) if record[1] else 0


def _each(parts: list[terms.Condition], pointer: str, scales: Scales) -> list[Predicate]:
    return [
        predicate_of(part, f"{pointer}/conditions/{index}", scales)
        for index, part in enumerate(parts)
    ]


def _all(parts: list[Predicate]) -> Predicate:
    def holds(scene: Scene) -> str | None:
        for part in parts:
            failed = part(scene)
            if failed is not None:
                return failed
        return None

    return holds


def _any(parts: list[Predicate], pointer: str) -> Predicate:
    def holds(scene: Scene) -> str | None:
        for part in parts:
            if part(scene) is None:
                return None
        return pointer

    return holds


def _not(part: Predicate, pointer: str) -> Predicate:
    return lambda scene: pointer if part(scene) is None else None


def _badge(key: str, pointer: str) -> Predicate:
    return lambda scene: None if key in scene.state.badges else pointer


def _compared(measure: Measure, condition: terms.Measured, pointer: str) -> Predicate:
    at_least, at_most, exactly = condition.gte, condition.lte, condition.eq
    if at_most is None and exactly is None and at_least is not None:
        return lambda scene: None if measure(scene) >= at_least else pointer

    def holds(scene: Scene) -> str | None:
        value = measure(scene)
        if at_least is not None and value < at_least:
            return pointer
        if at_most is not None and value > at_most:
            return pointer
        return pointer if exactly is not None and value != exactly else None

    return holds


def _property(condition: terms.Property, pointer: str) -> Predicate:
    path = tuple(condition.property.split("."))
    tests = _tests_of(condition)
    wanted = condition.exists

    def holds(scene: Scene) -> str | None:
        value = find(scene.properties, path)
        if wanted is not None and (value is not None) is not wanted:
            return pointer
        for test in tests:
            if not test(value):
                return pointer
        return None

    return holds


def _tests_of(condition: terms.Property) -> list[Test]:
    tests: list[Test] = []
    if condition.eq is not None:
        tests.append(_equals(condition.eq))
    if condition.one_of is not None:
        options = [_equals(option) for option in condition.one_of]
        tests.append(lambda value: any(option(value) for option in options))
    if (above := condition.gt) is not None:
        tests.append(lambda value: (n := number_of(value)) is not None and n > above)
    if (least := condition.gte) is not None:
        tests.append(lambda value: (n := number_of(value)) is not None and n >= least)
    if (below := condition.lt) is not None:
        tests.append(lambda value: (n := number_of(value)) is not None and n < below)
    if (most := condition.lte) is not None:
        tests.append(lambda value: (n := number_of(value)) is not None and n <= most)
    return tests


def _equals(expected: terms.Scalar) -> Test:
    if isinstance(expected, bool):
        return lambda value: value is expected
    if isinstance(expected, str):
        return lambda value: isinstance(value, str) and value == expected
    return lambda value: number_of(value) == expected
