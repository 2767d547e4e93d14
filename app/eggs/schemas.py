"""Eggs as the API shows and takes them."""

from typing import Any, Literal

from pydantic import Field

from app.eggs.status import EggStatus
from app.kit.schemas import CallerId, Input, InstantOut, JsonObject, Key, Output


class CreateEgg(Input):
    """A new egg for a user; its audience is `metadata.audience`."""

    user_id: CallerId
    preset_id: Key | None = Field(default=None, description="A creature line of the config.")
    metadata: JsonObject = Field(default_factory=dict)
    ensure: bool = Field(default=False, description="Reuse a waiting or ready egg if there is one.")


class ChangeEggStatus(Input):
    """Where an egg shall go."""

    status: Literal["ready", "cancelled"]


class Egg(Output):
    """An egg; `buddy_id` is null until it has hatched."""

    egg_id: str
    user_id: str
    status: EggStatus
    visual_variant: int
    config_version_id: str
    metadata: dict[str, Any]
    buddy_id: str | None
    created_at: InstantOut


class EggStatusChange(Output):
    """What an egg was and what it is."""

    egg_id: str
    status: EggStatus
    previous_status: EggStatus
