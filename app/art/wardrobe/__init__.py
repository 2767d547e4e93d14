"""Items as they are worn: every category drawn to fit each kind of creature at each stage. Pure."""

from app.art.items import WornItem
from app.art.sketch import Sketch
from app.art.wardrobe.designs import design_of
from app.art.wardrobe.worn import Worn

BEHIND = 5
"""The order of what hangs behind a body: in front of wings and tail, behind the legs."""


def worn(sketch: Sketch, item: WornItem, *, number: int, place: int) -> Worn:
    """The marks of one item.

    `number` tells it from the other items of the picture; `place` counts its accessories, which
    all have places of their own.
    """
    design_of(item, f"{sketch.prefix}-i{number}")
    return Worn(f"<g><!-- {place} --></g>")
