"""Every webhook event by name, with the type of its data, its JSON Schema and a sample. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from app.webhooks import payloads
from app.webhooks.payloads import Payload


class EventName(StrEnum):
    """`coins.*` tells of the primary token, `token.*` of every other."""

    BUDDY_HATCHED = "buddy.hatched"
    BUDDY_EVOLVED = "buddy.evolved"
    BUDDY_ARCHIVED = "buddy.archived"
    COINS_EARNED = "coins.earned"
    COINS_SPENT = "coins.spent"
    TOKEN_EARNED = "token.earned"
    TOKEN_SPENT = "token.spent"
    SKILL_LEVELED = "skill.leveled"
    SKILL_DECAYED = "skill.decayed"
    BADGE_READY = "badge.ready"
    BADGE_AWARDED = "badge.awarded"
    STREAK_TICKED = "streak.ticked"
    STREAK_MILESTONE = "streak.milestone"
    STREAK_BURNED = "streak.burned"
    STREAK_RESTORED = "streak.restored"
    EVOLUTION_READY = "evolution.ready"
    GATE_UNLOCKED = "gate.unlocked"
    PATH_STEP_COMPLETED = "path.step_completed"
    MARKETPLACE_PURCHASED = "marketplace.purchased"
    MARKETPLACE_EQUIPPED = "marketplace.equipped"
    OPERATION_COMPLETED = "operation.completed"
    OPERATION_FAILED = "operation.failed"
    USAGE_THRESHOLD_REACHED = "usage.threshold_reached"
    MATCH_RECORDED = "match.recorded"
    MATCH_ABANDONED = "match.abandoned"
    MATCH_VOIDED = "match.voided"
    WEBHOOK_ENDPOINT_PAUSED = "webhook.endpoint_paused"


EVENT_NAMES = frozenset(name.value for name in EventName)
EVERY_EVENT = "*"

MODELS: Mapping[EventName, type[Payload]] = {
    EventName.BUDDY_HATCHED: payloads.BuddyHatched,
    EventName.BUDDY_EVOLVED: payloads.BuddyEvolved,
    EventName.BUDDY_ARCHIVED: payloads.BuddyArchived,
    EventName.COINS_EARNED: payloads.CoinsMoved,
    EventName.COINS_SPENT: payloads.CoinsMoved,
    EventName.TOKEN_EARNED: payloads.TokenMoved,
    EventName.TOKEN_SPENT: payloads.TokenMoved,
    EventName.SKILL_LEVELED: payloads.SkillLeveled,
    EventName.SKILL_DECAYED: payloads.SkillDecayed,
    EventName.BADGE_READY: payloads.BadgeReady,
    EventName.BADGE_AWARDED: payloads.BadgeAwarded,
    EventName.STREAK_TICKED: payloads.StreakChanged,
    EventName.STREAK_MILESTONE: payloads.StreakChanged,
    EventName.STREAK_BURNED: payloads.StreakChanged,
    EventName.STREAK_RESTORED: payloads.StreakChanged,
    EventName.EVOLUTION_READY: payloads.EvolutionReady,
    EventName.GATE_UNLOCKED: payloads.GateUnlocked,
    EventName.PATH_STEP_COMPLETED: payloads.PathStepCompleted,
    EventName.MARKETPLACE_PURCHASED: payloads.MarketplacePurchased,
    EventName.MARKETPLACE_EQUIPPED: payloads.MarketplaceEquipped,
    EventName.OPERATION_COMPLETED: payloads.OperationCompleted,
    EventName.OPERATION_FAILED: payloads.OperationFailed,
    EventName.USAGE_THRESHOLD_REACHED: payloads.UsageThresholdReached,
    EventName.MATCH_RECORDED: payloads.MatchRecorded,
    EventName.MATCH_ABANDONED: payloads.MatchAbandoned,
    EventName.MATCH_VOIDED: payloads.MatchVoided,
    EventName.WEBHOOK_ENDPOINT_PAUSED: payloads.WebhookEndpointPaused,
}

_AT = "2026-03-04T05:06:07.890Z"
_BUDDY = {"buddy_id": "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5b", "user_id": "player-7"}
_PICTURE = "/media/019a2b3c/4a1f.png"
_OPERATION = "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5d"
_COINS = {
    **_BUDDY,
    "amount": 10,
    "balance": 120,
    "reason": "rule:match_won",
    "reference_id": None,
    "ledger_id": "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5e",
    "is_lucky": False,
}
_STREAK = {**_BUDDY, "streak_key": "daily_play", "count": 7, "milestone": None}
_LINE = {
    "user_id": "player-7",
    "buddy_id": _BUDDY["buddy_id"],
    "team": "red",
    "placement": 1,
    "score": 42,
    "result": "win",
    "left_early": False,
}

_SAMPLES: Mapping[EventName, dict[str, Any]] = {
    EventName.BUDDY_HATCHED: {
        **_BUDDY,
        "egg_id": "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5c",
        "name": "Pip",
        "image_url": _PICTURE,
        "thumb_url": _PICTURE,
        "evolution_stage": 1,
    },
    EventName.BUDDY_EVOLVED: {
        **_BUDDY,
        "previous_stage": 1,
        "new_stage": 2,
        "image_url": _PICTURE,
    },
    EventName.BUDDY_ARCHIVED: {**_BUDDY, "archived_at": _AT},
    EventName.COINS_EARNED: _COINS,
    EventName.COINS_SPENT: {**_COINS, "reason": "gate:arena_gold", "balance": 110},
    EventName.TOKEN_EARNED: {**_COINS, "token_type": "xp"},
    EventName.TOKEN_SPENT: {**_COINS, "token_type": "gems", "reason": "item:crown"},
    EventName.SKILL_LEVELED: {
        **_BUDDY,
        "skill_key": "aim",
        "previous_level": 1,
        "new_level": 2,
        "value": 200,
    },
    EventName.SKILL_DECAYED: {
        **_BUDDY,
        "skill_key": "aim",
        "previous_value": 200,
        "new_value": 190,
    },
    EventName.BADGE_READY: {**_BUDDY, "badge_key": "champion", "ready_at": _AT},
    EventName.BADGE_AWARDED: {**_BUDDY, "badge_key": "first_win", "awarded_at": _AT},
    EventName.STREAK_TICKED: _STREAK,
    EventName.STREAK_MILESTONE: {**_STREAK, "milestone": 7},
    EventName.STREAK_BURNED: _STREAK,
    EventName.STREAK_RESTORED: {**_STREAK, "count": 8},
    EventName.EVOLUTION_READY: {**_BUDDY, "current_stage": 1, "next_stage": 2},
    EventName.GATE_UNLOCKED: {
        **_BUDDY,
        "gate_key": "arena_gold",
        "token_key": "coins",
        "cost": 100,
        "balance_after": 20,
        "unlocked_at": _AT,
    },
    EventName.PATH_STEP_COMPLETED: {
        **_BUDDY,
        "path_key": "rookie",
        "step_key": "first_match",
        "sub_step_key": None,
        "path_completed": False,
    },
    EventName.MARKETPLACE_PURCHASED: {
        **_BUDDY,
        "item_id": "crown",
        "purchase_id": "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5f",
        "price": {"token": "coins", "amount": 50},
        "balance_after": 70,
        "prices": [{"token": "coins", "amount": 50}],
        "balances_after": {"coins": 70},
    },
    EventName.MARKETPLACE_EQUIPPED: {
        **_BUDDY,
        "equipped": ["crown"],
        "unequipped": [],
        "equipped_item_ids": ["crown"],
    },
    EventName.OPERATION_COMPLETED: {
        "operation_id": _OPERATION,
        "type": "hatch",
        "status": "completed",
        "result": {"buddy_id": _BUDDY["buddy_id"]},
    },
    EventName.OPERATION_FAILED: {
        "operation_id": _OPERATION,
        "type": "hatch",
        "status": "failed",
        "error": "upstream_image_error",
    },
    EventName.USAGE_THRESHOLD_REACHED: {
        "metric": "events",
        "threshold_percent": 80,
        "used": 8000,
        "limit": 10000,
        "resets_at": "2026-04-01T00:00:00.000Z",
    },
    EventName.MATCH_RECORDED: {
        "match_id": "match-1",
        "room_id": "2swovpy1fnunu",
        "outcome": "completed",
        "started_at": "2026-03-04T05:01:07.890Z",
        "ended_at": _AT,
        "mode": "duel",
        "map": None,
        "players": [_LINE],
    },
    EventName.MATCH_ABANDONED: {
        "match_id": "match-1",
        "room_id": "2swovpy1fnunu",
        "reason": "process_ended",
        "abandoned_at": _AT,
    },
    EventName.MATCH_VOIDED: {
        "match_id": "match-1",
        "reason": "cheating",
        "voided_at": _AT,
        "uncollected": [{"user_id": "player-7", "token": "coins", "amount": 5}],
    },
    EventName.WEBHOOK_ENDPOINT_PAUSED: {
        "endpoint_id": "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a60",
        "url": "https://example.com/hooks",
        "reason": "gone",
        "paused_at": _AT,
    },
}


@cache
def schema(name: EventName) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an event's `data`. Do not change what it returns."""
    return MODELS[name].model_json_schema(mode="serialization")


def sample(name: EventName) -> dict[str, Any]:
    """Return an example of an event's `data`, a fresh one at each call."""
    return MODELS[name].model_validate(_SAMPLES[name]).model_dump()


def check(name: EventName, payload: Mapping[str, Any]) -> None:
    """Say whether a payload is what the catalogue promises.

    Raises:
        pydantic.ValidationError: it is not; our own mistake, so it is for tests and tools.
    """
    MODELS[name].model_validate(dict(payload))
