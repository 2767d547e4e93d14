"""Items, paths, leaderboards, creatures and decay made ready to decide with. Pure."""

from collections.abc import Mapping
from itertools import count

from app.engine.conditions import Condition
from app.engine.document import ConfigDocument
from app.engine.document_items import LAYER_ORDER
from app.engine.document_items import Item as ItemRow
from app.engine.document_paths import Path as PathRow
from app.engine.document_paths import Step as StepRow
from app.engine.parts_world import Creature, Decay, Item, Leaderboard, Path, Step, SubStep
from app.engine.predicates import Predicate, Scales, predicate_of
from app.engine.streaks import StreakKind


def items_of(read: ConfigDocument, scales: Scales) -> dict[str, Item]:
    """The items by id, in document order."""
    return {row.item_id: _item(row, scales) for row in read.items}


def paths_of(read: ConfigDocument, first_audience: str, scales: Scales) -> dict[str, Path]:
    """The paths by key, in document order."""
    numbers = count()
    return {row.key: _path(row, first_audience, numbers, scales) for row in read.paths}


def leaderboards_of(read: ConfigDocument) -> dict[str, Leaderboard]:
    """The leaderboards by key, in document order."""
    return {
        row.key: Leaderboard(
            key=row.key,
            label=row.label or row.key,
            description=row.description or "",
            kind=row.metric.type,
            name=_metric_name(row.metric.model_dump(exclude={"type"})),
            window=row.window,
            scope=row.scope,
            visibility=row.visibility,
        )
        for row in read.leaderboards
    }


def creatures_of(read: ConfigDocument) -> dict[str, Creature]:
    """The lines of creatures by the key that eggs name."""
    return {row.key: Creature(row.key, row.label or row.key, row.line) for row in read.creatures}


def decays_of(read: ConfigDocument) -> dict[str, Decay]:
    """What wears skills off, by skill."""
    return {
        row.skill_key: Decay(
            skill=row.skill_key,
            cadence=StreakKind(row.cadence),
            amount=row.amount,
            floor=row.floor,
            above=max(row.floor, row.only_above or 0),
            grace_days=row.grace_days,
            audience=frozenset(row.audience),
        )
        for row in read.skill_decay
    }


def _item(row: ItemRow, scales: Scales) -> Item:
    return Item(
        id=row.item_id,
        name=row.name,
        description=row.description or "",
        category=row.category,
        rarity=row.rarity,
        price=tuple((part.token, part.amount) for part in row.price),
        layer_order=LAYER_ORDER[row.category] if row.layer_order is None else row.layer_order,
        image_url=row.image_url,
        images={int(stage): url for stage, url in row.stage_image_urls.items()},
        audience=frozenset(row.audience),
        visible_when=_predicate(row.visible_when, "/visible_when", scales),
        stock=row.stock,
        per_buddy_limit=row.per_buddy_limit,
        preset_id=row.preset_id,
    )


def _path(row: PathRow, first_audience: str, numbers: "count[int]", scales: Scales) -> Path:
    return Path(
        key=row.key,
        label=row.label,
        description=row.description or "",
        audience=row.audience or first_audience,
        display_mode=row.display_mode,
        accent=row.accent,
        icon=row.icon,
        steps=tuple(_step(step, next(numbers), scales) for step in row.steps),
    )


def _step(row: StepRow, index: int, scales: Scales) -> Step:
    return Step(
        index=index,
        key=row.key,
        label=row.label,
        description=row.description or "",
        unlock_when=_predicate(row.unlock_when, "/unlock_when", scales),
        complete_when=_predicate(row.complete_when, "/complete_when", scales),
        tokens=tuple(row.tokens.items()),
        badge=row.badge,
        sub_steps=tuple(
            SubStep(
                key=part.key,
                label=part.label,
                complete_when=_predicate(
                    part.complete_when, f"/sub_steps/{place}/complete_when", scales
                ),
                is_manual=part.allow_manual_complete,
                content_url=part.content_url,
                cta_label=part.cta_label,
            )
            for place, part in enumerate(row.sub_steps)
        ),
    )


def _predicate(condition: Condition | None, pointer: str, scales: Scales) -> Predicate | None:
    return None if condition is None else predicate_of(condition, pointer, scales)


def _metric_name(named: Mapping[str, str]) -> str:
    return next(iter(named.values()), "")
