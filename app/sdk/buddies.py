"""Buddies and what they have."""

# mypy: disable-error-code="empty-body"
# Bodies are empty because the signature is the call; see `calls`.

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from .calls import M, Resource, call
from .results import (
    BadgeAward,
    Badges,
    Buddy,
    BuddyList,
    BuddyStatus,
    DressedBuddy,
    LedgerEntry,
    LedgerFeed,
    OperationStarted,
    OwnedItems,
    Purchase,
    TokensSummary,
)
from .standings import EvolutionReadiness, Evolutions, ProgressionStanding, UserSummary

BuddySort = Literal["created_at", "updated_at", "name", "evolution_stage", "coins"]


class SkillUpdate(TypedDict):
    """A change of one skill: `amount` for increase and decrease, `value` for set."""

    key: str
    action: Literal["increase", "decrease", "set"]
    amount: NotRequired[int]
    value: NotRequired[int]


class Buddies(Resource[M]):
    """Buddies, by their id."""

    @call("GET", "/buddies/{buddy_id}", is_publishable=True)
    def get(self, buddy_id: str) -> Buddy:
        """Read a buddy with its balances and progression."""

    @call("GET", "/buddies")
    def list(
        self,
        *,
        user_id: str | None = None,
        status: BuddyStatus | None = None,
        evolution_stage: int | None = None,
        page: int | None = None,
        limit: int | None = None,
        sort: BuddySort | None = None,
        order: Literal["asc", "desc"] | None = None,
    ) -> BuddyList:
        """Read a page of buddies, newest first unless asked otherwise."""

    @call("PATCH", "/buddies/{buddy_id}")
    def update_name(self, buddy_id: str, name: str) -> Buddy:
        """Give a buddy another name."""

    @call("POST", "/buddies/{buddy_id}/archive")
    def archive(self, buddy_id: str) -> Buddy:
        """End a buddy's life; its ledger stays. Archiving again changes nothing."""

    @call("PATCH", "/buddies/{buddy_id}/skills")
    def update_skills(self, buddy_id: str, updates: Sequence[SkillUpdate]) -> Buddy:
        """Change skills, all of them or none."""

    @call("POST", "/buddies/{buddy_id}/coins")
    def earn(
        self,
        buddy_id: str,
        *,
        amount: int,
        reason: str,
        reference_id: str | None = None,
        token: str | None = None,
        idempotency_key: str | None = None,
    ) -> LedgerEntry:
        """Credit tokens, of the primary kind unless `token` names another."""

    earn_coins = earn

    @call("POST", "/buddies/{buddy_id}/coins/spend")
    def spend(
        self,
        buddy_id: str,
        *,
        amount: int,
        reason: str,
        item_id: str | None = None,
        reference_id: str | None = None,
        token: str | None = None,
        idempotency_key: str | None = None,
    ) -> LedgerEntry:
        """Debit tokens; InsufficientBalanceError where the buddy has fewer."""

    @call("POST", "/buddies/{buddy_id}/badges")
    def award_badge(self, buddy_id: str, badge_key: str, reason: str | None = None) -> BadgeAward:
        """Give a badge by hand; one that is held already stays as it is."""

    @call("GET", "/buddies/{buddy_id}/badges", is_publishable=True)
    def get_badges(self, buddy_id: str) -> Badges:
        """Read every badge of the rules: earned, ready to be given, locked."""

    @call("POST", "/buddies/{buddy_id}/equip")
    def equip(
        self,
        buddy_id: str,
        *,
        equip: Sequence[str] | None = None,
        unequip: Sequence[str] | None = None,
    ) -> DressedBuddy:
        """Put items on and off; at most four, one a category, accessories excepted."""

    @call("POST", "/buddies/{buddy_id}/purchases")
    def purchase_item(
        self, buddy_id: str, item_id: str, idempotency_key: str | None = None
    ) -> Purchase:
        """Buy an item: the price and the item, or neither."""

    @call("GET", "/buddies/{buddy_id}/items", is_publishable=True)
    def get_purchased_items(self, buddy_id: str) -> OwnedItems:
        """Read what a buddy has."""

    @call("GET", "/buddies/{buddy_id}/evolution", is_publishable=True)
    def get_evolution(self, buddy_id: str) -> EvolutionReadiness:
        """Read whether the next stage can be reached, and what is missing."""

    @call("POST", "/buddies/{buddy_id}/evolve")
    def evolve(self, buddy_id: str) -> OperationStarted:
        """Begin to reach the next stage; ConflictError where the buddy is not ready."""

    @call("GET", "/buddies/{buddy_id}/progression", is_publishable=True)
    def get_progression(self, buddy_id: str) -> ProgressionStanding:
        """Read skills with levels, streaks, counters, badges, and what caps leave."""

    @call("GET", "/buddies/{buddy_id}/tokens", is_publishable=True)
    def tokens(self, buddy_id: str) -> TokensSummary:
        """Read balances; a slot that the rules do not fill is None."""

    @call("GET", "/buddies/{buddy_id}/evolutions", is_publishable=True)
    def evolutions(
        self, buddy_id: str, *, page: int | None = None, limit: int | None = None
    ) -> Evolutions:
        """Read a page of past stages, newest first."""

    @call("GET", "/users/{user_id}/summary")
    def get_user_summary(self, user_id: str) -> UserSummary:
        """Read a user with all buddies."""

    @call("GET", "/buddies/{buddy_id}/ledger")
    def ledger(
        self, buddy_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> LedgerFeed:
        """Read every movement of a buddy's tokens, newest first."""

    @call("POST", "/buddies/{buddy_id}/ledger/{ledger_id}/reverse")
    def reverse(
        self, buddy_id: str, ledger_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> LedgerEntry:
        """Take an entry of the ledger back whole, once; asked again it answers the same."""
