"""Putting items on and taking them off."""

from collections.abc import Iterable

from app.buddies import appearance
from app.buddies import service as buddies
from app.buddies.appearance import EquippedItem
from app.buddies.herd import Buddy, Cause, Herd
from app.buddies.schemas import DressedBuddy
from app.configs import service as configs
from app.items.models import owned_item
from app.items.outfit import changed, equipped_of, refusal
from app.items.schemas import ChangeOutfit
from app.kit.errors import Conflict, NotFound, ValidationFailed
from app.kit.tx import Tx
from app.operations.service import OperationKind
from app.webhooks.catalogue import EventName

OWNED_COLUMNS = ("item_id", "category", "layer_order", "look")


class NotOwned(Conflict):
    """The buddy does not own the item."""

    def __init__(self, item_id: str) -> None:
        super().__init__(
            f"The buddy does not own {item_id!r}. Buy it first.",
            details={"item_id": item_id, "owned": False},
        )


async def equip(tx: Tx, buddy_id: str, given: ChangeOutfit) -> DressedBuddy:
    """Change what a buddy wears; the picture follows at once, or with the operation named.

    An outfit that has been drawn before is shown at once. What the buddy wears is kept even when
    the drawing fails.

    Raises:
        ValidationFailed: an item is to be put on and taken off.
        NotFound: no such buddy, or no such item.
        Conflict: see `Herd.one`.
        NotOwned, TooManyItems, CategoryConflict: nothing was changed.
        CreditInsufficient: a drawing costs more credits than there are.
    """
    both = sorted({*given.equip} & {*given.unequip})
    if both:
        raise ValidationFailed.of("/unequip", f"{both[0]!r} is in `equip` as well")
    herd, buddy = await Herd.one(tx, buddy_id)
    worn = await appearance.read(tx, buddy_id)
    before = worn.equipped_ids
    wanted = await _outfit(tx, buddy, changed(before, given.equip, given.unequip))
    refused = refusal(wanted)
    if refused is not None:
        raise refused
    is_other, worn.equipped = wanted != worn.equipped, wanted
    if {*worn.equipped_ids} != {*before}:
        _tell(herd, buddy, before, worn.equipped_ids, Cause(request_id=tx.request_id))
    if is_other or worn.error_code is not None:
        await appearance.refresh(herd, buddy, worn, OperationKind.COMPOSE)
        await herd.write()
        await appearance.write(tx, worn)
    shown = await buddies.read(tx, buddy_id)
    return DressedBuddy(**dict(shown), operation_id=worn.operation_id)


async def _outfit(tx: Tx, buddy: Buddy, item_ids: Iterable[str]) -> tuple[EquippedItem, ...]:
    """The items as the published config has them, else as they were bought."""
    config = await configs.compiled(tx, await configs.published(tx))
    rows = await tx.lookup(owned_item, OWNED_COLUMNS, "buddy_id", [buddy.id])
    owned = {row.item_id: EquippedItem(*row) for row in rows}
    outfit = []
    for item_id in item_ids:
        item = config.items.get(item_id)
        if item_id not in owned:
            raise NotFound("item", item_id) if item is None else NotOwned(item_id)
        outfit.append(owned[item_id] if item is None else equipped_of(item))
    return tuple(outfit)


def _tell(
    herd: Herd, buddy: Buddy, before: tuple[str, ...], after: tuple[str, ...], cause: Cause
) -> None:
    told = {
        "equipped": [item_id for item_id in after if item_id not in before],
        "unequipped": [item_id for item_id in before if item_id not in after],
        "equipped_item_ids": list(after),
    }
    herd.tell(buddy, EventName.MARKETPLACE_EQUIPPED, told, cause, herd.next_sequence(buddy))
