"""What became of events, webhooks, gates and matches, as calls answer it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .results import Metadata

DeliveryStatus = Literal["pending", "succeeded", "failed"]
MatchStatus = Literal[
    "allocating",
    "waiting",
    "live",
    "reported",
    "pending_verification",
    "applied",
    "abandoned",
    "rejected",
    "voided",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakUpdate:
    """A streak that ticked, and its length after it."""

    key: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEffects:
    """What an event did. `coins` is the change of the primary token, `tokens` are `key:amount`."""

    coins: int = 0
    badges_awarded: list[str] = field(default_factory=list)
    badges_ready: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    evolution_ready: bool = False
    streak_milestones: list[int] = field(default_factory=list)
    streak_updates: list[StreakUpdate] = field(default_factory=list)
    path_updates: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an event of a batch was refused."""

    code: str
    message: str
    details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An event of a batch that changed nothing."""

    error: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResults:
    """One result an event, in their order."""

    results: list[RefusedEvent | EventEffects]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An event as the log keeps it."""

    event_id: str
    user_id: str
    buddy_id: str
    audience: str | None
    type: str
    occurred_at: datetime | None
    received_at: datetime
    properties: dict[str, Any]
    effects: EventEffects


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLog:
    """Events, newest first unless asked otherwise."""

    data: list[LoggedEvent]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """A token for one buddy in a browser; it may do what its `scopes` say."""

    token: str
    session_id: str
    expires_at: datetime
    scopes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedToken:
    """A token that can only look at one buddy."""

    token: str
    expires_at: datetime
    mode: Literal["read-only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where events are sent. `secret` is whole when it was just made, else masked."""

    id: str
    url: str
    events: list[str]
    status: Literal["active", "paused"]
    secret: str
    payload_format: Literal["envelope", "raw"]
    signature: Literal["hmac", "ed25519"]
    ordered: bool
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    paused_reason: str | None = None
    rate_per_second: int | None = None
    concurrency: int | None = None
    failing_since: datetime | None = None
    circuit_open_until: datetime | None = None
    rotating_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """An event on its way to an endpoint."""

    id: str
    endpoint_id: str
    event: str
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    response_status: int | None = None
    error: str | None = None
    last_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliveries:
    """Deliveries, newest first; go on with `next_cursor` until it is None."""

    data: list[WebhookDelivery]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGate:
    """A gate that buddies open for tokens."""

    id: str
    gate_key: str
    token_key: str
    cost: int
    label: str | None
    description: str | None
    metadata: Metadata
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """Every gate."""

    gates: list[TokenGate]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockResult:
    """An open gate; `balance_after` where this call paid for it."""

    gate_key: str
    unlocked: Literal[True]
    already_unlocked: bool
    unlocked_at: datetime
    balance_after: int | None
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class BuddyUnlock:
    """A gate that a buddy opened."""

    gate_key: str
    unlocked_at: datetime
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class BuddyUnlocks:
    """The gates that a buddy opened."""

    unlocks: list[BuddyUnlock]
