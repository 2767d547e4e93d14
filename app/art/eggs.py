"""The picture of an egg: the shell that its creature will hatch from. Pure and deterministic."""

import math

from app.art.creature import document
from app.art.dna import VARIANTS, Dna, Pattern, traits_of
from app.art.growth import GROUND, GROWTHS, HATCHLING
from app.art.palettes import palette_of
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, Cubic, at, diamond, line, oval, path, symmetric

STATUSES = ("waiting", "ready", "hatching", "hatched")
TOP, FOOT, HALF = 96.0, 462.0, 140.0

RIGHT_HALF: tuple[Cubic, ...] = (
    (72, TOP, HALF - 2, 210, HALF, 318),
    (HALF, 408, 80, FOOT, 0, FOOT),
)


def egg_svg(*, variant: int, status: str, line: str = "arena") -> str:
    """A 512 × 512 SVG document with a transparent ground.

    A waiting egg rests, a ready one glows, a hatching one cracks and shows light, a hatched one is
    an empty half shell. Colours are those of the creature of the same variant and line.

    Raises:
        ValueError: the variant (0–999) is out of range or the status has no picture.
    """
    if not 0 <= variant < VARIANTS:
        raise ValueError(f"variant must be 0–{VARIANTS - 1}, not {variant}")
    if status not in STATUSES:
        raise ValueError(f"no picture for an egg that is {status!r}; one of {', '.join(STATUSES)}")
    dna = Dna(line, variant)
    prefix = f"e{variant}-{status}"
    sketch = Sketch(dna, traits_of(dna), GROWTHS[HATCHLING], palette_of(dna), prefix)
    outline = symmetric(TOP, RIGHT_HALF)
    clip = f'<clipPath id="{prefix}-egg"><path d="{outline}"/></clipPath>'
    draw = {"waiting": _waiting, "ready": _ready, "hatching": _hatching, "hatched": _hatched}
    shadow = oval((MIDDLE, GROUND + 6), (134, 19), fill=sketch.palette.ink, opacity=0.18)
    return document(sketch.definitions() + clip, draw[status](sketch, shadow))


def _waiting(sketch: Sketch, shadow: str) -> str:
    return shadow + _egg(sketch)


def _ready(sketch: Sketch, shadow: str) -> str:
    return _light(sketch) + shadow + _egg(sketch)


def _hatching(sketch: Sketch, shadow: str) -> str:
    zigzag = (
        (-150, 262),
        (-112, 236),
        (-84, 272),
        (-48, 232),
        (-14, 276),
        (24, 230),
        (58, 270),
        (88, 234),
        (150, 268),
    )
    d = "M" + "L".join(at(MIDDLE + dx, y) for dx, y in zigzag)
    d += f"M{at(MIDDLE - 48, 232)}L{at(MIDDLE - 62, 190)}L{at(MIDDLE - 40, 164)}"
    d += f"M{at(MIDDLE + 58, 270)}L{at(MIDDLE + 76, 312)}L{at(MIDDLE + 60, 340)}"
    crack = line(d, ink=sketch.palette.ink, width=17) + line(d, ink=sketch.palette.glow, width=9)
    crack += line(d, ink="#ffffff", width=3.5)
    clipped = f'<g clip-path="url(#{sketch.prefix}-egg)">{crack}</g>'
    egg = f'<g transform="rotate(-5 256 {at(FOOT)})">{_egg(sketch)}{clipped}{_border(sketch)}</g>'
    return _light(sketch) + shadow + egg + _shards(sketch)


def _hatched(sketch: Sketch, shadow: str) -> str:
    rim = 336.0
    teeth = ((-132, 0), (-96, 30), (-60, -6), (-22, 32), (18, -4), (56, 30), (94, -4), (132, 4))
    cut = "".join(f"L{at(MIDDLE + dx, rim + dy)}" for dx, dy in teeth[1:])
    start = at(MIDDLE + teeth[0][0], rim)
    bowl = f"C{at(MIDDLE + 134, 420, MIDDLE + 78, FOOT, MIDDLE, FOOT)}"
    bowl += f"C{at(MIDDLE - 78, FOOT, MIDDLE - 134, 420)} {start}Z"
    ink, width = sketch.palette.ink, sketch.growth.outline
    hollow = oval(
        (MIDDLE, rim + 8), (128, 34), fill=sketch.palette.belly_shade, ink=ink, width=width
    )
    clip = f'<g clip-path="url(#{sketch.prefix}-egg)">{_decor(sketch, rim + 44)}</g>'
    front = path(f"M{start}{cut}{bowl}", fill=sketch.paint("shell")) + clip
    front += line(f"M{start}{cut}{bowl}", ink=ink, width=width)
    return shadow + hollow + front + _shards(sketch)


def _egg(sketch: Sketch) -> str:
    """The whole shell with its decor, its shade and its shine."""
    outline = symmetric(TOP, RIGHT_HALF)
    inside = (
        _decor(sketch, TOP)
        + path(
            f"M{at(MIDDLE + 60, TOP)}C{at(MIDDLE + 110, 240, MIDDLE + 110, 400, MIDDLE - 60, FOOT)}"
            f"L{at(420, FOOT + 10)}L{at(420, TOP)}Z",
            fill=sketch.palette.ink,
            opacity=0.09,
        )
        + oval((206, 190), (46, 66), fill=sketch.paint("shine"), turn=22)
    )
    clipped = f'<g clip-path="url(#{sketch.prefix}-egg)">{inside}</g>'
    return path(outline, fill=sketch.paint("shell")) + clipped + _border(sketch)


def _border(sketch: Sketch) -> str:
    outline = symmetric(TOP, RIGHT_HALF)
    return line(outline, ink=sketch.palette.ink, width=sketch.growth.outline)


def _decor(sketch: Sketch, top: float) -> str:
    """Bands or spots, by the creature's own pattern; nothing above `top`."""
    if sketch.traits.pattern in (Pattern.STRIPES, Pattern.MASK):
        return "".join(
            _band(sketch, y, colour)
            for y, colour in (
                (200.0, sketch.palette.coat),
                (300.0, sketch.palette.accent),
                (400.0, sketch.palette.coat),
            )
            if y > top
        )
    spots = []
    for number in range(13):
        x = MIDDLE + sketch.dna.number(f"spot-x{number}", -125, 125)
        y = 118 + 27 * number
        r = sketch.dna.number(f"spot-r{number}", 11, 29)
        paint = "accent" if number % 3 == 0 else "mark"
        if y - r > top:
            spots.append(oval((x, y), (r, r * 0.9), fill=sketch.paint(paint), opacity=0.92))
    return "".join(spots)


def _band(sketch: Sketch, y: float, colour: str) -> str:
    points = [
        (96 + 20 * step, y + 13 * math.cos(math.pi * step) + 0.0014 * (96 + 20 * step - 256) ** 2)
        for step in range(17)
    ]
    d = "M" + "L".join(at(x, py) for x, py in points)
    return line(d, ink=colour, width=24)


def _light(sketch: Sketch) -> str:
    rays = oval((MIDDLE, 280), (240, 240), fill=sketch.paint("aura"))
    sparkles = (
        (96, 190, 17),
        (424, 170, 20),
        (72, 320, 12),
        (446, 320, 14),
        (150, 84, 13),
        (372, 76, 15),
    )
    return rays + "".join(
        diamond(x, y, size + 4, fill=sketch.palette.accent_deep, opacity=0.45)
        + diamond(x, y, size, fill=sketch.palette.glow)
        for x, y, size in sparkles
    )


def _shards(sketch: Sketch) -> str:
    ink, fill = sketch.palette.ink, sketch.paint("shell")
    shards = ((104, 452, 0), (402, 448, 40), (434, 470, 100))
    return "".join(
        f'<g transform="translate({at(x, y)}) rotate({turn})">'
        + path("M-17 8L-6 -13L15 -6L12 11Z", fill=fill, ink=ink, width=4.5)
        + "</g>"
        for x, y, turn in shards
    )
