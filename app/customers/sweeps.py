"""The due rows of sweeps: one a customer and time zone for streaks, one a customer for decay
and one for what is deleted in time.

A row is there from the moment somebody counts in its zone, and falls due at the end of each day.
"""

from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.customers.sweep_models import sweep as table
from app.engine.streaks import StreakKind, period_of, start_of
from app.kit.clock import to_milliseconds
from app.kit.due import Due
from app.kit.tx import Tx

UTC_ZONE = "UTC"
COLUMNS = ("customer_id", "sweep_id", "kind", "zone", "due_at")


class SweepKind(StrEnum):
    STREAKS = "streaks"
    DECAY = "decay"
    PRUNING = "pruning"


DUE = Due(table, "sweep_id", table.c.kind != SweepKind.PRUNING.value)
PRUNING = Due(table, "sweep_id", table.c.kind == SweepKind.PRUNING.value)


async def ensure(tx: Tx, kind: SweepKind, zone: str) -> None:
    """Have a zone's days looked at from now on; nothing where they are already."""
    due = to_milliseconds(next_day(tx.now, _zone(zone)))
    row = (tx.customer_id, tx.new_id(), kind.value, zone, due)
    await tx.insert_new(table, COLUMNS, [row], "sweep_id")


def next_day(now: datetime, zone: tzinfo) -> datetime:
    """The UTC instant at which the day of `now` has ended in a zone."""
    return start_of(StreakKind.DAILY, period_of(StreakKind.DAILY, now, zone) + 1, zone)


def _zone(name: str) -> tzinfo:
    return UTC if name == UTC_ZONE else ZoneInfo(name)
