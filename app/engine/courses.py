"""A period streak over time: ticks, untouched periods, freezes, and gaps filled late. Pure.

A period is looked at once, when it has ended (`catch_up`): where nothing ticked it, it takes a
freeze and belongs to the run without counting, or the run burns. What a late tick changes about
that is decided by `touch`. A course is a copy of its own; its record stays as it is.
"""

from dataclasses import dataclass
from typing import Any

from app.engine.streaks import Run, StreakKind, frozen_of, run_length, tick


@dataclass(frozen=True, slots=True)
class Freezes:
    """How many freezes a buddy begins with, may have, and after how many ticks it gets one."""

    initial: int
    max: int
    grant_every: int | None


@dataclass(slots=True)
class Course:
    """A period streak of one buddy.

    `swept` is the last period that was looked at. `burned` are the periods with which runs ended,
    `frozen` those that took a freeze, both only as far back as a late tick may reach. `left` are
    the freezes that can be spent.
    """

    runs: list[Run]
    swept: int
    burned: list[int]
    left: int = 0
    frozen: list[int] | None = None
    ticks: int = 0


@dataclass(frozen=True, slots=True)
class Touch:
    """What a tick did: the length of its run, and of the run that it brought back to life."""

    reached: int
    restored: int | None


def course_of(record: list[Any] | None, kind: StreakKind, freezes: Freezes | None) -> Course | None:
    """The course of a record; None where there is none, or it is of another kind of streak."""
    if record is None or record[0] != kind or not record[1]:
        return None
    course = Course(list(record[1]), record[1][-1][1], [])
    if len(record) > 2:
        course.swept, course.burned = record[2], list(record[3])
    if len(record) > 4:
        course.frozen, course.ticks = list(record[5]), record[6]
    if freezes is not None:
        course.left = min(record[4] if len(record) > 4 else freezes.initial, freezes.max)
    return course


def begun(period_now: int, freezes: Freezes | None) -> Course:
    """A course that has not been ticked yet."""
    return Course([], period_now - 1, [], freezes.initial if freezes else 0)


def record_of(kind: StreakKind, course: Course, freezes: Freezes | None) -> list[Any]:
    """A course as it is stored."""
    record = [kind, course.runs, course.swept, course.burned]
    if freezes is None and not course.frozen:
        return record
    return [*record, course.left, course.frozen or [], course.ticks]


def alive_length(record: list[Any], period_now: int) -> int:
    """The length of the latest run, or 0 once it has ended.

    A run lives while a period that was missed can still take a freeze, looked at or not.
    """
    run = record[1][-1]
    missed = period_now - 1 - run[1]
    if missed <= 0 or (len(record) > 4 and missed <= record[4] and record[2] <= run[1]):
        return run_length(run)
    return 0


def next_look(course: Course) -> int | None:
    """The first period that will burn or freeze unless it is ticked; None where no run lives."""
    ends = [run[1] + 1 for run in course.runs]
    return next((end for end in ends if end > course.swept), None)


def catch_up(course: Course, period_now: int) -> list[int]:
    """Look at every period that ended before this one; the lengths of the runs that burned."""
    ended = period_now - 1
    lost: list[int] = []
    index = 0
    while index < len(course.runs):
        missing = course.runs[index][1] + 1
        if not course.swept < missing <= ended:
            index += 1
        elif course.left > 0:
            _freeze(course, index, missing)
        else:
            course.burned.append(missing)
            lost.append(run_length(course.runs[index]))
            index += 1
    course.swept = max(course.swept, ended)
    return lost


def touch(course: Course, period: int, horizon: int, freezes: Freezes | None) -> Touch | None:
    """Tick a period; None where it was ticked already.

    A frozen period that is ticked after all gives its freeze back; where the run burned later for
    want of one, that freeze goes there. `horizon` is the oldest period a tick can still reach.
    """
    index = _at(course.runs, period)
    is_refund = course.frozen is not None and period in course.frozen
    if is_refund and index is not None:
        reached = _thaw(course, index, period, freezes)
    else:
        ticked = tick(course.runs, period, horizon)
        if ticked is None:
            return None
        course.runs, reached = ticked
    restored = _healed(course, period, is_refund=is_refund)
    course.ticks += 1
    if freezes and freezes.grant_every and course.ticks % freezes.grant_every == 0:
        course.left = min(course.left + 1, freezes.max)
    course.burned = [each for each in course.burned if each >= horizon]
    course.frozen = [each for each in course.frozen or [] if each >= horizon]
    return Touch(reached, restored)


def _healed(course: Course, period: int, *, is_refund: bool) -> int | None:
    index = _at(course.runs, period)
    assert index is not None
    end = course.runs[index][1] + 1
    if is_refund and course.left > 0 and end in course.burned:
        _freeze(course, index, end)
    run = course.runs[index]
    filled = [each for each in course.burned if run[0] <= each <= run[1]]
    course.burned = [each for each in course.burned if each not in filled]
    end = run[1] + 1
    if end > course.swept:
        return run_length(run) if filled or is_refund else None
    if filled and end not in course.burned:
        course.burned = sorted([*course.burned, end])
    return None


def _at(runs: list[Run], period: int) -> int | None:
    found = (index for index, run in enumerate(runs) if run[0] <= period <= run[1])
    return next(found, None)


def _freeze(course: Course, index: int, period: int) -> None:
    """Let a run's next period take a freeze; the run that begins after it is joined."""
    run = course.runs[index]
    last, frozen = period, frozen_of(run) + 1
    following = course.runs[index + 1 : index + 2]
    if following and following[0][0] == period + 1:
        last, frozen = following[0][1], frozen + frozen_of(following[0])
        del course.runs[index + 1]
    course.runs[index] = [run[0], last, frozen]
    course.left -= 1
    course.frozen = sorted([*(course.frozen or []), period])


def _thaw(course: Course, index: int, period: int, freezes: Freezes | None) -> int:
    run = course.runs[index]
    frozen = frozen_of(run) - 1
    course.runs[index] = [run[0], run[1], frozen] if frozen else [run[0], run[1]]
    course.frozen = [each for each in course.frozen or [] if each != period]
    course.left = min(course.left + 1, freezes.max) if freezes else 0
    return run_length(course.runs[index])
