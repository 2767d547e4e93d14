"""The picture of one item by itself, as a marketplace shows it. Deterministic."""

from io import BytesIO

from PIL import Image

from app.art.creature import document
from app.art.dna import Dna, traits_of
from app.art.drawing import render_png
from app.art.growth import GROWTHS
from app.art.items import Category, WornItem
from app.art.palettes import palette_of
from app.art.sketch import Sketch
from app.art.strokes import SIDE, at, oval
from app.art.wardrobe import bare

MEASURED_SIDE = 128
FILLED = 0.80
STAGE, VARIANT = 3, 52
"""The figure, a round one with arms, that clothes are cut for when nobody wears them."""


def item_svg(item: WornItem) -> str:
    """A 512 × 512 SVG document: the item as large as it fits, or the scene of a background."""
    dna = Dna("arena", VARIANT)
    sketch = Sketch(dna, traits_of(dna), GROWTHS[STAGE], palette_of(dna), "item")
    marks = bare(sketch, item)
    if item.category is Category.BACKGROUND:
        return document("", marks)
    left, top, right, bottom = _bounds(document("", marks))
    scale = FILLED * SIDE / max(right - left, bottom - top)
    x, y = SIDE / 2 - scale * (left + right) / 2, SIDE / 2 - scale * (top + bottom) / 2
    foot = y + scale * bottom
    shadow = oval((SIDE / 2, foot + 8), (scale * (right - left) * 0.36, 15), fill="#3b3350",
                  opacity=0.16)  # fmt: skip
    moved = f'<g transform="translate({at(x, y - 8)}) scale({scale:.3f})">{marks}</g>'
    return document("", shadow + moved)


def _bounds(svg: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is seen, in canvas units."""
    with Image.open(BytesIO(render_png(svg, size=MEASURED_SIDE))) as picture:
        box = picture.getchannel("A").point(lambda alpha: 255 * (alpha > 60)).getbbox()
    assert box is not None, "every design leaves a mark"
    left, top, right, bottom = (edge * SIDE / MEASURED_SIDE for edge in box)
    return left, top, right, bottom
