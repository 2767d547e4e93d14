"""Who was active, what they did, and who came back. Reads the event log and the buddies."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select

from app.analytics import schemas
from app.analytics.scope import DAY_MS, Scope, milliseconds
from app.buddies.models import buddy, evolution
from app.events.models import event
from app.items.models import purchase
from app.kit.clock import EPOCH, to_milliseconds
from app.kit.tx import Tx

TYPES_MAX = 200
WEEK_MS = 7 * DAY_MS
TO_MONDAY_MS = 3 * DAY_MS  # 1970-01-01 was a Thursday


async def engagement(tx: Tx, scope: Scope) -> schemas.Engagement:
    """Events and users by UTC day of receipt; a user is active who has an event. 3 statements."""
    within = scope.within(tx, event, event.c.log_id)
    users = func.count(event.c.user_id.distinct())
    active = await tx.value(select(users).where(*within))
    day = (milliseconds(event.c.received_at) // DAY_MS).label("day")
    rows = await tx.rows(
        select(day, func.count(), users).where(*within).group_by(day).order_by(day)
    )
    days = [
        schemas.Day(day=date_of(number), events=events, active_users=daily)
        for number, events, daily in rows
    ]
    events = sum(each.events for each in days)
    length = max(1, -(-(scope.end - scope.begin) // timedelta(days=1)))
    return schemas.Engagement(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        events=events,
        active_users=active,
        buddies_created=await count(tx, scope, buddy, buddy.c.buddy_id),
        events_per_active_user=ratio(events, active),
        stickiness=ratio(sum(each.active_users for each in days), active * length),
        days=days,
    )


async def activity_summary(tx: Tx, scope: Scope) -> schemas.ActivitySummary:
    """How often each thing happened. 5 statements."""
    number = func.count()
    rows = await tx.rows(
        select(event.c.type, number, func.count(event.c.user_id.distinct()))
        .where(*scope.within(tx, event, event.c.log_id))
        .group_by(event.c.type)
        .order_by(number.desc(), event.c.type)
        .limit(TYPES_MAX)
    )
    return schemas.ActivitySummary(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        events=await count(tx, scope, event, event.c.log_id),
        buddies_created=await count(tx, scope, buddy, buddy.c.buddy_id),
        purchases=await count(tx, scope, purchase, purchase.c.purchase_id),
        evolutions=await count(tx, scope, evolution, evolution.c.evolution_id),
        types=[schemas.TypeCount(type=row[0], events=row[1], users=row[2]) for row in rows],
    )


async def retention(tx: Tx, scope: Scope) -> schemas.Retention:
    """Weekly cohorts by a user's first buddy, counted in the weeks of the span. 2 statements.

    Both read every buddy of the customer, because a first buddy can only be found among all.
    """
    week = _week(func.min(milliseconds(buddy.c.created_at))).label("week")
    first = (
        select(buddy.c.user_id, week)
        .where(*scope.anytime(tx, buddy))
        .group_by(buddy.c.user_id)
        .having(
            func.min(milliseconds(buddy.c.created_at)) >= to_milliseconds(scope.begin),
            func.min(milliseconds(buddy.c.created_at)) < to_milliseconds(scope.end),
        )
        .subquery()
    )
    seen = (
        select(event.c.user_id, _week(milliseconds(event.c.received_at)).label("week"))
        .where(*scope.within(tx, event, event.c.log_id))
        .distinct()
        .subquery()
    )
    sizes = await tx.rows(
        select(first.c.week, func.count()).group_by(first.c.week).order_by(first.c.week)
    )
    came = await tx.rows(
        select(first.c.week, seen.c.week - first.c.week, func.count())
        .join(seen, seen.c.user_id == first.c.user_id)
        .group_by(first.c.week, seen.c.week)
    )
    retained: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for cohort, after, users in came:
        retained[cohort][after] = users
    last = (to_milliseconds(scope.end) - 1 + TO_MONDAY_MS) // WEEK_MS
    return schemas.Retention(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        cohorts=[
            schemas.Cohort(
                week=date_of((cohort * WEEK_MS - TO_MONDAY_MS) // DAY_MS),
                users=users,
                retained=[retained[cohort].get(n, 0) for n in range(last - cohort + 1)],
            )
            for cohort, users in sizes
        ],
    )


async def count(tx: Tx, scope: Scope, table: Table, key: Any) -> int:
    """How many rows were written in the span."""
    found: int = await tx.value(
        select(func.count()).select_from(table).where(*scope.within(tx, table, key))
    )
    return found


def ratio(part: float, whole: float) -> float:
    """`part` by `whole`, rounded to 6 places; 0 by nothing is 0."""
    return round(part / whole, 6) if whole else 0.0


def date_of(day: int) -> date:
    """The date of a day counted from 1970-01-01."""
    return EPOCH.date() + timedelta(days=day)


def _week(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    return (instant + TO_MONDAY_MS) // WEEK_MS
