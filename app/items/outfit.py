"""What a buddy wears after a change, and whether that can be worn. Pure."""

from collections.abc import Collection, Iterable, Sequence

from app.buddies.appearance import EquippedItem
from app.engine.document_items import Category
from app.engine.parts_world import Item
from app.kit.errors import AppError

EQUIPPED_MAX = 4


class TooManyItems(AppError):
    """More items than a buddy can wear."""

    code = "too_many_items"

    def __init__(self, attempted: int) -> None:
        super().__init__(
            f"A buddy wears at most {EQUIPPED_MAX} items; this would be {attempted}. "
            "Take something off first.",
            details={"max": EQUIPPED_MAX, "attempted": attempted},
        )


class CategoryConflict(AppError):
    """Two items that are worn in the same place."""

    code = "category_conflict"

    def __init__(self, category: str, item_ids: Sequence[str]) -> None:
        super().__init__(
            f"A buddy wears one item of the category {category!r}; "
            f"this would be {', '.join(item_ids)}. Name the others in `unequip`.",
            details={"category": category, "conflicting_item_ids": list(item_ids)},
        )


def changed(worn: Sequence[str], equip: Iterable[str], unequip: Collection[str]) -> list[str]:
    """The ids worn afterwards: those that stay, then the new ones, each once."""
    wanted = [item_id for item_id in worn if item_id not in unequip]
    return list(dict.fromkeys([*wanted, *equip]))


def refusal(outfit: Sequence[EquippedItem]) -> TooManyItems | CategoryConflict | None:
    """Why an outfit can't be worn; None where it can."""
    if len(outfit) > EQUIPPED_MAX:
        return TooManyItems(len(outfit))
    by_category: dict[str, list[str]] = {}
    for item in outfit:
        by_category.setdefault(item.category, []).append(item.item_id)
    for category, ids in by_category.items():
        if len(ids) > 1 and category != Category.ACCESSORY:
            return CategoryConflict(category, ids)
    return None


def look_of(item: Item) -> str:
    """The words that an item is drawn by: its drawing of the house, else its id and its name."""
    return item.preset_id or f"{item.id} {item.name}"


def equipped_of(item: Item) -> EquippedItem:
    """An item of a config as it is put on."""
    return EquippedItem(item.id, item.category.value, item.layer_order, look_of(item))
