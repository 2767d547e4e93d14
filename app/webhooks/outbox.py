"""Deliveries are written in the transaction of the change that they tell about.

An `Outbox` knows the customer's live endpoints; `tell` renders one body for each subscribed one,
`pour` inserts them as one set. Nothing is sent from here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import literal_column, select

from app.kit.clock import to_milliseconds, to_text
from app.kit.due import Due
from app.kit.tx import Tx
from app.webhooks.models import webhook_delivery, webhook_endpoint
from app.webhooks.signature import PayloadFormat

EVERY_EVENT = "*"
# A literal, not a parameter: only then is the partial index used.
IS_PENDING = webhook_delivery.c.status == literal_column("'pending'")
DUE = Due(webhook_delivery, "delivery_id", IS_PENDING)
COLUMNS = (
    "customer_id",
    "delivery_id",
    "endpoint_id",
    "type",
    "buddy_id",
    "sequence",
    "caused_by",
    "request_id",
    "body",
    "status",
    "attempts",
    "created_at",
    "due_at",
)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An endpoint that may want to hear of something."""

    endpoint_id: str
    events: frozenset[str]
    payload_format: str
    is_ordered: bool

    def wants(self, type_: str) -> bool:
        """Whether the endpoint subscribed to this event."""
        return type_ in self.events or EVERY_EVENT in self.events


class About(NamedTuple):
    """What an event is about: the buddy and its sequence, the cause, the request."""

    buddy_id: str | None = None
    sequence: int | None = None
    caused_by: str | None = None
    request_id: str | None = None


class Outbox:
    """The deliveries that one transaction will leave behind."""

    def __init__(self, tx: Tx, subscribers: list[Subscriber]) -> None:
        self._tx = tx
        self._subscribers = subscribers
        self._created_at = to_milliseconds(tx.now)
        self._created_text = to_text(tx.now)
        self._has_lines = any(subscriber.is_ordered for subscriber in subscribers)
        self._rows: list[tuple[Any, ...]] = []

    @classmethod
    async def open(cls, tx: Tx, *, besides: Collection[str] = ()) -> "Outbox":
        """An empty outbox over the endpoints of this customer; paused ones collect too.

        `besides`: ids of endpoints that are told nothing.
        """
        c = webhook_endpoint.c
        rows = await tx.rows(
            select(c.endpoint_id, c.events, c.payload_format, c.is_ordered)
            .where(c.customer_id == tx.customer_id, c.deleted_at.is_(None))
            .order_by(c.endpoint_id)
        )
        return cls(
            tx,
            [
                Subscriber(row[0], frozenset(orjson.loads(row[1])), row[2], row[3])
                for row in rows
                if row[0] not in besides
            ],
        )

    def tell(self, type_: str, data: dict[str, Any], about: About) -> None:
        """Queue one delivery for each endpoint that subscribed to `type_`."""
        event_id: str | None = None
        for subscriber in self._subscribers:
            if subscriber.wants(type_):
                event_id = event_id or self._tx.new_id()
                self._rows.append(self._row(subscriber, event_id, type_, data, about))

    @property
    def delivery_ids(self) -> list[str]:
        """The ids of what was told and not poured yet."""
        return [row[COLUMNS.index("delivery_id")] for row in self._rows]

    def pour(self) -> None:
        """Begin to write what was told, while the caller goes on.

        The delivery loop is nudged when the transaction has committed.
        """
        if self._rows:
            columns = (*COLUMNS, "line") if self._has_lines else COLUMNS
            self._tx.pour(webhook_delivery, columns, self._rows)
            self._tx.nudge(DUE.name)
            self._rows = []

    def _row(
        self, to: Subscriber, event_id: str, type_: str, data: dict[str, Any], about: About
    ) -> tuple[Any, ...]:
        delivery_id = self._tx.new_id()
        body = data
        if to.payload_format == PayloadFormat.ENVELOPE:
            body = {
                "delivery_id": delivery_id,
                "event_id": event_id,
                "caused_by": about.caused_by,
                "type": type_,
                "customer_id": self._tx.customer_id,
                "created_at": self._created_text,
                "sequence": about.sequence,
                "data": data,
            }
        row = (
            self._tx.customer_id,
            delivery_id,
            to.endpoint_id,
            type_,
            about.buddy_id,
            about.sequence,
            about.caused_by,
            about.request_id,
            orjson.dumps(body).decode(),
            "pending",
            0,
            self._created_at,
            self._created_at,
        )
        if not self._has_lines:
            return row
        return (*row, (about.buddy_id or delivery_id) if to.is_ordered else None)
