"""What a buddy can wear: categories and the order in which they lie on each other. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Where an item is worn."""

    BACKGROUND = "background"
    BODY = "body"
    FEET = "feet"
    HAND = "hand"
    NECK = "neck"
    FACE = "face"
    HEAD = "head"
    ACCESSORY = "accessory"


ORDERS = {category: 10 * place for place, category in enumerate(Category, start=1)}


@dataclass(frozen=True, slots=True)
class WornItem:
    """One item of an outfit.

    `layer_order` says what it covers (more is further in front); left out, it is the category's:
    10 for backgrounds to 80 for accessories. `look` are words that say what is drawn, for instance
    "red wizard hat"; left out, the words of the item's id are taken. Words that name no design of
    the category still decide, always alike, which one is drawn.
    """

    item_id: str
    category: Category
    layer_order: int | None = None
    look: str = ""

    @property
    def order(self) -> int:
        """The layer that the item is drawn on."""
        return ORDERS[self.category] if self.layer_order is None else self.layer_order


Outfit = tuple[WornItem, ...]


def layered(wearing: Iterable[WornItem]) -> Outfit:
    """The items from the back to the front: backgrounds first, then by (order, item_id)."""

    def depth(item: WornItem) -> tuple[bool, int, str]:
        return item.category is not Category.BACKGROUND, item.order, item.item_id

    return tuple(sorted(wearing, key=depth))
