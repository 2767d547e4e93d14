"""Items of the marketplace: who sees one, and who may have one more. Pure.

Money and stock are not known here: the ledger debits, and the rows of sales count the stock.
"""

from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from app.engine.config import Config
from app.engine.predicates import Scene
from app.engine.state import BuddyState


class ItemRefusal(StrEnum):
    """Why a buddy may not get an item, in the order in which it is decided."""

    UNKNOWN = "unknown"
    NOT_VISIBLE = "not_visible"
    LIMIT_REACHED = "limit_reached"


def item_visible(
    config: Config,
    state: BuddyState,
    item_id: str,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> bool:
    """Whether a buddy sees an item: it is for its audience, and its condition holds.

    Raises:
        KeyError: the config has no such item.
    """
    item = config.items[item_id]
    if item.audience and config.audience(audience) not in item.audience:
        return False
    return item.visible_when is None or item.visible_when(Scene(state, {}, now, zone, {})) is None


def purchase_refusal(
    config: Config,
    state: BuddyState,
    item_id: str,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    audience: str = "",
) -> ItemRefusal | None:
    """Why a buddy may not have one more of an item; None where it may."""
    item = config.items.get(item_id)
    if item is None:
        return ItemRefusal.UNKNOWN
    if not item_visible(config, state, item_id, now=now, zone=zone, audience=audience):
        return ItemRefusal.NOT_VISIBLE
    if state.items_owned.get(item_id, 0) >= item.per_buddy_limit:
        return ItemRefusal.LIMIT_REACHED
    return None
