"""The words that every section of a config document is written in. Pure.

Keys are `^[a-z0-9_-]{1,64}$`; amounts are whole numbers 1 … 2^53−1 in a token's smallest unit.
"""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.engine.conditions import MAX_INTEGER, Key, Strict

Label = Annotated[str, Field(min_length=1, max_length=64)]
Description = Annotated[str, Field(max_length=1024)]
Amount = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Points = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
StageNumber = Annotated[int, Field(ge=1, le=5)]
Tokens = Annotated[dict[Key, Amount], Field(max_length=20, description="Token key to amount.")]
EventTypes = Annotated[list[Key], Field(min_length=1, max_length=100)]
AudienceKey = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
Audiences = Annotated[
    list[Key],
    Field(
        max_length=50,
        description="The audiences it is for; left out or empty, it is for all of them.",
    ),
]
Url = Annotated[
    str, Field(max_length=2048, pattern=r"^(https?://|/)[^\s]+$", description="Of a picture.")
]


def _decimal(value: Any) -> Any:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise ValueError("must be a number or a decimal text like '1.5'") from None
    return value


Factor = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(
        gt=0,
        le=1_000_000_000,
        decimal_places=9,
        description="A number or a decimal text like '1.5'; used exactly, without binary error.",
    ),
]
Chance = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(gt=0, le=1, decimal_places=9, description="A probability above 0 and at most 1."),
]


class Named(Strict):
    """Something with a key, a label to show, and words for whoever maintains the config."""

    key: Key
    label: Label | None = None
    description: Description | None = None
