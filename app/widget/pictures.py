"""Pictures of items that bring none of their own: drawn from their words when they are asked for.

An address is stamped by this installation, so that nobody can have arbitrary words drawn; the same
words are always the same picture, so it may be kept for ever. Nothing is stored.
"""

from functools import lru_cache
from urllib.parse import urlencode

from app.art.item_pictures import item_svg
from app.art.items import Category, WornItem
from app.kit.crypto import MasterKey, equal

PURPOSE = "widget/item-picture"
KEPT_MAX = 512
DRAWN = frozenset(category.value for category in Category)


def address(key: MasterKey, category: str, look: str) -> str | None:
    """Where the picture of an item with these words is served; None for what is not drawn."""
    if category not in DRAWN:
        return None
    stamp = key.stamp(PURPOSE, f"{category}\n{look}")
    return f"/widget/items/{category}.svg?{urlencode({'look': look, 'stamp': stamp})}"


def drawn(key: MasterKey, category: str, look: str, stamp: str) -> str | None:
    """The picture as SVG text; None where the stamp is not this installation's."""
    if category not in DRAWN or not equal(key.stamp(PURPOSE, f"{category}\n{look}"), stamp):
        return None
    return _svg(category, look)


@lru_cache(maxsize=KEPT_MAX)
def _svg(category: str, look: str) -> str:
    return item_svg(WornItem(look, Category(category), look=look))
