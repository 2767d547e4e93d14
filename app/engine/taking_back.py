"""An event that must not have counted is taken out of a buddy's state. Pure.

Its counter goes down and its rules may give again; badges, streak ticks, skills and stages stay.
"""

from collections.abc import Iterable
from datetime import datetime

from app.engine import amounts, streaks
from app.engine.state import BuddyState


def without_event(
    state: BuddyState, type_: str, received_at: datetime, given: Iterable[tuple[str, int]]
) -> BuddyState:
    """The state as if the event had not counted; `given` are its rules' sources and amounts.

    A cap's day and week are given back where they are still those in which the event came.
    """
    after = state.copy()
    after.counters[type_] = max(0, after.counters.get(type_, 0) - 1)
    day = received_at.toordinal()
    week = streaks.iso_week_of(day)
    for source, amount in given:
        used = after.caps.get(source)
        if used is not None:
            after.caps[source] = amounts.used_less(used, day, week, amount)
    return after
