"""Items as the API shows and takes them."""

from typing import Annotated

from pydantic import Field

from app.engine.document_items import Category
from app.kit.schemas import Input, InstantOut, Key, Output, absent

ItemIds = Annotated[list[Key], Field(max_length=50)]


class Price(Output):
    """A part of a price."""

    token: str
    amount: int


class Item(Output):
    """An item of the marketplace; without a price it is free.

    `stock` and `stock_left` are null where there is no end of it. `visible`, `affordable` and
    `owned` are there where a buddy was named.
    """

    item_id: str
    name: str
    description: str
    category: Category
    rarity: str
    price: list[Price]
    layer_order: int
    image_url: str | None
    stage_image_urls: dict[str, str]
    audience: list[str]
    stock: int | None
    stock_left: int | None
    per_buddy_limit: int
    preset_id: str | None
    visible: bool | None = absent()
    affordable: bool | None = absent()
    owned: int | None = absent()


class Items(Output):
    """The published marketplace, in the order of its document."""

    data: list[Item]


class PurchaseItem(Input):
    """What to buy."""

    item_id: Key


class Purchase(Output):
    """A piece that was bought; `balances` are those of its tokens afterwards."""

    purchase_id: str
    buddy_id: str
    item_id: str
    price: list[Price]
    balances: dict[str, int]
    quantity: int
    purchased_at: InstantOut


class OwnedItem(Output):
    """An item that a buddy owns; `purchased_at` is when it bought its first piece."""

    item_id: str
    name: str
    category: Category
    rarity: str
    image_url: str | None
    quantity: int
    equipped: bool
    purchased_at: InstantOut


class OwnedItems(Output):
    """Everything that a buddy owns, in the order of its ids."""

    data: list[OwnedItem]


class ChangeOutfit(Input):
    """Items to put on and to take off; what is worn already, or not worn, stays as it is."""

    equip: ItemIds = Field(default_factory=list)
    unequip: ItemIds = Field(default_factory=list)
