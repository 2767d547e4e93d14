"""Pictures as PNG. Pure, but slow and never lets go of the interpreter: see `studio`."""

from collections.abc import Sequence
from dataclasses import dataclass

import resvg_py

from app.art.creature import creature_svg
from app.art.items import WornItem

PICTURE_SIDE = 512
THUMB_SIDE = 128


@dataclass(frozen=True, slots=True)
class Drawing:
    """A buddy's picture, `PICTURE_SIDE` px square, and its thumbnail, `THUMB_SIDE` px square."""

    png: bytes
    thumb: bytes


def draw(
    variant: int, stage: int, *, line: str = "arena", wearing: Sequence[WornItem] = ()
) -> Drawing:
    """Draw one creature in its outfit; the same arguments give the same bytes.

    Raises:
        ValueError: the variant (0–999) or the stage (1–5) is out of range.
    """
    svg = creature_svg(variant=variant, stage=stage, line=line, wearing=wearing)
    return Drawing(render_png(svg, size=PICTURE_SIDE), render_png(svg, size=THUMB_SIDE))


def render_png(svg: str, *, size: int) -> bytes:
    """A square PNG of `size` px from an SVG document. No fonts and no files are read.

    Raises:
        ValueError: the text is not an SVG document.
    """
    png: bytes = resvg_py.svg_to_bytes(
        svg_string=svg, width=size, height=size, skip_system_fonts=True
    )
    return png
