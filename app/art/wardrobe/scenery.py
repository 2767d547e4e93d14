"""What scenes are made of: sky, hills, clouds, trees. Pure."""

import math

from app.art.strokes import SIDE, at, gradient, oval, path
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import placed, rectangle


def sky(design: Design, top: str, bottom: str) -> str:
    """A sky over the whole picture."""
    name = f"{design.prefix}-sky"
    return gradient(name, top, bottom) + rectangle(0, 0, SIDE, SIDE, f"url(#{name})")


def hills(
    design: Design, name: str, y: float, swing: float, tones: tuple[str, str], phase: float
) -> str:
    """Rolling land below `y`, from the first tone down to the second."""
    points = [
        at(x, y + swing * math.sin(phase + x / 96) + swing * 0.4 * math.sin(phase * 2 + x / 41))
        for x in range(-16, SIDE + 17, 16)
    ]
    d = f"M{'L'.join(points)}L{at(SIDE + 16, SIDE + 16)}L{at(-16, SIDE + 16)}Z"
    paint = f"{design.prefix}-{name}"
    return gradient(paint, *tones) + path(d, fill=f"url(#{paint})")


def cloud(x: float, y: float, scale: float) -> str:
    """A white cloud."""
    puffs = ((-42, 8, 30, 22), (-8, -8, 40, 34), (34, 4, 34, 26), (0, 16, 66, 16))
    marks = "".join(
        oval((px, py), (rx, ry), fill="#ffffff", opacity=0.92) for px, py, rx, ry in puffs
    )
    return placed(marks, x, y, scale)


def trunk(x: float, foot: float, half: float, colour: str) -> str:
    """A tree's stem that leaves the picture at the top."""
    d = (
        f"M{at(x - half, foot)}C{at(x - half * 0.5, foot - 90, x - half * 0.6, 120)}"
        f" {at(x - half * 0.5, -10)}L{at(x + half * 0.5, -10)}"
        f"C{at(x + half * 0.6, 120, x + half * 0.5, foot - 90, x + half, foot)}Z"
    )
    return path(d, fill=colour)
