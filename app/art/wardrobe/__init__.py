"""Items as they are worn: every category drawn to fit each kind of creature at each stage. Pure."""

from app.art.items import Category, WornItem
from app.art.sketch import Sketch
from app.art.wardrobe.backdrops import backdrop
from app.art.wardrobe.company import company
from app.art.wardrobe.designs import Design, design_of
from app.art.wardrobe.eyewear import eyewear
from app.art.wardrobe.footwear import footwear, pair
from app.art.wardrobe.garments import alone, garment
from app.art.wardrobe.hats import hat
from app.art.wardrobe.held import held, thing
from app.art.wardrobe.neckwear import neckwear
from app.art.wardrobe.worn import Worn

BEHIND = 5
"""The order of what hangs behind a body: in front of wings and tail, behind the legs."""

_DRAWERS = {
    Category.BODY: garment,
    Category.FEET: footwear,
    Category.HAND: held,
    Category.NECK: neckwear,
    Category.FACE: eyewear,
    Category.HEAD: hat,
}


def worn(sketch: Sketch, item: WornItem, *, number: int, place: int) -> Worn:
    """The marks of one item.

    `number` tells it from the other items of the picture; `place` counts its accessories, which
    all have places of their own.
    """
    design = design_of(item, f"{sketch.prefix}-i{number}")
    drawn = _drawn(sketch, item.category, design, place)
    behind = design.with_paints(drawn.behind) if drawn.behind else ""
    return Worn(design.with_paints(drawn.front), behind)


def bare(sketch: Sketch, item: WornItem) -> str:
    """The marks of an item that nobody wears, on the canvas; clothes are cut to `sketch`."""
    design = design_of(item, f"{sketch.prefix}-i0")
    if item.category is Category.HAND:
        marks = thing(design)
    elif item.category is Category.BODY:
        marks = alone(sketch, design)
    elif item.category is Category.FEET:
        marks = pair(design)
    else:
        drawn = _drawn(sketch, item.category, design, place=0)
        marks = drawn.behind + drawn.front
    return design.with_paints(marks)


def _drawn(sketch: Sketch, category: Category, design: Design, place: int) -> Worn:
    if category is Category.BACKGROUND:
        return backdrop(design)
    if category is Category.ACCESSORY:
        return company(sketch, design, place)
    return _DRAWERS[category](sketch, design)
