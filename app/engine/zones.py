"""A user's time zone, and what a change of it means. Pure.

A change takes effect with the next day of the old zone: until that day ends everything is counted
in the old zone, so nobody ticks two days in an hour by moving. West of the old zone a date may then
come twice (it is ticked once); more than a day east, one may never come, as at the date line.
"""

from datetime import UTC, datetime, timedelta, tzinfo

from app.engine.streaks import StreakKind, period_of, start_of


class ChangingZone(tzinfo):
    """The zone `before` until the instant `turn`, and `after` from then on.

    It is good for turning UTC instants into local times, which is all that the engine asks.
    """

    def __init__(self, before: tzinfo, after: tzinfo, turn: datetime) -> None:
        self._before = before
        self._after = after
        self._turn = turn

    def fromutc(self, moment: datetime) -> datetime:
        """The local time of a moment given in UTC digits."""
        instant = moment.replace(tzinfo=UTC)
        zone = self._before if instant < self._turn else self._after
        return instant.astimezone(zone).replace(tzinfo=self)

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """The offset of a local time: that of the later zone from its first local time on."""
        if moment is None:
            return None
        local = moment.replace(tzinfo=None)
        is_before = local < self._turn.astimezone(self._before).replace(tzinfo=None)
        return (self._before if is_before else self._after).utcoffset(local)

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not known."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """Not known."""
        return None


def changed_zone(before: tzinfo, after: tzinfo, changed_at: datetime) -> tzinfo:
    """The zone to count in for somebody who changed theirs at this UTC instant."""
    today = period_of(StreakKind.DAILY, changed_at, before)
    try:
        return ChangingZone(before, after, start_of(StreakKind.DAILY, today + 1, before))
    except (OverflowError, ValueError):
        return after
