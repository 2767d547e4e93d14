"""Periods and runs: how long a streak is, whatever order its events arrive in. Pure.

A period is a whole number: days and ISO weeks since 0001-01-01 (a Monday), months since year 0.
A run is `[first, last]`, both inclusive, or `[first, last, frozen]` where so many of its periods
were saved by a freeze: they belong to the run and do not count. Runs that no event inside the late
window can touch any more are forgotten, except the latest.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

Run = list[int]


class StreakKind(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    WIN = "win"


def period_of(kind: StreakKind, moment: datetime, zone: tzinfo) -> int:
    """The number of the period in which `moment` falls in `zone`."""
    local = _local(moment, zone)
    if kind is StreakKind.MONTHLY:
        return local.year * 12 + local.month - 1
    day = local.toordinal()
    return day if kind is StreakKind.DAILY else (day - 1) // 7


def iso_week_of(day: int) -> int:
    """The number of the ISO week of a day number."""
    return (day - 1) // 7


def horizon_of(kind: StreakKind, received_at: datetime, window: timedelta, zone: tzinfo) -> int:
    """The oldest period that an event received from now on can tick.

    One less than computed: where clocks fall back over midnight, a later instant may have an
    earlier date.
    """
    try:
        return period_of(kind, received_at - window, zone) - 1
    except OverflowError:
        return 0


def tick(runs: list[Run], period: int, horizon: int) -> tuple[list[Run], int] | None:
    """The runs with `period` in them, and the length of the run it belongs to.

    None where the period was ticked already. The argument is not changed.
    """
    first = last = period
    frozen = 0
    kept: list[Run] = []
    for run in runs:
        if run[0] <= period <= run[1]:
            return None
        if run[1] + 1 == period:
            first = run[0]
            frozen += frozen_of(run)
        elif run[0] - 1 == period:
            last = run[1]
            frozen += frozen_of(run)
        else:
            kept.append(run)
    kept.append([first, last, frozen] if frozen else [first, last])
    kept.sort()
    latest = kept.pop()
    kept = [run for run in kept if run[1] >= horizon - 1]
    kept.append(latest)
    return kept, last - first + 1 - frozen


def frozen_of(run: Run) -> int:
    """How many periods of a run were saved by a freeze."""
    return run[2] if len(run) > 2 else 0


def run_length(run: Run) -> int:
    """The periods of a run that were ticked."""
    return run[1] - run[0] + 1 - frozen_of(run)


def length_of(runs: list[Run]) -> int:
    """The length of the latest run; 0 where there is none."""
    return run_length(runs[-1]) if runs else 0


def start_of(kind: StreakKind, period: int, zone: tzinfo) -> datetime:
    """The UTC instant, to the second, at which a period begins in `zone`.

    Raises:
        ValueError, OverflowError: the calendar does not reach so far.
    """
    near = _first_day(kind, period) - timedelta(days=2)
    low, high = 0, 4 * 86_400
    while high - low > 1:
        middle = (low + high) // 2
        if period_of(kind, near + timedelta(seconds=middle), zone) < period:
            low = middle
        else:
            high = middle
    return near + timedelta(seconds=high)


def _first_day(kind: StreakKind, period: int) -> datetime:
    if kind is StreakKind.MONTHLY:
        return datetime(period // 12, period % 12 + 1, 1, tzinfo=UTC)
    day = period if kind is StreakKind.DAILY else period * 7 + 1
    return datetime.fromordinal(day).replace(tzinfo=UTC)


def _local(moment: datetime, zone: tzinfo) -> datetime:
    if zone is UTC:
        return moment
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment
