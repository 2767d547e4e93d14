"""What a picture shows, and the name under which it is found again. Pure."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from app.art.items import Outfit, layered

EDITION = 1
DEFAULT_LINE = "arena"


@dataclass(frozen=True, slots=True)
class Look:
    """A creature (`variant` 0–999, `stage` 1–5, of a line) and what it wears."""

    variant: int
    stage: int
    line: str = DEFAULT_LINE
    wearing: Outfit = ()


def canonical(look: Look) -> dict[str, Any]:
    """The look as JSON; outfits that draw the same picture give the same object."""
    return {
        "variant": look.variant,
        "stage": look.stage,
        "line": look.line,
        "wearing": [
            {
                "item_id": item.item_id,
                "category": item.category.value,
                "layer_order": item.order,
                "look": item.look,
            }
            for item in layered(look.wearing)
        ],
    }


def look_key(look: Look) -> str:
    """The hex SHA-256 of a look: the same for the same picture, in whatever order it was put on.

    `EDITION` is part of it: raised whenever the drawings change, it lets old pictures go stale.
    """
    told = {"edition": EDITION, **canonical(look)}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
