"""One decision while it is being made: the only writer of a state. Pure.

The state in a turn is a copy of its own; effects and trace entries are kept in the order in which
things were given.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from app.engine import trace
from app.engine.conditions import MAX_INTEGER
from app.engine.config import Config
from app.engine.effects import (
    BadgeAwarded,
    Earned,
    Effect,
    PathStepCompleted,
    SkillChanged,
    StreakMilestone,
)
from app.engine.parts import Badge, Streak
from app.engine.parts_world import Path, Step, SubStep
from app.engine.predicates import Scene
from app.engine.state import BuddyState
from app.engine.streaks import period_of
from app.engine.trace import Entry, Reason, Section


class Decision(NamedTuple):
    """The state afterwards, what was given, and the trace (≤ 1 KiB of JSON)."""

    state: BuddyState
    effects: tuple[Effect, ...]
    trace: str


@dataclass(slots=True)
class Turn:
    """What has been decided so far. `audience` is never empty."""

    config: Config
    state: BuddyState
    scene: Scene
    audience: str
    effects: list[Effect]
    entries: list[Entry]

    @classmethod
    def begin(
        cls, config: Config, state: BuddyState, now: datetime, zone: tzinfo, audience: str
    ) -> "Turn":
        """A turn on a copy of the state; without an audience it is the config's first."""
        own = state.copy()
        return cls(
            config, own, Scene(own, {}, now, zone, {}), audience or config.audiences[0], [], []
        )

    def decision(self) -> Decision:
        """What was decided."""
        return Decision(self.state, tuple(self.effects), trace.write(self.entries))

    def concerns(self, audience: frozenset[str]) -> bool:
        """Whether a part of the config for these audiences is for this buddy."""
        return not audience or self.audience in audience

    def note(self, section: Section, index: int, reason: str, number: int | None = None) -> None:
        """Trace why a rule did what it did; a number is what it gave."""
        self.entries.append(
            (section, index, reason) if number is None else (section, index, reason, number)
        )

    def earn(self, token: str, amount: int, *, source: str, reason: str, is_lucky: bool) -> int:
        """Credit a token as far as its balance has room; answers what was credited."""
        balance = self.state.balances.get(token, 0)
        ceiling = self.config.tokens[token].max_balance or MAX_INTEGER
        credited = min(amount, ceiling - balance)
        if credited < 1:
            return 0
        self.state.balances[token] = balance + credited
        earned = self.state.lifetime_earned.get(token, 0) + credited
        self.state.lifetime_earned[token] = min(earned, MAX_INTEGER)
        self.effects.append(Earned(token, credited, source, reason, is_lucky))
        return credited

    def raise_skill(self, key: str, amount: int) -> int:
        """Raise a skill as far as its maximum allows; answers by how much."""
        before = self.state.skills.get(key, 0)
        raised = min(amount, self.config.skills[key].max - before)
        if raised < 1:
            return 0
        self.set_skill(key, before + raised)
        return raised

    def set_skill(self, key: str, value: int) -> None:
        """Give a skill so many points, which it does not have now."""
        skill = self.config.skills[key]
        before = self.state.skills.pop(key, 0)
        if value > 0:
            self.state.skills[key] = value
        self._begin_decay(key, before)
        self.effects.append(
            SkillChanged(key, before, value, skill.level(before), skill.level(value))
        )

    def _begin_decay(self, key: str, before: int) -> None:
        """Count decay from now on where there was nothing to lose until now."""
        decay = self.config.decays.get(key)
        if decay is not None and before <= decay.above:
            period = period_of(decay.cadence, self.scene.now, UTC)
            mark = self.state.decayed.get(key)
            if mark is None or mark[0] != decay.cadence or mark[1] < period:
                self.state.decayed[key] = [decay.cadence, period]

    def pay_milestones(self, streak: Streak, reached: int) -> Reason:
        """Pay every milestone up to a length that was not paid before; how the trace says it."""
        paid = self.state.milestones.get(streak.key, [])
        due = [each for each in streak.milestones if each.at <= reached and each.at not in paid]
        outcome = Reason.FIRED
        if not due:
            return outcome
        self.state.milestones[streak.key] = sorted([*paid, *(each.at for each in due)])
        for milestone in due:
            self.effects.append(StreakMilestone(streak.key, milestone.at))
            reason = f"{streak.label}: {milestone.at}"
            source = f"streak:{streak.key}"
            if self._reward(milestone.tokens, source, reason) is Reason.CLIPPED:
                outcome = Reason.CLIPPED
            if milestone.badge is not None and milestone.badge not in self.state.badges:
                self.award(self.config.badges[milestone.badge])
        return outcome

    def award(self, badge: Badge) -> None:
        """Give a badge that is not held, with its reward."""
        self.state.badges_ready.pop(badge.key, None)
        self.state.badges[badge.key] = moment_text(self.scene.now)
        self.effects.append(BadgeAwarded(badge.key))
        outcome = self._reward(badge.tokens, f"badge:{badge.key}", badge.label)
        self.note(Section.BADGE, badge.index, outcome, 1)

    def complete(self, path: Path, step: Step, sub_step: SubStep | None) -> None:
        """Complete a sub-step, or a whole step with its reward; it was not complete before."""
        done = self.state.paths.get(path.key, {})
        name = step.key if sub_step is None else f"{step.key}/{sub_step.key}"
        done = {**done, name: moment_text(self.scene.now)}
        self.state.paths[path.key] = done
        is_last = sub_step is None and all(each.key in done for each in path.steps)
        sub_key = sub_step.key if sub_step else None
        self.effects.append(PathStepCompleted(path.key, step.key, sub_key, is_last))
        if sub_step is not None:
            return
        outcome = self._reward(step.tokens, f"path:{path.key}", step.label)
        self.note(Section.PATH, step.index, outcome, 1)
        if step.badge is not None and step.badge not in self.state.badges:
            self.award(self.config.badges[step.badge])

    def _reward(self, tokens: tuple[tuple[str, int], ...], source: str, reason: str) -> Reason:
        """Credit a reward: `fired`, or `clipped` where some balance had no room for all of it."""
        outcome = Reason.FIRED
        for token, amount in tokens:
            credited = self.earn(token, amount, source=source, reason=reason, is_lucky=False)
            if credited < amount:
                outcome = Reason.CLIPPED
        return outcome


def moment_text(moment: datetime) -> str:
    """An aware UTC instant as RFC 3339 with milliseconds and `Z`."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
