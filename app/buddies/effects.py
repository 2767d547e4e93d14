"""A decision of the engine becomes transfers, deliveries and an answer."""

from dataclasses import dataclass, field
from typing import Any, assert_never

import orjson

from app.buddies.herd import Buddy, Cause, Herd
from app.engine import effects as e
from app.engine.decide import Decision
from app.kit.clock import to_text
from app.ledger.chain import Transfer
from app.ledger.service import Posting
from app.operations.service import OperationKind
from app.webhooks.catalogue import EventName

MOVED = {
    (True, "earned"): EventName.COINS_EARNED,
    (True, "spent"): EventName.COINS_SPENT,
    (False, "earned"): EventName.TOKEN_EARNED,
    (False, "spent"): EventName.TOKEN_SPENT,
}


@dataclass(slots=True)
class Answer:
    """What the sender of an event is told (`EventEffects` of the contract)."""

    coins: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    badges_awarded: list[str] = field(default_factory=list)
    badges_ready: list[str] = field(default_factory=list)
    evolution_ready: bool = False
    streak_milestones: list[int] = field(default_factory=list)
    streak_updates: list[dict[str, Any]] = field(default_factory=list)
    path_updates: list[dict[str, Any]] = field(default_factory=list)

    def text(self) -> str:
        """The answer as it is stored and sent, byte for byte."""
        return orjson.dumps(
            {
                "coins": self.coins,
                "badges_awarded": self.badges_awarded,
                "badges_ready": self.badges_ready,
                "tokens": [f"{key}:{amount}" for key, amount in self.tokens.items()],
                "evolution_ready": self.evolution_ready,
                "streak_milestones": self.streak_milestones,
                "streak_updates": self.streak_updates,
                "path_updates": self.path_updates,
            }
        ).decode()


def apply(herd: Herd, buddy: Buddy, decision: Decision, cause: Cause) -> Answer:
    """Carry a decision out on a locked buddy; nothing can refuse it any more."""
    answer = Answer()
    buddy.state = decision.state
    buddy.is_changed = True
    for effect in decision.effects:
        _apply_one(herd, buddy, effect, cause, answer)
    return answer


def earn(herd: Herd, buddy: Buddy, token: str, amount: int, posting: Posting, cause: Cause) -> str:
    """Credit a buddy and tell about it; the id of the ledger entry."""
    sequence = herd.next_sequence(buddy)
    made = herd.book.earn(buddy.id, token, amount, posting, sequence)
    _tell_movement(herd, buddy, made.ledger_id, "earned", token, amount, posting, cause, sequence)
    return made.ledger_id


def spend(herd: Herd, buddy: Buddy, token: str, amount: int, posting: Posting, cause: Cause) -> str:
    """Debit a buddy and tell about it; the id of the ledger entry.

    Raises:
        InsufficientBalance: the buddy has less; nothing was booked.
    """
    made = herd.book.spend(buddy.id, token, amount, posting, buddy.sequence + 1)
    sequence = herd.next_sequence(buddy)
    _tell_movement(herd, buddy, made.ledger_id, "spent", token, amount, posting, cause, sequence)
    return made.ledger_id


def take_back(
    herd: Herd, buddy: Buddy, original: Transfer, amount: int, reason: str, cause: Cause
) -> str:
    """Undo `amount` of a transfer and tell about it; the id of the ledger entry.

    Receivers hear of tokens spent or earned, with the reversed entry as the reference.

    Raises:
        InsufficientBalance: the buddy has less; nothing was booked.
    """
    made = herd.book.take_back(original, amount, reason, buddy.sequence + 1)
    sequence = herd.next_sequence(buddy)
    posting = Posting(made.counter_account, reason, made.reference_id)
    verb = "spent" if made.direction == "unearn" else "earned"
    _tell_movement(herd, buddy, made.ledger_id, verb, made.token, amount, posting, cause, sequence)
    return made.ledger_id


def _apply_one(herd: Herd, buddy: Buddy, effect: e.Effect, cause: Cause, answer: Answer) -> None:
    match effect:
        case e.Earned():
            posting = Posting(effect.source, effect.reason, None, cause.event_id, effect.is_lucky)
            earn(herd, buddy, effect.token, effect.amount, posting, cause)
            answer.tokens[effect.token] = answer.tokens.get(effect.token, 0) + effect.amount
            if effect.token == buddy.config.primary_token:
                answer.coins += effect.amount
        case e.BadgeAwarded():
            answer.badges_awarded.append(effect.key)
            at = to_text(herd.tx.now)
            _tell(
                herd,
                buddy,
                EventName.BADGE_AWARDED,
                cause,
                {"badge_key": effect.key, "awarded_at": at},
            )
        case e.BadgeReady():
            answer.badges_ready.append(effect.key)
            at = to_text(herd.tx.now)
            _tell(
                herd,
                buddy,
                EventName.BADGE_READY,
                cause,
                {"badge_key": effect.key, "ready_at": at},
            )
        case e.StreakTicked() | e.StreakMilestone() | e.StreakBurned() | e.StreakRestored():
            _streak_moved(herd, buddy, effect, cause, answer)
        case e.SkillChanged():
            if effect.level > effect.level_before:
                _tell(herd, buddy, EventName.SKILL_LEVELED, cause, _skill(effect))
        case e.SkillDecayed():
            _tell(herd, buddy, EventName.SKILL_DECAYED, cause, _decayed(effect))
        case e.PathStepCompleted():
            step = {"path": effect.path, "step": effect.step, "sub_step": effect.sub_step}
            answer.path_updates.append({**step, "completed": effect.path_completed})
            _tell(herd, buddy, EventName.PATH_STEP_COMPLETED, cause, _path_step(effect))
        case e.EvolutionReady():
            answer.evolution_ready = True
            _ready_to_evolve(herd, buddy, effect, cause)
        case _:
            assert_never(effect)


def _streak_moved(
    herd: Herd,
    buddy: Buddy,
    effect: e.StreakTicked | e.StreakMilestone | e.StreakBurned | e.StreakRestored,
    cause: Cause,
    answer: Answer,
) -> None:
    match effect:
        case e.StreakTicked():
            answer.streak_updates.append({"key": effect.key, "count": effect.count})
            _tell(herd, buddy, EventName.STREAK_TICKED, cause, _streak(effect.key, effect.count))
        case e.StreakMilestone():
            answer.streak_milestones.append(effect.milestone)
            told = _streak(effect.key, effect.milestone, effect.milestone)
            _tell(herd, buddy, EventName.STREAK_MILESTONE, cause, told)
        case e.StreakBurned():
            _tell(herd, buddy, EventName.STREAK_BURNED, cause, _streak(effect.key, effect.count))
        case e.StreakRestored():
            _tell(herd, buddy, EventName.STREAK_RESTORED, cause, _streak(effect.key, effect.count))


def _ready_to_evolve(herd: Herd, buddy: Buddy, effect: e.EvolutionReady, cause: Cause) -> None:
    stages = {"current_stage": buddy.stage, "next_stage": effect.stage_next}
    _tell(herd, buddy, EventName.EVOLUTION_READY, cause, stages)
    if effect.auto:
        given = {
            "buddy_id": buddy.id,
            "to_stage": effect.stage_next,
            "event_id": cause.event_id,
            "source": "auto",
        }
        herd.start_operation(OperationKind.EVOLVE, given, can_wait=True)


def _tell(herd: Herd, buddy: Buddy, name: EventName, cause: Cause, data: dict[str, Any]) -> None:
    herd.tell(buddy, name, data, cause, herd.next_sequence(buddy))


def _streak(key: str, count: int, milestone: int | None = None) -> dict[str, Any]:
    return {"streak_key": key, "count": count, "milestone": milestone}


def _skill(effect: e.SkillChanged) -> dict[str, Any]:
    return {
        "skill_key": effect.key,
        "previous_level": effect.level_before,
        "new_level": effect.level,
        "value": effect.value,
    }


def _decayed(effect: e.SkillDecayed) -> dict[str, Any]:
    return {
        "skill_key": effect.key,
        "previous_value": effect.value_before,
        "new_value": effect.value,
    }


def _path_step(effect: e.PathStepCompleted) -> dict[str, Any]:
    return {
        "path_key": effect.path,
        "step_key": effect.step,
        "sub_step_key": effect.sub_step,
        "path_completed": effect.path_completed,
    }


def _tell_movement(
    herd: Herd,
    buddy: Buddy,
    ledger_id: str,
    verb: str,
    token: str,
    amount: int,
    posting: Posting,
    cause: Cause,
    sequence: int,
) -> None:
    is_primary = token == buddy.config.primary_token
    data = {
        "amount": amount,
        "balance": herd.book.account(buddy.id, token).balance,
        "reason": posting.reason,
        "reference_id": posting.reference_id,
        "ledger_id": ledger_id,
        "is_lucky": posting.is_lucky,
    }
    if not is_primary:
        data["token_type"] = token
    herd.tell(buddy, MOVED[is_primary, verb], data, cause, sequence)
