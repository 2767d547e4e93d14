"""Gates as the API shows and takes them."""

from typing import Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.kit.schemas import Amount, Input, InstantOut, JsonObject, Key, Name, Output, Text256


class CreateGate(Input):
    """Something that a buddy can pay to open, once."""

    gate_key: Key
    token_key: Key
    cost: Amount
    label: Name | None = None
    description: Text256 | None = None
    metadata: JsonObject = Field(default_factory=dict)
    is_active: bool = True


class ChangeGate(Input):
    """What shall be different about a gate; who has opened it keeps it."""

    cost: Amount | SkipJsonSchema[None] = None
    label: Name | None = None
    description: Text256 | None = None
    metadata: JsonObject | None = None
    is_active: bool | SkipJsonSchema[None] = None


class TokenGate(Output):
    """A gate."""

    id: str
    gate_key: str
    token_key: str
    cost: int
    label: str | None
    description: str | None
    metadata: dict[str, Any]
    is_active: bool
    created_at: InstantOut
    updated_at: InstantOut


class Gates(Output):
    """Every gate of the customer."""

    gates: list[TokenGate]


class UnlockResult(Output):
    """An open gate; `balance_after` is null when it was open before."""

    gate_key: str
    unlocked: Literal[True]
    already_unlocked: bool
    unlocked_at: InstantOut
    balance_after: int | None
    metadata: dict[str, Any]


class BuddyUnlock(Output):
    """A gate that a buddy has opened."""

    gate_key: str
    unlocked_at: InstantOut
    metadata: dict[str, Any]


class BuddyUnlocks(Output):
    """Every gate that a buddy has opened."""

    unlocks: list[BuddyUnlock]
