"""The `data` of every webhook event, as types. Pure.

A payload is what raw endpoints receive whole and envelope endpoints find under `data`. Instants are
RFC 3339 texts with milliseconds and `Z`; amounts are integers in a token's smallest unit. Fields
are only ever added.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

INTEGER_MAX = 2**53 - 1

Id = Annotated[str, Field(min_length=1, max_length=128)]
Key = Annotated[str, Field(min_length=1, max_length=64)]
Amount = Annotated[int, Field(ge=1, le=INTEGER_MAX)]
Balance = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Count = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Stage = Annotated[int, Field(ge=1, le=5)]
Instant = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
        json_schema_extra={"format": "date-time"},
    ),
]


class Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OfBuddy(Payload):
    """What happened to one buddy; its owner is named so that receivers need no look-up."""

    buddy_id: Id
    user_id: Id


class BuddyHatched(OfBuddy):
    """`egg_id` is null for a buddy that an event made; pictures are null until drawn."""

    egg_id: Id | None
    name: str
    image_url: str | None
    thumb_url: str | None
    evolution_stage: Stage


class BuddyEvolved(OfBuddy):
    previous_stage: Stage
    new_stage: Stage
    image_url: str | None


class BuddyArchived(OfBuddy):
    archived_at: Instant


class CoinsMoved(OfBuddy):
    """The primary token; `balance` is the one after this entry of the ledger."""

    amount: Amount
    balance: Balance
    reason: str
    reference_id: str | None
    ledger_id: Id
    is_lucky: bool


class TokenMoved(CoinsMoved):
    """Any other token, named by `token_type`."""

    token_type: Key


class SkillLeveled(OfBuddy):
    skill_key: Key
    previous_level: Count
    new_level: Count
    value: Count


class SkillDecayed(OfBuddy):
    skill_key: Key
    previous_value: Count
    new_value: Count


class BadgeReady(OfBuddy):
    """The conditions of a manual badge are met; somebody has to award it."""

    badge_key: Key
    ready_at: Instant


class BadgeAwarded(OfBuddy):
    badge_key: Key
    awarded_at: Instant


class StreakChanged(OfBuddy):
    """`count` is the run after the change; for `streak.burned` it is the run that was lost.

    `milestone` is null except where a milestone was reached.
    """

    streak_key: Key
    count: Count
    milestone: Count | None


class EvolutionReady(OfBuddy):
    current_stage: Stage
    next_stage: Stage


class GateUnlocked(OfBuddy):
    gate_key: Key
    token_key: Key
    cost: Amount
    balance_after: Balance
    unlocked_at: Instant


class PathStepCompleted(OfBuddy):
    path_key: Key
    step_key: Key
    sub_step_key: Key | None
    path_completed: bool


class Price(Payload):
    token: Key
    amount: Amount


class MarketplacePurchased(OfBuddy):
    """`prices` are all parts of the price, `balances_after` their tokens'; empty if it was free.

    `price` and `balance_after` are the first part alone; null if it was free.
    """

    item_id: Id
    purchase_id: Id
    price: Price | None
    balance_after: Balance | None
    prices: list[Price]
    balances_after: dict[Key, Balance]


class MarketplaceEquipped(OfBuddy):
    """`equipped_item_ids` is the whole outfit after the change."""

    equipped: list[Id]
    unequipped: list[Id]
    equipped_item_ids: list[Id]


class OperationCompleted(Payload):
    operation_id: Id
    type: Key
    status: Literal["completed"]
    result: dict[str, Any]


class OperationFailed(Payload):
    operation_id: Id
    type: Key
    status: Literal["failed"]
    error: str


class UsageThresholdReached(Payload):
    metric: Literal["events"]
    threshold_percent: Annotated[int, Field(ge=1, le=100)]
    used: Count
    limit: Amount
    resets_at: Instant


class MatchLine(Payload):
    """One player's line; what the game server left out is null."""

    user_id: Id
    buddy_id: Id | None
    team: str | None
    placement: int | None
    score: int | float | None
    result: Literal["win", "loss", "draw"] | None
    left_early: bool


class MatchRecorded(Payload):
    """A verified result was applied: every player's rewards are in the books."""

    match_id: Id
    room_id: Id | None
    outcome: Literal["completed", "abandoned", "crashed"]
    started_at: Instant | None
    ended_at: Instant
    mode: str | None
    map: str | None
    players: list[MatchLine]


class MatchAbandoned(Payload):
    """The match ended without a result; nothing was paid."""

    match_id: Id
    room_id: Id | None
    reason: str
    abandoned_at: Instant


class Uncollected(Payload):
    user_id: Id
    token: Key
    amount: Amount


class MatchVoided(Payload):
    """Rewards were taken back; `uncollected` is what had been spent already."""

    match_id: Id
    reason: str
    voided_at: Instant
    uncollected: list[Uncollected]


class WebhookEndpointPaused(Payload):
    """Sent to the other endpoints: one that answered 410, or only failed for five days."""

    endpoint_id: Id
    url: str
    reason: Literal["gone", "failing"]
    paused_at: Instant
