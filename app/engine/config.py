"""A config version ready to decide with: keys resolved, conditions compiled, rules indexed. Pure.

`validate` names every fault of a document; `compile` may be given only a document without any.
A `Config` never changes; callers keep it by the id of its version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.engine import document as doc
from app.engine.amounts import Limits, Ratio, Rounding, Scaled, threshold_of
from app.engine.compile_world import creatures_of, decays_of, items_of, leaderboards_of, paths_of
from app.engine.courses import Freezes
from app.engine.document import ConfigDocument
from app.engine.faults import Fault, faults_of
from app.engine.parts import (
    Badge,
    Lucky,
    Milestone,
    Multiplier,
    Rule,
    Skill,
    Stage,
    Streak,
    Token,
)
from app.engine.parts_world import Creature, Decay, Item, Leaderboard, Path
from app.engine.predicates import Scales, all_of, predicate_of
from app.engine.rows import DEFAULT_AUDIENCE
from app.engine.streaks import StreakKind

__all__ = ["Config", "ConfigDocument", "Fault", "compile", "validate", "with_active_path"]

DEFAULT_MAPPING = tuple(
    doc.MatchMapping.model_validate({"key": name, "event_type": name, "who": who})
    for name, who in (
        ("match_completed", "stayed"),
        ("match_won", "won"),
        ("match_lost", "lost"),
        ("match_drawn", "drawn"),
        ("match_left", "left"),
    )
)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a decision needs, looked up by key or by event type."""

    document: ConfigDocument
    audiences: tuple[str, ...]
    event_types: frozenset[str]
    unknown_events: str
    tokens: Mapping[str, Token]
    primary_token: str | None
    progression_token: str | None
    skills: Mapping[str, Skill]
    badges: Mapping[str, Badge]
    conditional_badges: tuple[Badge, ...]
    streaks: Mapping[str, Streak]
    stages: Mapping[int, Stage]
    auto_evolve: bool
    token_rules: Mapping[str, tuple[Rule, ...]]
    skill_rules: Mapping[str, tuple[Rule, ...]]
    streaks_by_type: Mapping[str, tuple[Streak, ...]]
    match_mapping: tuple[doc.MatchMapping, ...]
    scales: Scales
    items: Mapping[str, Item]
    paths: Mapping[str, Path]
    active_paths: Mapping[str, Path]
    """The active path by audience; an audience may have none."""
    leaderboards: Mapping[str, Leaderboard]
    creatures: Mapping[str, Creature]
    decays: Mapping[str, Decay]
    """By skill."""

    def audience(self, named: str) -> str:
        """The audience that is meant: the first one where none is named."""
        return named or self.audiences[0]


def validate(document: Any) -> list[Fault]:
    """Every fault of a document at once, in the order of their pointers; empty if it is valid."""
    return faults_of(document)


def compile(document: Mapping[str, Any]) -> Config:
    """The config of a valid document.

    Raises:
        pydantic.ValidationError: the document has faults of shape; `validate` was not asked.
    """
    read = ConfigDocument.model_validate(document)
    scales = Scales(
        points_per_level={skill.key: skill.points_per_level for skill in read.skills},
        streak_kinds={streak.key: StreakKind(streak.kind) for streak in read.streaks},
    )
    badges = [_badge(index, badge, scales) for index, badge in enumerate(read.badges)]
    streaks = [_streak(index, streak) for index, streak in enumerate(read.streaks)]
    audiences = tuple(row.key for row in read.audiences) or (DEFAULT_AUDIENCE,)
    paths = paths_of(read, audiences[0], scales)
    mapping = DEFAULT_MAPPING if read.match_mapping is None else tuple(read.match_mapping)
    return Config(
        document=read,
        audiences=audiences,
        event_types=frozenset(row.key for row in read.event_types),
        unknown_events=read.unknown_events,
        tokens={row.key: _token(row) for row in read.tokens},
        primary_token=_slot(read.tokens, "primary"),
        progression_token=_slot(read.tokens, "progression"),
        skills={row.key: _skill(row) for row in read.skills},
        badges={badge.key: badge for badge in badges},
        conditional_badges=tuple(badge for badge in badges if badge.when is not None),
        streaks={streak.key: streak for streak in streaks},
        stages={row.stage: _stage(row, scales) for row in read.evolution.stages},
        auto_evolve=read.evolution.auto_evolve,
        token_rules=_token_rules(read, scales),
        skill_rules=_skill_rules(read, scales),
        streaks_by_type=_streaks_by_type(streaks),
        match_mapping=mapping,
        scales=scales,
        items=items_of(read, scales),
        paths=paths,
        active_paths={
            paths[row.key].audience: paths[row.key] for row in read.paths if row.is_active
        },
        leaderboards=leaderboards_of(read),
        creatures=creatures_of(read),
        decays=decays_of(read),
    )


def with_active_path(config: Config, key: str) -> Config:
    """The config with this path as the active one of its audience; the rest is the same.

    Raises:
        KeyError: the config has no such path.
    """
    path = config.paths[key]
    return replace(config, active_paths={**config.active_paths, path.audience: path})


def _token(row: doc.Token) -> Token:
    return Token(row.key, row.label or row.key, row.kind, row.max_balance)


def _slot(tokens: list[doc.Token], kind: str) -> str | None:
    of_kind = [token for token in tokens if token.kind == kind]
    chosen = [token for token in of_kind if token.default] or of_kind
    return chosen[0].key if chosen else None


def _skill(row: doc.Skill) -> Skill:
    return Skill(row.key, row.label or row.key, row.max, row.points_per_level)


def _badge(index: int, row: doc.Badge, scales: Scales) -> Badge:
    return Badge(
        index=index,
        key=row.key,
        label=row.label or row.key,
        description=row.description or "",
        mode=row.mode,
        when=predicate_of(row.when, "/when", scales) if row.when else None,
        tokens=tuple(row.tokens.items()),
        audience=frozenset(row.audience),
    )


def _streak(index: int, row: doc.PeriodStreak | doc.WinStreak) -> Streak:
    if isinstance(row, doc.WinStreak):
        count_on, reset_on, late_window_days = row.count_on, row.reset_on, 0
        freezes = None
    else:
        count_on, reset_on, late_window_days = row.event_types, [], row.late_window_days
        freezes = row.freezes
    return Streak(
        index=index,
        key=row.key,
        label=row.label or row.key,
        kind=StreakKind(row.kind),
        count_on=tuple(count_on),
        reset_on=tuple(reset_on),
        late_window=timedelta(days=late_window_days),
        milestones=tuple(
            Milestone(each.at, tuple(each.tokens.items()), each.badge)
            for each in sorted(row.milestones, key=lambda each: each.at)
        ),
        audience=frozenset(row.audience),
        freezes=Freezes(freezes.initial, freezes.max, freezes.grant_every) if freezes else None,
    )


def _stage(row: doc.Stage, scales: Scales) -> Stage:
    label = row.label or f"Stage {row.stage}"
    return Stage(row.stage, label, all_of(row.conditions, "/conditions", scales))


def _rule(index: int, row: doc.Rule, target: str, source: str, scales: Scales) -> Rule:
    multiplier, lucky = row.multiplier, row.lucky
    return Rule(
        index=index,
        key=row.key,
        target=target,
        source=source,
        reason=row.label or row.key,
        when=predicate_of(row.when, "/when", scales) if row.when else None,
        amount=row.amount,
        scaled=_scaled(row.amount_from) if row.amount_from else None,
        limits=Limits(row.caps.daily, row.caps.weekly, row.caps.total) if row.caps else None,
        multiplier=Multiplier(
            streak=multiplier.streak,
            kind=scales.streak_kinds[multiplier.streak],
            at_least=multiplier.gte,
            factor=Ratio.of(multiplier.factor),
        )
        if multiplier
        else None,
        lucky=Lucky(threshold_of(lucky.chance), Ratio.of(lucky.factor)) if lucky else None,
        audience=frozenset(row.audience),
    )


def _scaled(row: doc.AmountFrom) -> Scaled:
    path = tuple(row.property.split("."))
    factor = Ratio.of(row.multiply)
    return Scaled(path, factor, Rounding(row.round), row.min, row.max)


def _token_rules(read: ConfigDocument, scales: Scales) -> dict[str, tuple[Rule, ...]]:
    return _by_type(
        [
            (row.event_type, _rule(index, row, row.token, f"rule:{row.key}", scales))
            for index, row in enumerate(read.token_rules)
        ]
    )


def _skill_rules(read: ConfigDocument, scales: Scales) -> dict[str, tuple[Rule, ...]]:
    return _by_type(
        [
            (row.event_type, _rule(index, row, row.skill, f"skill:{row.key}", scales))
            for index, row in enumerate(read.skill_rules)
        ]
    )


def _by_type(rules: list[tuple[str, Rule]]) -> dict[str, tuple[Rule, ...]]:
    by_type: dict[str, tuple[Rule, ...]] = {}
    for event_type, rule in rules:
        by_type[event_type] = (*by_type.get(event_type, ()), rule)
    return by_type


def _streaks_by_type(streaks: list[Streak]) -> dict[str, tuple[Streak, ...]]:
    by_type: dict[str, tuple[Streak, ...]] = {}
    for streak in streaks:
        for event_type in dict.fromkeys((*streak.count_on, *streak.reset_on)):
            by_type[event_type] = (*by_type.get(event_type, ()), streak)
    return by_type
