"""Events as they are sent, and what their sender is told."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.events.unit import NewEvent
from app.kit.schemas import (
    Audience,
    CallerId,
    Input,
    InstantIn,
    InstantOut,
    JsonObject,
    Output,
    absent,
)

BATCH_MAX = 500
EventType = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
SentEventId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._:|@=+~-]{1,128}$"),
    Field(description="Your own id: the same id twice counts once. `match:` is reserved."),
]


class SendEvent(Input):
    """Something that a user did."""

    event_id: SentEventId
    user_id: CallerId
    type: EventType
    audience: Audience | None = None
    occurred_at: InstantIn | None = Field(default=None, description="Now, if left out.")
    properties: JsonObject = Field(default_factory=dict)

    def to_new_event(self, request_id: str | None) -> NewEvent:
        """The event as the lane takes it."""
        return NewEvent.of(
            event_id=self.event_id,
            user_id=self.user_id,
            type=self.type,
            audience=self.audience,
            occurred_at=self.occurred_at,
            properties=self.properties,
            request_id=request_id,
        )


class SendBatch(Input):
    """Up to 500 events, each for itself."""

    events: list[SendEvent] = Field(min_length=1, max_length=BATCH_MAX)


class StreakUpdate(Output):
    """A streak that ticked, and how long it is now."""

    key: str
    count: int


class EventEffects(Output):
    """What an event did. `coins` is the change of the primary token, `tokens` are `key:amount`."""

    coins: int
    badges_awarded: list[str]
    badges_ready: list[str]
    tokens: list[str]
    evolution_ready: bool
    streak_milestones: list[int]
    streak_updates: list[StreakUpdate]
    path_updates: list[dict[str, Any]]


class ErrorBody(Output):
    """Why one event of a batch was refused."""

    code: str
    message: str
    details: dict[str, Any] | None = absent()


class Refused(Output):
    """The place of a refused event in a batch's results."""

    error: ErrorBody


class BatchResults(Output):
    """One result an event, in the order in which they were sent."""

    results: list[EventEffects | Refused]


class LoggedEvent(Output):
    """An event as the log has it."""

    event_id: str
    buddy_id: str
    user_id: str
    audience: str | None
    type: str
    occurred_at: InstantOut | None
    received_at: InstantOut
    properties: dict[str, Any]
    effects: EventEffects


class EventLog(Output):
    """A part of the log, newest first unless asked otherwise."""

    data: list[LoggedEvent]
    next_cursor: str | None


class Explained(Output):
    """What one rule made of an event, in words."""

    section: str
    rule: str
    pointer: str
    reason: str
    text: str
    number: int | None = absent()


class LedgerLine(Output):
    """A movement of a token that followed from an event."""

    ledger_id: str
    token: str
    amount: int
    direction: str
    balance: int
    counter_account: str
    reason: str
    is_lucky: bool
    sequence: int


class DeliveryLine(Output):
    """A webhook delivery that followed from an event."""

    delivery_id: str
    endpoint_id: str
    type: str
    status: str
    attempts: int
    sequence: int | None


class ExplainedEvent(LoggedEvent):
    """An event with the reason of every number that it changed."""

    config_version_id: str
    explanation: list[Explained]
    ledger: list[LedgerLine]
    deliveries: list[DeliveryLine]
