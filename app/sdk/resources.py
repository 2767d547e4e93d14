"""Eggs, events, tokens for browsers, webhooks and gates."""

# mypy: disable-error-code="empty-body"
# Bodies are empty because the signature is the call; see `calls`.

import builtins
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from . import webhooks
from .calls import M, Resource, call
from .reports import (
    BatchResults,
    BuddyUnlocks,
    DeliveryStatus,
    EmbedToken,
    EventEffects,
    EventLog,
    Gates,
    SessionToken,
    UnlockResult,
    WebhookDeliveries,
    WebhookDelivery,
    WebhookEndpoint,
)
from .results import Egg, EggStatus, EggStatusChange, HatchResult


class SendEventParams(TypedDict):
    """An event of a batch; the parameters of `events.send`."""

    event_id: str
    user_id: str
    type: str
    audience: NotRequired[str]
    occurred_at: NotRequired[datetime | str]
    properties: NotRequired[Mapping[str, Any]]


class Eggs(Resource[M]):
    """Eggs, from which buddies hatch."""

    @call("POST", "/eggs")
    def create(
        self,
        *,
        user_id: str,
        preset_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        ensure: bool | None = None,
    ) -> Egg:
        """Make an egg for a user; with `ensure` an egg that the user has is answered instead.

        `metadata["audience"]` is the buddy's audience where several are configured.
        """

    @call("GET", "/eggs/{egg_id}")
    def get(self, egg_id: str) -> Egg:
        """Read an egg."""

    @call("GET", "/eggs")
    def list(
        self,
        *,
        user_id: str | None = None,
        status: EggStatus | None = None,
        page: int | None = None,
        limit: int | None = None,
    ) -> builtins.list[Egg]:
        """Read a page of eggs."""

    @call("PATCH", "/eggs/{egg_id}/status")
    def update_status(self, egg_id: str, status: Literal["ready", "cancelled"]) -> EggStatusChange:
        """Make an egg ready, or cancel it."""

    @call("POST", "/eggs/{egg_id}/hatch")
    def hatch(self, egg_id: str) -> HatchResult:
        """Begin to hatch a ready egg; hand the answer to `operations.wait`."""


class Events(Resource[M]):
    """What players did."""

    @call("POST", "/events")
    def send(
        self,
        *,
        event_id: str,
        user_id: str,
        type: str,
        audience: str | None = None,
        occurred_at: datetime | str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> EventEffects:
        """Send an event; the same `event_id` again changes nothing and answers the same."""

    @call("POST", "/events/batch")
    def send_batch(self, events: Sequence[SendEventParams]) -> BatchResults:
        """Send 1 to 500 events; each is taken or refused on its own."""

    @call("GET", "/events")
    def list(
        self,
        *,
        user_id: str | None = None,
        type: str | None = None,
        audience: str | None = None,
        order: Literal["asc", "desc"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> EventLog:
        """Read the log, newest first unless asked otherwise."""


class WidgetSessions(Resource[M]):
    """Tokens that let a browser act for one buddy, for an hour at most."""

    @call("POST", "/widget-sessions")
    def create(
        self,
        *,
        buddy_id: str,
        user_id: str,
        scopes: Sequence[str],
        ttl_seconds: int | None = None,
        allowed_origins: Sequence[str] | None = None,
    ) -> SessionToken:
        """Make a token; never send a secret key to a browser instead."""

    @call("DELETE", "/widget-sessions/{session_id}")
    def revoke(self, session_id: str) -> None:
        """End a session before its time."""


class EmbedTokens(Resource[M]):
    """Tokens that let a browser look at one buddy, for a day at most."""

    @call("POST", "/embed-tokens", is_publishable=True)
    def create(
        self,
        *,
        buddy_id: str,
        user_id: str,
        ttl_seconds: int | None = None,
        allowed_origins: Sequence[str] | None = None,
    ) -> EmbedToken:
        """Make a token."""


class Webhooks(Resource[M]):
    """Where events are sent, and what became of them."""

    @call("GET", "/webhook-configs")
    def list(self) -> builtins.list[WebhookEndpoint]:
        """Read all endpoints, their secrets masked."""

    @call("POST", "/webhook-configs")
    def create(
        self,
        *,
        url: str,
        events: Sequence[str],
        description: str | None = None,
        payload_format: Literal["envelope", "raw"] | None = None,
        signature: Literal["hmac", "ed25519"] | None = None,
        ordered: bool | None = None,
        rate_per_second: int | None = None,
        concurrency: int | None = None,
    ) -> WebhookEndpoint:
        """Register an endpoint; `["*"]` stands for every event. Keep the secret of the answer."""

    @call("DELETE", "/webhook-configs/{endpoint_id}")
    def delete(self, endpoint_id: str) -> None:
        """Send nothing more there."""

    @call("GET", "/webhook-deliveries")
    def deliveries(
        self,
        *,
        endpoint_id: str | None = None,
        status: DeliveryStatus | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> WebhookDeliveries:
        """Read a page of deliveries, newest first."""

    @call("POST", "/webhook-deliveries/{delivery_id}/replay")
    def replay(self, delivery_id: str, idempotency_key: str | None = None) -> WebhookDelivery:
        """Send a delivery again, whatever became of it."""

    verify_signature = staticmethod(webhooks.verify_signature)


class GatesResource(Resource[M]):
    """Gates that buddies open for tokens."""

    @call("GET", "/gates")
    def list(self) -> Gates:
        """Read every gate."""

    @call("POST", "/buddies/{buddy_id}/gates/{gate_key}/unlock")
    def unlock(self, buddy_id: str, gate_key: str) -> UnlockResult:
        """Open a gate for its price, once; an open gate costs nothing."""

    @call("GET", "/buddies/{buddy_id}/gates", is_publishable=True)
    def unlocks(self, buddy_id: str) -> BuddyUnlocks:
        """Read which gates a buddy has opened."""
