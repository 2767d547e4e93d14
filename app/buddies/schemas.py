"""Buddies as the API shows and takes them."""

from typing import Any, Literal

from app.buddies.appearance import AppearanceStatus
from app.kit.pages import Meta
from app.kit.schemas import Amount, Input, InstantOut, Key, Name, Output, Text256, absent


class AppearanceError(Output):
    """Why the picture is not right: `needs_rerender` asks for `POST /buddies/{id}/rerender`."""

    code: str


class Appearance(Output):
    """Whether the picture shows the buddy as it is; `error` is there once a drawing failed."""

    status: AppearanceStatus
    error: AppearanceError | None = absent()


class StreakState(Output):
    """A streak as it stands."""

    key: str
    count: int


class Progression(Output):
    """What a buddy has come to, in numbers."""

    counters: dict[str, int]
    streaks: list[StreakState]
    badges: list[str]


class Buddy(Output):
    """A buddy. `coins` is the balance of the primary token."""

    id: str
    customer_id: str
    user_id: str
    audience: str
    name: str
    config_version_id: str
    evolution_stage: int
    coins: int
    status: Literal["active", "archived"]
    skills: dict[str, int]
    tokens: dict[str, int]
    image_url: str | None
    thumb_url: str | None
    base_image_url: str | None
    equipped_items: list[str]
    rendered_equipped_item_ids: list[str]
    appearance: Appearance
    progression: Progression
    created_at: InstantOut
    updated_at: InstantOut


class DressedBuddy(Buddy):
    """A buddy after a change of its outfit; `operation_id` is there while that is drawn."""

    operation_id: str | None = absent()


class BuddyList(Output):
    """A page of buddies."""

    data: list[Buddy]
    meta: Meta


class Rename(Input):
    """A new name."""

    name: Name


class EarnTokens(Input):
    """Tokens to credit by hand; `token` is the primary one if left out."""

    amount: Amount
    reason: Text256
    reference_id: Text256 | None = None
    token: Key | None = None


class SpendTokens(Input):
    """Tokens to debit by hand; `token` is the primary one if left out."""

    amount: Amount
    reason: Text256
    reference_id: Text256 | None = None
    item_id: Key | None = None
    token: Key | None = None


class ReverseEntry(Input):
    """Why an entry of the ledger is taken back."""

    reason: Text256


Direction = Literal["earn", "spend", "unearn", "unspend"]


class LedgerEntry(Output):
    """One movement of a token; `balance` is what it left behind.

    `unearn` and `unspend` take an earlier entry back, which `reference_id` names.
    """

    ledger_id: str
    buddy_id: str
    token: str
    amount: int
    direction: Direction
    balance: int
    reason: str
    reference_id: str | None
    source: str
    event_id: str | None
    is_lucky: bool
    created_at: InstantOut


class LedgerFeed(Output):
    """A part of a buddy's ledger, newest first."""

    data: list[LedgerEntry]
    next_cursor: str | None


class UsersLedgerEntry(LedgerEntry):
    """A movement of a token, and whose it was."""

    user_id: str


class WholeLedger(Output):
    """A part of the ledger of all buddies, newest first."""

    data: list[UsersLedgerEntry]
    next_cursor: str | None


class TokenBalance(Output):
    """A token and what the buddy has, and ever had, of it."""

    kind: Literal["primary", "progression"]
    key: str
    label: str
    balance: int
    lifetime_earned: int
    lifetime_spent: int


class TokensSummary(Output):
    """The two default tokens, and all of them."""

    primary: TokenBalance | None
    progression: TokenBalance | None
    all: list[TokenBalance]


class AwardBadge(Input):
    """A badge to give by hand."""

    badge_key: Key
    reason: Text256 | None = None


class BadgeAward(Output):
    """A badge that a buddy holds."""

    badge_key: str
    label: str
    awarded_at: str


class EvolutionRecord(Output):
    """A stage that a buddy reached."""

    id: str
    buddy_id: str
    from_stage: int
    to_stage: int
    triggered_by_event_id: str | None
    image_url: str | None
    source: Literal["prod", "demo", "auto"]
    metadata: dict[str, Any]
    occurred_at: InstantOut


class Evolutions(Output):
    """A page of stages."""

    data: list[EvolutionRecord]
    pagination: Meta


class EvolutionStage(Output):
    """A stage of the buddy's config."""

    stage: int
    label: str
    is_reached: bool


class EvolutionReadiness(Output):
    """How near the next stage is; where there is none, `next_stage` and `next_label` are null.

    `progress` is 0.0 to 1.0, `missing` says in words what is not there yet.
    """

    buddy_id: str
    current_stage: int
    next_stage: int | None
    next_label: str | None
    is_ready: bool
    auto_evolve: bool
    progress: float
    missing: list[str]
    stages: list[EvolutionStage]
