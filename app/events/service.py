"""Reading the log of events, and explaining one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Row, select

from app.configs import service as configs
from app.engine.explain import explain as in_words
from app.events.models import event as table
from app.events.schemas import (
    DeliveryLine,
    EventLog,
    Explained,
    ExplainedEvent,
    LedgerLine,
    LoggedEvent,
)
from app.kit.clock import MILLISECOND
from app.kit.errors import NotFound
from app.kit.ids import first_id
from app.kit.pages import decode_cursor, encode_cursor, horizon
from app.kit.tx import Tx
from app.ledger import service as ledger
from app.ledger.chain import Transfer
from app.webhooks.models import webhook_delivery as delivery

# A transaction that began earlier may commit later; a forward reader stays behind it.
SETTLED_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None means any."""

    user_id: str | None = None
    type: str | None = None
    audience: str | None = None


async def log(tx: Tx, wanted: Wanted, *, order: str, cursor: str | None, limit: int) -> EventLog:
    """A part of the customer's log.

    A page looks through 10,000 events for a type or an audience; it may be short, and go on.

    Raises:
        ValidationFailed: the cursor is none of ours.
    """
    c = table.c
    position = decode_cursor(cursor, str)
    within, others = _filters(tx, wanted)
    if order == "asc":
        within.append(c.log_id < first_id(tx.now - SETTLED_AFTER))
    if position is not None:
        within.append(c.log_id > position if order == "asc" else c.log_id < position)
    edge = await horizon(tx, c.log_id, within, order) if others else None
    if edge is not None:
        others.append(c.log_id <= edge if order == "asc" else c.log_id >= edge)
    by = c.log_id.asc() if order == "asc" else c.log_id.desc()
    rows = await tx.rows(select(table).where(*within, *others).order_by(by).limit(limit))
    last = edge
    if rows and (len(rows) == limit or (edge is None and order == "asc")):
        last = rows[-1].log_id
    if last is None and order == "asc":
        last = position
    return EventLog(
        data=[LoggedEvent(**_logged(row)) for row in rows],
        next_cursor=None if last is None else encode_cursor(last),
    )


async def explain(tx: Tx, event_id: str) -> ExplainedEvent:
    """One event with everything that followed from it.

    Raises:
        NotFound: this customer has no such event.
    """
    c = table.c
    row = await tx.row(select(table).where(c.customer_id == tx.customer_id, c.event_id == event_id))
    if row is None:
        raise NotFound("event", event_id)
    config = await configs.compiled(tx, row.config_version_id)
    moved = await ledger.between(tx, row.buddy_id, row.sequence_first, row.sequence_last)
    return ExplainedEvent(
        **_logged(row),
        config_version_id=row.config_version_id,
        explanation=[Explained(**line) for line in in_words(config, row.trace)],
        ledger=[_line(transfer) for transfer in moved],
        deliveries=await _deliveries(tx, row),
    )


async def _deliveries(tx: Tx, event: Row[*tuple[Any, ...]]) -> list[DeliveryLine]:
    """The event's deliveries: made in its transaction, so their ids begin with its instant."""
    c = delivery.c
    at = event.received_at
    rows = await tx.rows(
        select(c.delivery_id, c.endpoint_id, c.type, c.status, c.attempts, c.sequence)
        .where(
            c.customer_id == tx.customer_id,
            c.delivery_id >= first_id(at),
            c.delivery_id < first_id(at + MILLISECOND),
            c.buddy_id == event.buddy_id,
            c.sequence.between(event.sequence_first, event.sequence_last),
        )
        .order_by(c.sequence, c.endpoint_id)
    )
    return [DeliveryLine(**row._mapping) for row in rows]


def _filters(tx: Tx, wanted: Wanted) -> tuple[list[Any], list[Any]]:
    """The conditions that the log's indexes begin with, and those that no index knows."""
    c = table.c
    within: list[Any] = [c.customer_id == tx.customer_id]
    if wanted.user_id is not None:
        within.append(c.user_id == wanted.user_id)
    known = ((c.type, wanted.type), (c.audience, wanted.audience))
    return within, [column == value for column, value in known if value is not None]


def _logged(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "event_id": row.event_id,
        "buddy_id": row.buddy_id,
        "user_id": row.user_id,
        "audience": row.audience,
        "type": row.type,
        "occurred_at": row.occurred_at,
        "received_at": row.received_at,
        "properties": orjson.loads(row.properties),
        "effects": orjson.loads(row.answer),
    }


def _line(transfer: Transfer) -> LedgerLine:
    return LedgerLine(
        ledger_id=transfer.ledger_id,
        token=transfer.token,
        amount=transfer.amount,
        direction=transfer.direction,
        balance=transfer.balance_after,
        counter_account=transfer.counter_account,
        reason=transfer.reason,
        is_lucky=transfer.is_lucky,
        sequence=transfer.sequence,
    )
