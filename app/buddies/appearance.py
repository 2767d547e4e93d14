"""What a buddy wears and what its picture shows.

Rows are read and written under the buddy's lock; a buddy that never wore anything has none. While
`operation_id` is set, that operation is open and will draw whatever the buddy wears by then; it is
therefore enough for everyone who wants a new picture.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from app.art import service as art
from app.art.items import Category, Outfit, WornItem
from app.art.looks import DEFAULT_LINE, Look
from app.art.service import Picture
from app.buddies.herd import Buddy, Herd
from app.buddies.models import appearance as table
from app.kit.clock import to_milliseconds
from app.kit.tx import AnyRow, Tx
from app.operations.service import Operation, OperationKind

COLUMNS = (
    "buddy_id",
    "equipped",
    "rendered",
    "base_image",
    "operation_id",
    "evolve_operation_id",
    "error_code",
    "line",
)
KEY = ("customer_id", "buddy_id")
DRAWN = frozenset(category.value for category in Category)
NEEDS_RERENDER = "needs_rerender"


class AppearanceStatus(StrEnum):
    READY = "ready"
    PENDING = "pending"
    AWAITING_CREDITS = "awaiting_credits"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EquippedItem:
    """An item as it was when it was put on; `look` are the words that say what is drawn."""

    item_id: str
    category: str
    layer_order: int
    look: str


@dataclass(slots=True)
class Appearance:
    """What a buddy shall wear, and what its picture shows; `line` is its line of creatures."""

    buddy_id: str
    equipped: tuple[EquippedItem, ...] = ()
    rendered: tuple[str, ...] = ()
    base_image: str | None = None
    operation_id: str | None = None
    evolve_operation_id: str | None = None
    error_code: str | None = None
    line: str = DEFAULT_LINE

    def look(self, variant: int, stage: int) -> Look:
        """What a picture of this creature must show; boosters are not drawn."""
        return Look(variant, stage, self.line, _outfit(self.equipped))

    @property
    def equipped_ids(self) -> tuple[str, ...]:
        """The items that the buddy wears, in the order in which it put them on."""
        return tuple(item.item_id for item in self.equipped)

    def status(self, image: str | None, waiting: Collection[str] = ()) -> AppearanceStatus:
        """Whether `image`, the buddy's picture if it has one, shows the buddy as it is.

        `waiting` are the operations that wait for credits.
        """
        if self.error_code is not None:
            return AppearanceStatus.FAILED
        if self.operation_id in waiting:
            return AppearanceStatus.AWAITING_CREDITS
        if self.operation_id is not None or image is None:
            return AppearanceStatus.PENDING
        return AppearanceStatus.READY


async def read(tx: Tx, buddy_id: str) -> Appearance:
    """How one buddy looks; of a buddy without a row, one who wears nothing."""
    return (await read_all(tx, [buddy_id])).get(buddy_id) or Appearance(buddy_id)


async def read_all(tx: Tx, buddy_ids: Sequence[str]) -> dict[str, Appearance]:
    """How buddies look, by id; those without a row are not there."""
    rows = await tx.lookup(table, COLUMNS, "buddy_id", buddy_ids) if buddy_ids else ()
    return {row.buddy_id: _appearance(row) for row in rows}


async def write(tx: Tx, changed: Appearance) -> None:
    """Write how a buddy looks; the caller has locked the buddy."""
    row = (
        tx.customer_id,
        changed.buddy_id,
        orjson.dumps([asdict(item) for item in changed.equipped]).decode(),
        orjson.dumps(changed.rendered).decode(),
        changed.base_image,
        changed.operation_id,
        changed.evolve_operation_id,
        changed.error_code,
        changed.line,
        to_milliseconds(tx.now),
    )
    await tx.upsert_set(table, KEY, (*COLUMNS[1:], "updated_at"), [row])


def bare(look: Look) -> Look:
    """The same creature without its outfit."""
    return replace(look, wearing=())


async def refresh(herd: Herd, buddy: Buddy, worn: Appearance, kind: OperationKind) -> str | None:
    """Show the outfit at once where it has been drawn before, else promise to draw it.

    The id of the operation that will draw it, or None where the picture is right already. Both
    rows are still to be written.
    """
    look = worn.look(buddy.variant, buddy.stage)
    base, dressed = await art.find(herd.tx, bare(look)), await art.find(herd.tx, look)
    if base is None or dressed is None:
        return promise(herd, worn, kind)
    show(buddy, worn, base, dressed)
    return None


def promise(herd: Herd, worn: Appearance, kind: OperationKind) -> str:
    """Promise to draw the buddy; one promise is enough, so an open one is kept.

    An outfit's picture can wait for credits, a drawing that was asked for cannot.
    """
    worn.error_code = None
    if worn.operation_id is None:
        given, can_wait = {"buddy_id": worn.buddy_id}, kind is OperationKind.COMPOSE
        worn.operation_id = herd.start_operation(kind, given, can_wait=can_wait)
    return worn.operation_id


def show(buddy: Buddy, worn: Appearance, base: Picture, dressed: Picture) -> None:
    """Give a buddy the pictures of what it is and wears."""
    buddy.image, buddy.thumb = dressed.image, dressed.thumb
    buddy.is_changed = True
    worn.base_image = base.image
    worn.rendered = worn.equipped_ids
    worn.operation_id = worn.error_code = None


async def give_up(tx: Tx, work: Operation) -> None:
    """Note that a promised drawing has failed; the picture stays as it was."""
    buddy_id = work.input["buddy_id"]
    await Herd.of_ids(tx, [buddy_id])
    worn = await read(tx, buddy_id)
    if worn.operation_id == work.id:
        worn.operation_id, worn.error_code = None, NEEDS_RERENDER
        await write(tx, worn)


def _outfit(equipped: Iterable[EquippedItem]) -> Outfit:
    return tuple(
        WornItem(item.item_id, Category(item.category), item.layer_order, item.look)
        for item in equipped
        if item.category in DRAWN
    )


def _appearance(row: AnyRow) -> Appearance:
    listed: list[dict[str, Any]] = orjson.loads(row.equipped)
    return Appearance(
        row.buddy_id,
        tuple(EquippedItem(**each) for each in listed),
        tuple(orjson.loads(row.rendered)),
        row.base_image,
        row.operation_id,
        row.evolve_operation_id,
        row.error_code,
        row.line,
    )
