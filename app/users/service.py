"""Users: their names, and the time zones in which their streaks tick.

A change of zone takes effect when the day that it was made in has ended. Until then further
changes replace each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update

from app.customers import service as customers
from app.customers import sweeps
from app.customers.sweeps import SweepKind
from app.engine.streaks import StreakKind, period_of, start_of
from app.engine.zones import changed_zone
from app.kit.clock import to_milliseconds
from app.kit.tx import AnyRow, Tx
from app.users.models import end_user as table
from app.users.schemas import ChangeUser

ZONE_COLUMNS = ("user_id", "time_zone", "zone_before", "zone_changed_at")
KEY = ("customer_id", "user_id", "updated_at")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a user."""

    display_name: str | None = None
    time_zone: str | None = None


async def read(tx: Tx, user_id: str) -> Known | None:
    """What is known about a user; None where nothing is."""
    row = await tx.row(select(table).where(*_mine(tx, user_id)))
    return None if row is None else Known(row.display_name, row.time_zone)


async def change(tx: Tx, user_id: str, given: ChangeUser, *, is_playing: bool) -> Known:
    """Change what is given; the user after it.

    `is_playing`: the user has buddies, whose day in the zone before must end first.
    """
    await tx.insert_new(table, KEY, [(tx.customer_id, user_id, to_milliseconds(tx.now))], "user_id")
    row = await tx.row(select(table).where(*_mine(tx, user_id)).with_for_update())
    assert row is not None, "it was inserted just now, if it was not there"
    values: dict[str, object] = {"updated_at": tx.now}
    after = {"display_name": row.display_name, "time_zone": row.time_zone}
    after |= {name: getattr(given, name) for name in given.model_fields_set}
    if after["time_zone"] != row.time_zone:
        values |= _moved(tx.now, row) if is_playing else {"zone_changed_at": None}
        await customers.note_zones(tx)
        await sweeps.ensure(tx, SweepKind.STREAKS, after["time_zone"] or sweeps.UTC_ZONE)
    await tx.execute(update(table).where(*_mine(tx, user_id)).values(**values, **after))
    return Known(after["display_name"], after["time_zone"])


async def zones(tx: Tx, user_ids: Iterable[str]) -> dict[str, tzinfo]:
    """The zones to count in, by user; who has none is not there and counts in UTC."""
    wanted = sorted(set(user_ids))
    rows = await tx.lookup(table, ZONE_COLUMNS, "user_id", wanted) if wanted else ()
    return {
        row.user_id: _zone(row.time_zone, row.zone_before, row.zone_changed_at)
        for row in rows
        if row.time_zone is not None or row.zone_changed_at is not None
    }


@lru_cache(maxsize=4096)
def _zone(name: str | None, before: str | None, changed_at: datetime | None) -> tzinfo:
    if changed_at is None:
        return zone_named(name)
    return changed_zone(zone_named(before), zone_named(name), changed_at)


def zone_named(name: str | None) -> tzinfo:
    """The zone of an IANA name; UTC without one."""
    return UTC if name is None or name == sweeps.UTC_ZONE else ZoneInfo(name)


def _moved(now: datetime, row: AnyRow) -> dict[str, object]:
    """What to write about the zone that holds until today ends in it."""
    if row.zone_changed_at is not None:
        zone = zone_named(row.zone_before)
        day = period_of(StreakKind.DAILY, row.zone_changed_at, zone)
        if now < start_of(StreakKind.DAILY, day + 1, zone):
            return {}
    return {"zone_before": row.time_zone, "zone_changed_at": now}


def _mine(tx: Tx, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.customer_id == tx.customer_id, table.c.user_id == user_id)
