"""One decision while it is being made: the only writer of a state. Pure.

The state in a turn is a copy of its own; effects and trace entries are kept in the order in which
things were given.
"""

from dataclasses import dataclass
from datetime import datetime

from app.engine.conditions import MAX_INTEGER
from app.engine.config import Config
from app.engine.effects import (
    BadgeAwarded,
    BadgeReady,
    Earned,
    Effect,
    EvolutionReady,
    SkillChanged,
    StreakMilestone,
)
from app.engine.parts import Badge, Streak
from app.engine.predicates import Scene
from app.engine.state import BuddyState
from app.engine.trace import Entry, Reason, Section


@dataclass(slots=True)
class Turn:
    """What has been decided so far."""

    config: Config
    state: BuddyState
    scene: Scene
    effects: list[Effect]
    entries: list[Entry]

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
        skill = self.config.skills[key]
        before = self.state.skills.get(key, 0)
        raised = min(amount, skill.max - before)
        if raised < 1:
            return 0
        value = before + raised
        self.state.skills[key] = value
        self.effects.append(
            SkillChanged(key, before, value, skill.level(before), skill.level(value))
        )
        return raised

    def pay_milestones(self, streak: Streak, reached: int) -> None:
        """Pay every milestone up to a length that was not paid before."""
        paid = self.state.milestones.get(streak.key, [])
        due = [each for each in streak.milestones if each.at <= reached and each.at not in paid]
        if not due:
            return
        self.state.milestones[streak.key] = sorted([*paid, *(each.at for each in due)])
        for milestone in due:
            self.effects.append(StreakMilestone(streak.key, milestone.at))
            reason = f"{streak.label}: {milestone.at}"
            for token, amount in milestone.tokens:
                source = f"streak:{streak.key}"
                self.earn(token, amount, source=source, reason=reason, is_lucky=False)
            if milestone.badge is not None and milestone.badge not in self.state.badges:
                self.award(self.config.badges[milestone.badge])

    def award(self, badge: Badge) -> None:
        """Give a badge that is not held, with its reward."""
        self.state.badges_ready.pop(badge.key, None)
        self.state.badges[badge.key] = moment_text(self.scene.now)
        self.effects.append(BadgeAwarded(badge.key))
        self.note(Section.BADGE, badge.index, Reason.FIRED, 1)
        for token, amount in badge.tokens:
            source = f"badge:{badge.key}"
            self.earn(token, amount, source=source, reason=badge.label, is_lucky=False)

    def settle(self) -> None:
        """Give badges in document order until nothing more follows, then look at the next stage.

        It ends because a pass goes on only after a badge was given, and each is given once.
        """
        waiting = self._badges_not_held()
        failed: dict[int, str] = {}
        while waiting:
            left = [badge for badge in waiting if not self._given(badge, failed)]
            if len(left) == len(waiting):
                break
            waiting = left
        for index, pointer in failed.items():
            self.note(Section.BADGE, index, Reason.CONDITION + pointer)
        self._announce_stage()

    def _badges_not_held(self) -> list[Badge]:
        held, ready = self.state.badges, self.state.badges_ready
        return [
            badge
            for badge in self.config.conditional_badges
            if badge.key not in held and badge.key not in ready
        ]

    def _given(self, badge: Badge, failed: dict[int, str]) -> bool:
        if badge.key in self.state.badges:
            return True
        pointer = badge.when(self.scene) if badge.when is not None else "/when"
        if pointer is not None:
            failed[badge.index] = pointer
            return False
        failed.pop(badge.index, None)
        if badge.mode == "auto":
            self.award(badge)
        else:
            self.state.badges_ready[badge.key] = moment_text(self.scene.now)
            self.effects.append(BadgeReady(badge.key))
            self.note(Section.BADGE, badge.index, Reason.READY, 1)
        return True

    def _announce_stage(self) -> None:
        stage_next = self.state.stage + 1
        stage = self.config.stages.get(stage_next)
        if stage is None or self.state.announced >= stage_next:
            return
        pointer = stage.when(self.scene)
        if pointer is not None:
            self.note(Section.STAGE, stage_next - 1, Reason.CONDITION + pointer)
            return
        self.state.announced = stage_next
        self.effects.append(EvolutionReady(stage_next, self.config.auto_evolve))
        self.note(Section.STAGE, stage_next - 1, Reason.FIRED, stage_next)


def moment_text(moment: datetime) -> str:
    """An aware UTC instant as RFC 3339 with milliseconds and `Z`."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
