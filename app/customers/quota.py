"""How many events a customer may send in a UTC month, counted where they are taken in.

A set of events costs one read and one write, whatever its size; a plan without a quota costs
neither. Counting is spread over slots. Near the end of the quota everyone counts in slot 0, under
its lock, so that processes together let no event too many pass.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, text

from app.customers.credit_pools import next_month
from app.customers.usage_models import event_usage, usage_notice
from app.kit.clock import to_milliseconds, to_text
from app.kit.db import Id
from app.kit.errors import AppError
from app.kit.tariff import Plan
from app.kit.tx import Tx

SLOTS = 8
LOCKED_SLOT = 0
NEAR_EVENTS = 10_000
THRESHOLD_PERCENT = 80
NOTICE_COLUMNS = ("customer_id", "month", "percent", "created_at")

_ADD = text(
    "INSERT INTO event_usage (customer_id, month, slot, events) "
    "VALUES (:customer_id, :month, :slot, :events) "
    "ON CONFLICT (customer_id, month, slot) "
    "DO UPDATE SET events = event_usage.events + excluded.events"
).bindparams(bindparam("customer_id", type_=Id))


class EventQuotaExceeded(AppError):
    """The month's events are used up; nothing was changed."""

    status = 402
    code = "event_quota_exceeded"


@dataclass(slots=True)
class Quota:
    """A customer's month: `used` grows with the events that one transaction takes in."""

    limit: int
    used: int
    month: str
    reset_at: datetime
    slot: int
    upgrade_url: str
    is_told: bool
    taken: int = 0

    def take(self, events: int) -> None:
        """Events that are taken in; `count` writes them down."""
        self.used += events
        self.taken += events

    def refusal(self, events: int) -> EventQuotaExceeded | None:
        """Why this many more events can't be taken in, if they can't."""
        if events == 0 or self.used + events <= self.limit:
            return None
        return EventQuotaExceeded(
            f"The plan's {self.limit} events of this month are used up. "
            "Wait for the next month, or take a larger plan.",
            details={
                "used": self.used,
                "limit": self.limit,
                "reset_at": to_text(self.reset_at),
                "upgrade_url": self.upgrade_url,
            },
            headers=self.headers(),
        )

    def headers(self) -> dict[str, str]:
        """The month as headers of an answer; the reset is in unix seconds."""
        return {
            "X-Event-Quota-Limit": str(self.limit),
            "X-Event-Quota-Used": str(self.used),
            "X-Event-Quota-Remaining": str(max(0, self.limit - self.used)),
            "X-Event-Quota-Reset": str(int(self.reset_at.timestamp())),
        }

    def told(self) -> dict[str, object]:
        """The data of `usage.threshold_reached`."""
        return {
            "metric": "events",
            "threshold_percent": THRESHOLD_PERCENT,
            "used": self.used,
            "limit": self.limit,
            "resets_at": to_text(self.reset_at),
        }


async def open_quota(tx: Tx, plan: Plan) -> Quota | None:
    """The customer's month as it stands, or None where the plan sets no limit."""
    if plan.events_per_month is None:
        return None
    month = f"{tx.now:%Y-%m}"
    used, is_told = await _standing(tx, month)
    slot = 1 + int(tx.new_id()[-4:], 16) % (SLOTS - 1)
    if plan.events_per_month - used < NEAR_EVENTS:
        slot = LOCKED_SLOT
        await _lock(tx, month)
        used, is_told = await _standing(tx, month)
    return Quota(
        plan.events_per_month,
        used,
        month,
        next_month(tx.now),
        slot,
        tx.tariff.upgrade_url,
        is_told,
    )


async def count(tx: Tx, quota: Quota) -> bool:
    """Write down what was taken in; True once a month, when the threshold is reached."""
    if quota.taken == 0:
        return False
    await _add(tx, quota.month, quota.slot, quota.taken)
    if quota.is_told or quota.used * 100 < quota.limit * THRESHOLD_PERCENT:
        return False
    notice = (tx.customer_id, quota.month, THRESHOLD_PERCENT, to_milliseconds(tx.now))
    return bool(await tx.insert_new(usage_notice, NOTICE_COLUMNS, [notice], "percent"))


async def _standing(tx: Tx, month: str) -> tuple[int, bool]:
    """Events counted so far, and whether the customer was told of the threshold."""
    u, n = event_usage.c, usage_notice.c
    notice = select(n.percent).where(n.customer_id == tx.customer_id, n.month == month)
    row = await tx.row(
        select(func.coalesce(func.sum(u.events), 0), notice.exists()).where(
            u.customer_id == tx.customer_id, u.month == month
        )
    )
    assert row is not None, "an aggregate has one row"
    return int(row[0]), bool(row[1])


async def _lock(tx: Tx, month: str) -> None:
    """Hold slot 0 until the end of the transaction; before any buddy is locked."""
    await _add(tx, month, LOCKED_SLOT, 0)


async def _add(tx: Tx, month: str, slot: int, events: int) -> None:
    values = {"customer_id": tx.customer_id, "month": month, "slot": slot, "events": events}
    await tx.execute(_ADD, values)
