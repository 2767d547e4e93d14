"""What an item adds to a picture."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Worn:
    """SVG marks on the item's own layer, and those behind the body."""

    front: str
    behind: str = ""
