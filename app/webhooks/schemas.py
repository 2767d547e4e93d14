"""What the webhook routes take and answer."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from app.kit.schemas import Input, InstantIn, InstantOut, Output, absent
from app.webhooks.catalogue import EVENT_NAMES, EVERY_EVENT, EventName, sample, schema
from app.webhooks.deliveries import Attempt, Delivery
from app.webhooks.service import Endpoint
from app.webhooks.signature import SignatureKind, shown_secret

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


def _one(name: str) -> str:
    if name not in EVENT_NAMES:
        raise ValueError("no such event; GET /webhook-configs/events lists them")
    return name


OneEvent = Annotated[
    str,
    AfterValidator(_one),
    WithJsonSchema({"type": "string", "enum": [name.value for name in EventName]}),
]
EventFilter = Annotated[str, AfterValidator(_known)]
EventFilters = Annotated[
    list[EventFilter], Field(min_length=1, max_length=64), AfterValidator(_distinct)
]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Description = Annotated[str, StringConstraints(max_length=256)]


Rate = Annotated[int, Field(ge=1, le=10_000)]
Concurrency = Annotated[int, Field(ge=1, le=1_000)]


class CreateWebhook(Input):
    """`events`: names, or `["*"]` for all. `raw` endpoints receive the event's data alone.

    `signature`: `ed25519` signs `v1a` in the Standard Webhooks headers and nothing else. `ordered`:
    what happened to one buddy arrives in its order. Limits: requests that begin in a second, and
    requests under way at once.
    """

    url: Url
    events: EventFilters
    description: Description | None = None
    payload_format: Literal["envelope", "raw"] = "envelope"
    signature: Literal["hmac", "ed25519"] = "hmac"
    ordered: bool = False
    rate_per_second: Rate | None = None
    concurrency: Concurrency | None = None


class ChangeWebhook(Input):
    """What is left out stays as it is. A resumed endpoint gets what it missed."""

    url: Url = LEFT_OUT
    events: EventFilters = LEFT_OUT
    description: Description | None = None
    status: Literal["active", "paused"] = LEFT_OUT
    rate_per_second: Rate | None = None
    concurrency: Concurrency | None = None


class RotateSecret(Input):
    """How long the old secret signs beside the new one; 0 ends it at once. A day by default."""

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = 86_400


class SendSample(Input):
    """Which event's sample to send."""

    type: OneEvent


class ReplayWebhook(Input):
    """What was told from `since` on, before `until`; both kinds of ending unless one is named."""

    since: InstantIn
    until: InstantIn | None = None
    status: Literal["succeeded", "failed"] | None = None


class Replayed(Output):
    """How many are sent again; `next_cursor` goes on where there may be more, else it is null."""

    replayed: int
    next_cursor: str | None


class WebhookEndpoint(Output):
    """`secret` is whole in the answers to a create and a rotation, elsewhere `whsec_…` and its end.

    Of an Ed25519 endpoint it is the public key, `whpk_…`, which is no secret and always whole.
    While a rotation lasts the old one signs too, until `rotating_until`. An endpoint that only
    failed for a while rests until `circuit_open_until`; then one delivery probes it.
    """

    id: str
    url: str
    events: list[str]
    description: str | None = absent()
    payload_format: Literal["envelope", "raw"]
    signature: Literal["hmac", "ed25519"]
    ordered: bool
    rate_per_second: int | None = absent()
    concurrency: int | None = absent()
    status: Literal["active", "paused"]
    paused_reason: str | None = absent()
    failing_since: InstantOut | None = absent()
    circuit_open_until: InstantOut | None = absent()
    secret: str
    rotating_until: InstantOut | None = absent()
    created_at: InstantOut
    updated_at: InstantOut

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The endpoint with its secret masked."""
        if endpoint.signature is SignatureKind.ED25519:
            return cls.of_new(endpoint)
        return cls._with(endpoint, f"whsec_…{endpoint.secrets[0][-SECRET_SHOWN:]}")

    @classmethod
    def of_new(cls, endpoint: Endpoint) -> Self:
        """The endpoint with its secret whole."""
        return cls._with(endpoint, shown_secret(endpoint.secrets[0]))

    @classmethod
    def _with(cls, endpoint: Endpoint, secret: str) -> Self:
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            events=list(endpoint.events),
            description=endpoint.description,
            payload_format=endpoint.payload_format.value,
            signature=endpoint.signature.value,
            ordered=endpoint.is_ordered,
            rate_per_second=endpoint.rate_per_second,
            concurrency=endpoint.concurrency,
            status=endpoint.status.value,
            paused_reason=endpoint.paused_reason,
            failing_since=endpoint.failing_since,
            circuit_open_until=endpoint.circuit_until,
            secret=secret,
            rotating_until=endpoint.rotating_until,
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
    """A delivery with the text that is sent and every attempt to send it, oldest first.

    `waits_for` is the delivery that stands before it in the line of its buddy, at an ordered
    endpoint.
    """

    caused_by: str | None = absent()
    waits_for: str | None = absent()
    body: str
    attempt_log: list[WebhookAttempt]

    @classmethod
    def of_logged(
        cls, delivery: Delivery, attempts: Sequence[Attempt], waits_for: str | None
    ) -> Self:
        """The delivery whole."""
        return cls(
            **_members(delivery),
            caused_by=delivery.caused_by,
            waits_for=waits_for,
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
