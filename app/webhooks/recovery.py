"""What owners of endpoints do by hand: send a sample, and send again what went wrong.

Everything goes the way of every delivery: the same queue, the same signature, the same egress.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from app.kit.clock import EPOCH
from app.kit.errors import Conflict, ValidationFailed, require
from app.kit.ids import first_id, is_uuid
from app.kit.pages import decode_cursor, encode_cursor
from app.kit.tx import Tx
from app.webhooks import deliveries
from app.webhooks import service as webhooks
from app.webhooks.catalogue import EventName, sample
from app.webhooks.deliveries import Delivery, DeliveryStatus
from app.webhooks.models import webhook_delivery
from app.webhooks.outbox import DUE, About, Outbox, Subscriber
from app.webhooks.service import EndpointStatus

REPLAYED_AT_ONCE = 10_000
CAUSED_BY_TEST = "test"


@dataclass(frozen=True, slots=True)
class Span:
    """Which deliveries to send again: told from `since` on and before `until`, by their status."""

    since: datetime
    until: datetime | None
    status: DeliveryStatus | None
    cursor: str | None


async def send_sample(tx: Tx, endpoint_id: str, name: EventName) -> Delivery:
    """Send the sample of an event to an endpoint, whether it subscribed to it or not.

    Raises:
        NotFound: this customer has no such endpoint.
        Conflict: it is paused.
    """
    found = await webhooks.read(tx, endpoint_id)
    require(
        found.status is EndpointStatus.ACTIVE,
        Conflict(
            "The endpoint is paused. Resume it first.", details={"status": found.status.value}
        ),
    )
    to = Subscriber(endpoint_id, frozenset({name}), found.payload_format.value, found.is_ordered)
    outbox = Outbox(tx, [to])
    about = About(caused_by=CAUSED_BY_TEST, request_id=tx.request_id)
    outbox.tell(name, sample(name), about)
    [delivery_id] = outbox.delivery_ids
    outbox.pour()
    return await deliveries.read(tx, delivery_id)


async def replay(tx: Tx, endpoint_id: str, span: Span) -> tuple[int, str | None]:
    """Send again what has ended within a span, at most 10,000 at once, the oldest first.

    Returns how many, and the cursor to go on with where there may be more. What is pending is left
    alone, since it will be sent anyway.

    Raises:
        NotFound: this customer has no such endpoint.
        ValidationFailed: the cursor is none of ours.
    """
    await webhooks.read(tx, endpoint_id)
    after = decode_cursor(span.cursor, str)
    if after is not None:
        message = "use the next_cursor of the answer before"
        require(is_uuid(after), ValidationFailed.of("query.cursor", message))
    c = webhook_delivery.c
    rows = await tx.rows(
        select(c.delivery_id)
        .where(*_within(tx, endpoint_id, span, after))
        .order_by(c.delivery_id)
        .limit(REPLAYED_AT_ONCE)
        .with_for_update()
    )
    ids = [row.delivery_id for row in rows]
    await tx.execute(
        update(webhook_delivery)
        .where(c.customer_id == tx.customer_id, tx.among(c.delivery_id, ids))
        .values(status=DeliveryStatus.PENDING.value, due_at=tx.now, attempts_before=c.attempts)
    )
    tx.nudge(DUE.name)
    return len(ids), encode_cursor(ids[-1]) if len(ids) == REPLAYED_AT_ONCE else None


def _within(tx: Tx, endpoint_id: str, span: Span, after: str | None) -> list[ColumnElement[bool]]:
    """Ids begin with the instant at which they were made, so a span is a range of them."""
    c = webhook_delivery.c
    ended = (DeliveryStatus.SUCCEEDED, DeliveryStatus.FAILED)
    wanted = [each.value for each in ended if span.status in (None, each)]
    found = [
        c.customer_id == tx.customer_id,
        c.endpoint_id == endpoint_id,
        c.delivery_id >= first_id(max(span.since, EPOCH)),
        c.status.in_(wanted),
    ]
    if span.until is not None:
        found.append(c.delivery_id < first_id(max(span.until, EPOCH)))
    if after is not None:
        found.append(c.delivery_id > after)
    return found
