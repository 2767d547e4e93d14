"""What calls answer. Every instant is aware; fields with a default may be absent.

A literal type lists what this version knows; a newer server may answer another text.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

EggStatus = Literal["waiting", "ready", "hatching", "hatched", "cancelled"]
BuddyStatus = Literal["active", "archived"]
OperationStatus = Literal["pending", "processing", "completed", "failed"]
Metadata = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitInfo:
    """The last answer's `X-RateLimit-*`: calls a window, those left, and when it is empty again.

    `reset` is in Unix seconds; `retry_after` in seconds, on a 429 alone.
    """

    limit: int
    remaining: int
    reset: int
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the service can do its work."""

    status: Literal["ok", "unavailable"]
    database: Literal["ok", "unavailable"]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Where a page stands: `total` rows, this `page` of `limit`."""

    total: int
    page: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Egg:
    """An egg; `buddy_id` once it has hatched."""

    egg_id: str
    user_id: str
    status: EggStatus
    visual_variant: int
    config_version_id: str
    metadata: Metadata
    created_at: datetime
    buddy_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EggStatusChange:
    """The status that an egg has now, and the one before."""

    egg_id: str
    status: EggStatus
    previous_status: EggStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class HatchResult:
    """The operation to ask; `operations.wait` takes it as it is."""

    operation_id: str
    status: str


OperationStarted = HatchResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that takes a while. `result` holds the ids of what was made."""

    operation_id: str
    id: str
    type: str
    status: OperationStatus
    created_at: datetime
    updated_at: datetime
    result: dict[str, Any] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceError:
    """Why a picture could not be drawn."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """Whether the picture shows what the buddy wears."""

    status: Literal["ready", "pending", "awaiting_credits", "failed"]
    error: AppearanceError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreakState:
    """How long a streak is now."""

    key: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progression:
    """Counters, streaks and badges in short."""

    badges: list[str]
    counters: dict[str, int]
    streaks: list[StreakState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buddy:
    """A buddy with its balances by token, its skills by key, and its pictures."""

    id: str
    customer_id: str
    user_id: str
    audience: str
    name: str
    config_version_id: str
    evolution_stage: int
    coins: int
    status: BuddyStatus
    skills: dict[str, int]
    tokens: dict[str, int]
    image_url: str | None
    thumb_url: str | None
    equipped_items: list[str]
    created_at: datetime
    updated_at: datetime
    base_image_url: str | None
    appearance: Appearance
    rendered_equipped_item_ids: list[str]
    progression: Progression


@dataclass(frozen=True, slots=True, kw_only=True)
class DressedBuddy(Buddy):
    """A buddy whose outfit changed; `operation_id` while the picture is being drawn."""

    operation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuddyList:
    """A page of buddies."""

    data: list[Buddy]
    meta: Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One movement of tokens; `balance` is what the buddy had after it, `source` the other side.

    `unearn` and `unspend` take back an earlier entry, which `reference_id` names.
    """

    ledger_id: str
    buddy_id: str
    token: str
    amount: int
    direction: Literal["earn", "spend", "unearn", "unspend"]
    balance: int
    reason: str
    reference_id: str | None
    source: str
    event_id: str | None
    is_lucky: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFeed:
    """Movements, newest first; go on with `next_cursor` until it is None."""

    data: list[LedgerEntry]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBalance:
    """What a buddy has, and ever had, of one token."""

    kind: Literal["primary", "progression"]
    key: str
    label: str
    balance: int
    lifetime_earned: int
    lifetime_spent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensSummary:
    """The balance to spend, the one that only grows, and all of them."""

    primary: TokenBalance | None
    progression: TokenBalance | None
    all: list[TokenBalance]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeAward:
    """A badge that a buddy holds."""

    badge_key: str
    label: str
    awarded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyBadge:
    """A badge that was earned and waits to be given by hand."""

    badge_key: str
    label: str
    ready_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBadge:
    """A badge to come: `progress` from 0 to 1, and what is `missing` in words."""

    badge_key: str
    label: str
    mode: Literal["auto", "manual"]
    progress: float
    missing: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badges:
    """Every badge of the rules, by where it stands."""

    earned: list[BadgeAward]
    ready: list[ReadyBadge]
    locked: list[LockedBadge]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A part of a price."""

    token: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An item that was bought; `balances` by token are those after it."""

    purchase_id: str
    buddy_id: str
    item_id: str
    quantity: int
    price: list[Price]
    balances: dict[str, int]
    purchased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedItem:
    """An item that a buddy has."""

    item_id: str
    name: str
    category: str
    rarity: str
    image_url: str | None
    quantity: int
    equipped: bool
    purchased_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedItems:
    """Everything that a buddy has."""

    data: list[OwnedItem]
