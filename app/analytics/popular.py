"""What is bought and awarded most, and what that is worth."""

from typing import Any

from sqlalchemy import ColumnElement, Select, TableValuedAlias, cast, func, select, true
from sqlalchemy.dialects.postgresql import JSONB

from app.analytics import schemas
from app.analytics.people import ratio
from app.analytics.scope import Scope, exact_sum, sum_of
from app.buddies.models import buddy
from app.customers.usage_models import credit_entry
from app.events.models import event
from app.items.models import purchase
from app.kit.clock import to_text
from app.kit.ids import first_id
from app.kit.tx import Tx

SHOWN_MAX = 50


async def popular_items(tx: Tx, scope: Scope) -> schemas.PopularItems:
    """The items bought most often in the span; ties by name. 1 statement."""
    c = purchase.c
    number = func.count()
    rows = await tx.rows(
        select(c.item_id, number, func.count(c.buddy_id.distinct()))
        .where(*scope.within(tx, purchase, c.purchase_id))
        .group_by(c.item_id)
        .order_by(number.desc(), c.item_id)
        .limit(SHOWN_MAX)
    )
    return schemas.PopularItems(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        items=[schemas.ItemCount(item_id=row[0], purchases=row[1], buyers=row[2]) for row in rows],
    )


async def popular_badges(tx: Tx, scope: Scope) -> schemas.PopularBadges:
    """The badges awarded most often in the span, by hand or by rule. 1 statement.

    It reads the state of every buddy: that is where the instant of each award stands.
    """
    held = _held_badges(tx)
    key, awarded_at = held.c.key, held.c.value
    number = func.count()
    rows = await tx.rows(
        select(key, number)
        .select_from(buddy.join(held, true()))
        .where(
            *scope.anytime(tx, buddy),
            awarded_at >= to_text(scope.begin),
            awarded_at < to_text(scope.end),
        )
        .group_by(key)
        .order_by(number.desc(), key)
        .limit(SHOWN_MAX)
    )
    return schemas.PopularBadges(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        badges=[schemas.BadgeCount(badge_key=row[0], awarded=row[1]) for row in rows],
    )


async def roi_metrics(tx: Tx, scope: Scope) -> schemas.RoiMetrics:
    """What can be said of return and cost without knowing the customer's money. 3 statements.

    Credits are the customer's and belong to no audience; with one, they are still all of them.
    """
    within = scope.within(tx, event, event.c.log_id)
    active = func.count(event.c.user_id.distinct())
    total, users, buddies = (
        await tx.rows(
            select(func.count(), active, func.count(event.c.buddy_id.distinct())).where(*within)
        )
    )[0]
    buyers, bought, returning = (await tx.rows(_buyers(tx, scope, within)))[0]
    used = await tx.rows(_credits(tx, scope))
    credits = sum_of(used[0], "used")
    return schemas.RoiMetrics(
        begin=scope.begin,
        end=scope.end,
        audience=scope.audience,
        active_users=users,
        returning_users=returning,
        returning_share=ratio(returning, users),
        credits_used=credits,
        credits_per_active_user=ratio(credits, users),
        buyers=buyers,
        events_per_buyer=ratio(bought, buyers),
        events_per_other_buddy=ratio(total - bought, buddies - buyers),
    )


def _held_badges(tx: Tx) -> TableValuedAlias:
    """The badges of a buddy as rows: `key`, and the instant of the award as `value`."""
    if tx.is_sqlite:
        return func.json_each(buddy.c.state, "$.badges").table_valued("key", "value", name="held")
    badges = cast(buddy.c.state, JSONB)["badges"]
    return func.jsonb_each_text(badges).table_valued("key", "value", name="held")


def _buyers(tx: Tx, scope: Scope, within: list[ColumnElement[bool]]) -> Select[Any]:
    """One row: buyers, the events of buyers, and the active users who had a buddy before."""
    bought = (
        select(purchase.c.buddy_id)
        .where(*scope.within(tx, purchase, purchase.c.purchase_id))
        .distinct()
        .subquery()
    )
    before = select(buddy.c.user_id).where(
        *scope.anytime(tx, buddy), buddy.c.buddy_id < first_id(scope.begin)
    )
    return select(
        select(func.count()).select_from(bought).scalar_subquery(),
        select(func.count())
        .where(*within, event.c.buddy_id.in_(select(bought.c.buddy_id)))
        .scalar_subquery(),
        select(func.count(event.c.user_id.distinct()))
        .where(*within, event.c.user_id.in_(before))
        .scalar_subquery(),
    )


def _credits(tx: Tx, scope: Scope) -> Select[Any]:
    """One row: the credits that drawings used up in the span."""
    everyone = Scope(scope.begin, scope.end, None)
    return select(*exact_sum(credit_entry.c.amount, "used")).where(
        *everyone.within(tx, credit_entry, credit_entry.c.entry_id),
        credit_entry.c.kind == "commit",
    )
