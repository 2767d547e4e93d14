"""What rules give for a course of events, in totals. Pure; nobody is paid.

Every buddy begins with nothing. A buddy whose config evolves by itself has the next stage at once.
Sweeps and what was done by hand are left out.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from app.engine.config import Config
from app.engine.decide import Decision, Refusal, after_change, decide
from app.engine.effects import (
    BadgeAwarded,
    Earned,
    Effect,
    EvolutionReady,
    SkillChanged,
    StreakMilestone,
)
from app.engine.events import Event
from app.engine.state import BuddyState


@dataclass(frozen=True, slots=True)
class Participant:
    """A buddy of a dry run; without an id where it exists only there."""

    buddy_id: str | None
    user_id: str
    audience: str | None


@dataclass(slots=True)
class Totals:
    """What was given, summed up. `rules` are by source and token, `buddies` by buddy and token."""

    tokens: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    skills: Counter[str] = field(default_factory=Counter)
    badges: Counter[str] = field(default_factory=Counter)
    milestones: Counter[tuple[str, int]] = field(default_factory=Counter)
    buddies: Counter[tuple[Participant, str]] = field(default_factory=Counter)
    refused: int = 0


class Rehearsal:
    """One side of a comparison: plays events one after another and keeps the totals."""

    def __init__(self, draw_secret: bytes) -> None:
        self.totals = Totals()
        self._draw_secret = draw_secret
        self._states: dict[Participant, BuddyState] = {}

    def play(self, config: Config, buddy: Participant, event: Event, *, zone: tzinfo = UTC) -> None:
        """Let a buddy do something under these rules; they may differ from event to event."""
        audience = buddy.audience or ""
        state = self._states.get(buddy) or BuddyState.fresh()
        secret = self._draw_secret
        outcome = decide(config, state, event, draw_secret=secret, zone=zone, audience=audience)
        if isinstance(outcome, Refusal):
            self.totals.refused += 1
            return
        self._sum_up(buddy, outcome.effects)
        while _evolves(outcome):
            state = outcome.state
            state.stage += 1
            now = event.received_at
            outcome = after_change(config, state, now=now, zone=zone, audience=audience)
            self._sum_up(buddy, outcome.effects)
        self._states[buddy] = outcome.state

    def refuse(self) -> None:
        """Count an event that these rules would not take in."""
        self.totals.refused += 1

    def _sum_up(self, buddy: Participant, effects: Iterable[Effect]) -> None:
        totals = self.totals
        for effect in effects:
            match effect:
                case Earned():
                    totals.tokens[effect.token] += effect.amount
                    totals.rules[effect.source, effect.token] += effect.amount
                    totals.buddies[buddy, effect.token] += effect.amount
                case SkillChanged():
                    totals.skills[effect.key] += effect.value - effect.value_before
                case BadgeAwarded():
                    totals.badges[effect.key] += 1
                case StreakMilestone():
                    totals.milestones[effect.key, effect.milestone] += 1


def takes(config: Config, audience: str | None) -> bool:
    """Whether these rules take events for an audience; None means that none was named."""
    return len(config.audiences) == 1 if audience is None else audience in config.audiences


def _evolves(outcome: Decision) -> bool:
    return any(isinstance(each, EvolutionReady) and each.auto for each in outcome.effects)
