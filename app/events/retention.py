"""For how long events are kept, where the operator says so.

An event older than that is refused, so that an id which is forgotten cannot count twice; matches
are not, their own rows know their ids. Only the log is forgotten: buddies, balances, the ledger
and its hash chains stay whole.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.customers import service as customers
from app.customers.service import Customer
from app.events.models import event as table
from app.events.unit import NewEvent
from app.kit.clock import to_text
from app.kit.errors import ValidationFailed
from app.kit.ids import first_id
from app.kit.tx import Tx

# Events may say that they happen up to five minutes from now.
SLACK = timedelta(hours=1)


def require_kept(tx: Tx, customer: Customer, event: NewEvent) -> None:
    """Refuse an event of a time whose events are forgotten, or soon will be.

    Raises:
        ValidationFailed: it says that it occurred then.
    """
    if event.occurred_at is None:
        return
    since = _kept_since(tx, customer)
    if since is not None and event.occurred_at < since:
        message = f"events are kept since {to_text(since)}; an older one might count twice"
        raise ValidationFailed.of("/occurred_at", message)


async def prune(tx: Tx, limit: int) -> int:
    """Forget up to `limit` events that need not be kept any more; how many there were."""
    days = tx.tariff.event_days
    if days is None:
        return 0
    until = _midnight(tx.now - timedelta(days=days) - SLACK)
    await customers.note_pruned(tx, until)
    c = table.c
    old = [c.customer_id == tx.customer_id, c.log_id < first_id(until)]
    edge = await tx.value(
        select(c.log_id).where(*old).order_by(c.log_id).offset(limit - 1).limit(1)
    )
    if edge is not None:
        old.append(c.log_id <= edge)
    return await tx.execute(delete(table).where(*old))


def _kept_since(tx: Tx, customer: Customer) -> datetime | None:
    """The later of what the settings say and what was pruned when they said something else."""
    days = tx.tariff.event_days
    told = None if days is None else tx.now - timedelta(days=days)
    known = [each for each in (told, customer.events_pruned_until) if each is not None]
    return max(known) if known else None


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
