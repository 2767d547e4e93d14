"""Small shapes that many items are made of, and where items sit on a body. Pure."""

import math
from collections.abc import Iterator

from app.art.bodies import RIM
from app.art.growth import GROUND, HATCHLING
from app.art.lines import Plan
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at
from app.art.wardrobe.designs import Design


def placed(marks: str, x: float, y: float, scale: float = 1.0, turn: float = 0.0) -> str:
    """Marks drawn about the origin, moved to a point, scaled and turned (degrees)."""
    turned = f" rotate({at(turn)})" if turn else ""
    return f'<g transform="translate({at(x, y)}){turned} scale({scale:.3f})">{marks}</g>'


def star(x: float, y: float, reach: float) -> str:
    """Path text of a star with five points."""
    points = []
    for step in range(10):
        angle = math.radians(-90 + 36 * step)
        r = reach if step % 2 == 0 else reach * 0.5
        points.append(at(x + r * math.cos(angle), y + r * math.sin(angle)))
    return "M" + "L".join(points) + "Z"


def heart(x: float, y: float, reach: float) -> str:
    """Path text of a heart about its middle."""
    r = reach
    return (
        f"M{at(x, y + r * 0.9)}C{at(x - r * 1.5, y - r * 0.1, x - r * 0.9, y - r * 1.2)}"
        f" {at(x, y - r * 0.4)}C{at(x + r * 0.9, y - r * 1.2, x + r * 1.5, y - r * 0.1)}"
        f" {at(x, y + r * 0.9)}Z"
    )


def gem(x: float, y: float, reach: float) -> str:
    """Path text of a cut stone."""
    r = reach
    return (
        f"M{at(x - r, y - r * 0.3)}L{at(x - r * 0.5, y - r * 0.9)}L{at(x + r * 0.5, y - r * 0.9)}"
        f"L{at(x + r, y - r * 0.3)}L{at(x, y + r)}Z"
    )


def flower(design: Design, x: float, y: float, r: float, name: str = "main") -> str:
    """A flower with five petals."""
    petals = []
    for step in range(5):
        angle = math.radians(-90 + 72 * step)
        px, py = x + r * 0.62 * math.cos(angle), y + r * 0.62 * math.sin(angle)
        petals.append(design.disc(px, py, r * 0.5, r * 0.5, name, width=3.4))
    return "".join(petals) + design.disc(x, y, r * 0.36, r * 0.36, "gold", width=2.6)


def rectangle(x: float, y: float, wide: float, high: float, fill: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{at(x)}" y="{at(y)}" width="{at(wide)}" height="{at(high)}" fill="{fill}"/>'


def clipped(name: str, outline: str, marks: str) -> str:
    """Marks that are only seen inside an outline; `name` is the clip's id."""
    clip = f'<clipPath id="{name}"><path d="{outline}"/></clipPath>'
    return f'{clip}<g clip-path="url(#{name})">{marks}</g>'


def neck_of(sketch: Sketch) -> tuple[float, float]:
    """The height of the neck and half the width of a band round it."""
    if sketch.growth.stage == HATCHLING:
        return RIM - 2, 64.0
    return sketch.growth.head.bottom + 1, sketch.growth.body.rx * 0.74


def feet_of(sketch: Sketch) -> Iterator[tuple[float, float, float]]:
    """The right feet, the hind one first: middle, ground and half the width of each."""
    body, stage = sketch.growth.body, sketch.growth.stage
    if stage == HATCHLING:
        yield MIDDLE + 58, GROUND + 14, 30
    elif sketch.traits.plan is Plan.OWL:
        yield MIDDLE + body.rx * 0.42, GROUND + 12, 32
    else:
        yield MIDDLE + body.rx * 0.92, GROUND + 8, body.rx * 0.40
        if stage > HATCHLING + 1:
            yield MIDDLE + body.rx * 0.36, GROUND + 9, body.rx * 0.30


def grip_of(sketch: Sketch) -> tuple[float, float, float]:
    """Where the left hand (on the picture's left) holds something, and the size of the thing."""
    body, stage = sketch.growth.body, sketch.growth.stage
    if stage == HATCHLING:
        return MIDDLE - 82, RIM - 4, 0.86
    scale = {2: 0.90, 3: 0.98, 4: 1.04, 5: 1.10}[stage]
    reach = 1.24 if sketch.traits.plan is Plan.OWL else 1.10
    return MIDDLE - body.rx * reach, body.y + body.ry * 0.14, scale
