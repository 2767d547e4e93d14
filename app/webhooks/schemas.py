"""What the webhook routes take and answer."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from app.kit.schemas import Input, InstantOut, Output, absent
from app.webhooks.catalogue import EVENT_NAMES, EVERY_EVENT, EventName, sample, schema
from app.webhooks.deliveries import Attempt, Delivery
from app.webhooks.service import Endpoint

SECRET_SHOWN = 4
LEFT_OUT: Any = None  # A default is not validated, so a null that was sent is still refused.


def _known(name: str) -> str:
    if name != EVERY_EVENT and name not in EVENT_NAMES:
        raise ValueError('no such event; GET /webhook-configs/events lists them, "*" means all')
    return name


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("an event may be named once")
    return names


EventFilter = Annotated[str, AfterValidator(_known)]
EventFilters = Annotated[
    list[EventFilter], Field(min_length=1, max_length=64), AfterValidator(_distinct)
]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Description = Annotated[str, StringConstraints(max_length=256)]


class CreateWebhook(Input):
    """`events`: names, or `["*"]` for all. `raw` endpoints receive the event's data alone."""

    url: Url
    events: EventFilters
    description: Description | None = None
    payload_format: Literal["envelope", "raw"] = "envelope"


class ChangeWebhook(Input):
    """What is left out stays as it is. A resumed endpoint gets what it missed."""

    url: Url = LEFT_OUT
    events: EventFilters = LEFT_OUT
    description: Description | None = None
    status: Literal["active", "paused"] = LEFT_OUT


class WebhookEndpoint(Output):
    """`secret` is whole in the answer to a create alone, elsewhere `whsec_…` and its end."""

    id: str
    url: str
    events: list[str]
    description: str | None = absent()
    payload_format: Literal["envelope", "raw"]
    status: Literal["active", "paused"]
    paused_reason: str | None = absent()
    secret: str
    created_at: InstantOut
    updated_at: InstantOut

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The endpoint with its secret masked."""
        return cls._with(endpoint, f"whsec_…{endpoint.secrets[0][-SECRET_SHOWN:]}")

    @classmethod
    def of_new(cls, endpoint: Endpoint) -> Self:
        """The endpoint with its secret whole."""
        return cls._with(endpoint, endpoint.secrets[0])

    @classmethod
    def _with(cls, endpoint: Endpoint, secret: str) -> Self:
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            events=list(endpoint.events),
            description=endpoint.description,
            payload_format=endpoint.payload_format.value,
            status=endpoint.status.value,
            paused_reason=endpoint.paused_reason,
            secret=secret,
            created_at=endpoint.created_at,
            updated_at=endpoint.updated_at,
        )


class EventDescription(Output):
    """An event's name, the JSON Schema of its `data`, and a sample of it."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    name: str
    data_schema: dict[str, Any] = Field(serialization_alias="schema")
    sample: dict[str, Any]

    @classmethod
    def of(cls, name: EventName) -> Self:
        """The catalogue's entry."""
        return cls(name=name.value, data_schema=schema(name), sample=sample(name))


class WebhookDelivery(Output):
    """`attempts` counts all of them; `error` says why the last one failed, or who gave up."""

    id: str
    endpoint_id: str
    event: str
    status: Literal["pending", "succeeded", "failed"]
    response_status: int | None = absent()
    error: str | None = absent()
    attempts: int
    created_at: InstantOut
    last_attempt_at: InstantOut | None = absent()
    next_attempt_at: InstantOut | None = absent()

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The delivery as lists show it."""
        return cls(**_members(delivery))


class WebhookAttempt(Output):
    """`answer` is the beginning of the answer's body, at most 4 KiB of it."""

    number: int
    started_at: InstantOut
    duration_ms: int
    status: int | None = absent()
    error: str | None = absent()
    answer: str | None = absent()

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """The attempt as customers may see it."""
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms,
            status=attempt.status,
            error=attempt.error,
            answer=attempt.answer,
        )


class WebhookDeliveryWithLog(WebhookDelivery):
    """A delivery with the text that is sent and every attempt to send it, oldest first."""

    caused_by: str | None = absent()
    body: str
    attempt_log: list[WebhookAttempt]

    @classmethod
    def of_logged(cls, delivery: Delivery, attempts: Sequence[Attempt]) -> Self:
        """The delivery whole."""
        return cls(
            **_members(delivery),
            caused_by=delivery.caused_by,
            body=delivery.body,
            attempt_log=[WebhookAttempt.of(attempt) for attempt in attempts],
        )


class WebhookDeliveries(Output):
    """A page of deliveries, newest first; `next_cursor` is null at the end."""

    data: list[WebhookDelivery]
    next_cursor: str | None


def _members(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "endpoint_id": delivery.endpoint_id,
        "event": delivery.type,
        "status": delivery.status.value,
        "response_status": delivery.response_status,
        "error": delivery.error,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "last_attempt_at": delivery.last_attempt_at,
        "next_attempt_at": delivery.next_attempt_at,
    }
