"""A buddy's standing as its widgets show it. Pure."""

from collections.abc import Mapping
from typing import Any

from app.buddies.progression import Standing
from app.engine import items as shop
from app.engine import standing
from app.engine.config import Config
from app.engine.parts_world import Item
from app.engine.sweeping import freezes_left
from app.items.schemas import Price
from app.widget import schemas


def badges(of: Standing) -> list[schemas.WidgetBadge]:
    """The badges of the buddy's rules, in their order."""
    return [_badge(of, key) for key in of.config.badges]


def streaks(of: Standing) -> list[schemas.WidgetStreak]:
    """The streaks of the buddy's rules, in their order."""
    lengths = standing.streak_lengths(of.config, of.state, now=of.now, zone=of.zone)
    done = standing.streaks_done(of.config, of.state, now=of.now, zone=of.zone)
    left = freezes_left(of.config, of.state)
    return [
        schemas.WidgetStreak(
            key=key,
            label=streak.label,
            kind=streak.kind.value,
            count=lengths[key],
            is_done=done.get(key),
            freezes_left=left.get(key),
            next_milestone=_next_milestone(of, key, lengths[key]),
        )
        for key, streak in of.config.streaks.items()
    ]


def is_shown(published: Config, of: Standing, item_id: str) -> bool:
    """Whether a buddy sees an item in the shop."""
    audience = of.row.audience
    return shop.item_visible(
        published, of.state, item_id, now=of.now, zone=of.zone, audience=audience
    )


def item(
    found: Item,
    of: Standing,
    *,
    is_for_sale: bool,
    image_url: str | None,
    equipped: tuple[str, ...],
    sold: Mapping[str, int],
) -> schemas.WidgetItem:
    """An item of the published shop."""
    balances = of.state.balances
    return schemas.WidgetItem(
        item_id=found.id,
        name=found.name,
        description=found.description,
        category=found.category,
        rarity=found.rarity,
        price=[Price(token=token, amount=amount) for token, amount in found.price],
        image_url=image_url,
        owned=of.state.items_owned.get(found.id, 0),
        is_equipped=found.id in equipped,
        is_for_sale=is_for_sale,
        is_affordable=all(balances.get(token, 0) >= amount for token, amount in found.price),
        per_buddy_limit=found.per_buddy_limit,
        stock_left=None if found.stock is None else max(found.stock - sold.get(found.id, 0), 0),
    )


def _badge(of: Standing, key: str) -> schemas.WidgetBadge:
    badge = of.config.badges[key]
    awarded_at = of.state.badges.get(key)
    progress = standing.badge_progress(of.config, of.state, key, now=of.now, zone=of.zone)
    is_ready = key in of.state.badges_ready
    status: Any = "earned" if awarded_at else "ready" if is_ready else "locked"
    return schemas.WidgetBadge(
        badge_key=key,
        label=badge.label,
        description=badge.description,
        status=status,
        awarded_at=awarded_at,
        progress=progress.share,
    )


def _next_milestone(of: Standing, key: str, count: int) -> schemas.NextMilestone | None:
    paid = of.state.milestones.get(key, [])
    ahead = [
        each
        for each in of.config.streaks[key].milestones
        if each.at > count and each.at not in paid
    ]
    if not ahead:
        return None
    following = min(ahead, key=lambda each: each.at)
    return schemas.NextMilestone(
        at=following.at, tokens=dict(following.tokens), badge=following.badge
    )
