"""Items of the marketplace and lines of creatures, as people write them. Pure."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from app.engine.conditions import Condition, Key, Strict
from app.engine.terms import Amount, Audiences, Description, Label, Named, Url


class Category(StrEnum):
    """Where an item is worn. Only accessories stack; a booster is not drawn."""

    BACKGROUND = "background"
    BODY = "body"
    FEET = "feet"
    HAND = "hand"
    NECK = "neck"
    FACE = "face"
    HEAD = "head"
    ACCESSORY = "accessory"
    BOOSTER = "booster"


LAYER_ORDER = {category: 10 * place for place, category in enumerate(Category, start=1)}
"""The order in which items are drawn, lowest first, where an item does not say: 10 … 90."""


class Price(Strict):
    """A part of a price, in a token that can be spent."""

    token: Key
    amount: Amount


class Item(Strict):
    """Something a buddy can own and wear. Without a price it is free."""

    item_id: Key
    name: Label
    description: Description | None = None
    category: Annotated[Category, Field(strict=False)]
    rarity: Literal["common", "uncommon", "rare", "epic", "legendary"] = "common"
    price: list[Price] = Field(default_factory=list, max_length=5)
    layer_order: int | None = Field(
        None, ge=0, le=1000, description="Left out: that of its category."
    )
    image_url: Url | None = None
    stage_image_urls: dict[Literal["1", "2", "3", "4", "5"], Url] = Field(
        default_factory=dict, description="By stage; they come before image_url."
    )
    audience: Audiences = Field(default_factory=list)
    visible_when: Condition | None = Field(
        None, description="Left out: always. It sees no properties of events."
    )
    stock: Amount | None = Field(None, description="Pieces for all buddies together.")
    per_buddy_limit: Amount = 1
    preset_id: Key | None = Field(
        None, description="What is drawn where there is no image: words like red-wizard-hat."
    )


class Creature(Named):
    """A line of creatures that an egg's `preset_id` (its key) picks."""

    line: Key
