"""What stands behind a creature: wings, mane, sail, a fan of tails, and an elder's light. Pure."""

import itertools
import math

from app.art.dna import Back
from app.art.growth import ELDER, GROUND
from app.art.sketch import Sketch, outlined
from app.art.strokes import MIDDLE, at, both_sides, diamond, line, oval, path


def aura(sketch: Sketch) -> str:
    """The light behind an elder, with a ring of sparkles; a few sparkles at stage 4."""
    stage, head = sketch.growth.stage, sketch.growth.head
    if stage < 4:
        return ""
    parts = []
    if stage == ELDER:
        parts.append(oval((MIDDLE, 250), (232, 232), fill=sketch.paint("aura")))
        ring = sketch.palette.glow
        parts.append(
            oval(
                (MIDDLE, head.y - 6),
                (head.rx * 1.42, head.rx * 1.42),
                fill="none",
                ink=ring,
                width=7,
            )
        )
        parts.append(
            oval(
                (MIDDLE, head.y - 6),
                (head.rx * 1.42, head.rx * 1.42),
                fill="none",
                ink="#ffffff",
                width=2.2,
            )
        )
    count, reach, start = (11, 226, 196) if stage == ELDER else (5, 222, 222)
    for step in range(count):
        angle = math.radians(start + (540 - 2 * start) * step / (count - 1))
        x, y = MIDDLE + reach * math.cos(angle), 262 + reach * math.sin(angle)
        size = 15.0 if step % 2 else 10.0
        parts.append(diamond(x, y, size + 4, fill=sketch.palette.accent_deep, opacity=0.45))
        parts.append(diamond(x, y, size, fill=sketch.palette.glow))
    return "".join(parts)


def back(sketch: Sketch) -> str:
    """The wings, mane, sail or fan of tails, by the creature's kind."""
    if not sketch.growth.back:
        return ""
    draw = {
        Back.MANE: _mane,
        Back.BAT: lambda one: both_sides(_bat_wing(one)),
        Back.FEATHERS: lambda one: both_sides(_feather_wing(one)),
        Back.BUTTERFLY: lambda one: both_sides(_butterfly_wing(one)),
        Back.TAILS: _fan_of_tails,
        Back.SAIL: _sail,
    }[sketch.traits.back]
    return draw(sketch)


def _mane(sketch: Sketch) -> str:
    """Two rings of locks round the head, fuller with age."""
    head, size = sketch.growth.head, sketch.growth.back
    x, y = MIDDLE, head.y + 10
    rings: list[str] = []
    for reach, paint, shift in ((0.92, "mark", 0.5), (0.56, "accent", 0.0)):
        long, wide = head.rx * (0.98 + reach * size), head.rx * 0.30
        d = (
            f"M{at(x - wide, y - head.rx * 0.55)}C{at(x - wide, y - long * 0.72, x - wide * 0.5)}"
            f" {at(y - long * 0.93, x + 4, y - long)}"
            f"C{at(x + wide * 0.8, y - long * 0.9, x + wide, y - long * 0.7, x + wide)}"
            f" {at(y - head.rx * 0.55)}Z"
        )
        lock = outlined(sketch, d, paint)
        turns = sorted(((step + shift) * 360 / 14 for step in range(14)), key=_from_below)
        rings.extend(f'<g transform="rotate({at(turn, x, y)})">{lock}</g>' for turn in turns)
    return "".join(rings)


def _from_below(turn: float) -> float:
    """Locks lie on each other like tiles: the lowest first, the crown last."""
    return -abs((turn + 180) % 360 - 180)


def _shoulder(sketch: Sketch) -> tuple[float, float, float]:
    body = sketch.growth.body
    return MIDDLE + body.rx * 0.45, body.y - body.ry * 0.42, sketch.growth.back


def _bat_wing(sketch: Sketch) -> str:
    x, y, size = _shoulder(sketch)

    def to(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * size, y + dy * size

    tip, elbow = to(186, -128), to(84, -132)
    fingers = (to(196, -8), to(150, 62), to(84, 84))
    d = f"M{at(x, y)}C{at(*to(22, -60), *to(50, -112), *elbow)}"
    d += f"C{at(*to(110, -152), *to(154, -160), *tip)}"
    start = tip
    for finger in fingers:
        bend = ((start[0] + finger[0]) / 2 - 22 * size, (start[1] + finger[1]) / 2 - 4 * size)
        d += f"Q{at(*bend, *finger)}"
        start = finger
    d += f"Q{at(*to(40, 40), x, y + 40)}Z"
    bones = "".join(f"M{at(*elbow)}Q{at(*to(120, -60), *finger)}" for finger in fingers[:2])
    bones += f"M{at(*elbow)}Q{at(*to(80, -20), *fingers[2])}"
    ink, width = sketch.palette.ink, sketch.growth.outline
    arm = f"M{at(x, y)}C{at(*to(22, -60), *to(50, -112), *elbow)}"
    arm += f"C{at(*to(110, -152), *to(154, -160), *tip)}"
    return (
        outlined(sketch, d, "accent")
        + line(bones, ink=sketch.palette.accent_deep, width=6 * size + 1)
        + line(arm, ink=ink, width=width + 11 * size)
        + line(arm, ink=sketch.palette.coat, width=11 * size)
        + oval(elbow, (4 * size, 4 * size), fill=sketch.palette.horn, ink=ink, width=width * 0.6)
    )


def _feather_wing(sketch: Sketch) -> str:
    x, y, size = _shoulder(sketch)
    parts = []
    rows = (
        (198, 25, (-62, -42, -22, -2, 18), "mark"),
        (140, 24, (-58, -36, -14, 8), "coat"),
        (84, 22, (-52, -26, 0), "belly"),
    )
    for reach, half, turns, paint in rows:
        for turn in reversed(turns):
            long = reach * size * (1 - 0.0035 * abs(turn + 40))
            wide = half * (0.5 + 0.5 * size)
            d = (
                f"M{at(x, y - wide * 0.5)}C{at(x + long * 0.4, y - wide, x + long * 0.9, y - wide)}"
                f" {at(x + long, y)}C{at(x + long * 0.9, y + wide, x + long * 0.4, y + wide)}"
                f" {at(x, y + wide * 0.5)}Z"
            )
            parts.append(
                f'<g transform="rotate({at(turn, x, y)})">{outlined(sketch, d, paint)}</g>'
            )
    return "".join(parts)


def _butterfly_wing(sketch: Sketch) -> str:
    x, y, size = _shoulder(sketch)

    def to(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * size, y + dy * size

    upper = (
        f"M{at(x, y)}C{at(*to(20, -120), *to(120, -206), *to(184, -150))}"
        f"C{at(*to(222, -108), *to(160, 6), x, y + 20)}Z"
    )
    lower = (
        f"M{at(x, y)}C{at(*to(90, -10), *to(170, 30), *to(150, 84))}"
        f"C{at(*to(130, 140), *to(40, 120), x, y + 24)}Z"
    )
    ink = sketch.palette.ink
    spots = "".join(
        oval(
            to(dx, dy),
            (r * size, r * size * 1.2),
            fill=sketch.paint(paint),
            ink=ink,
            width=sketch.growth.outline * 0.55,
            turn=35,
        )
        for dx, dy, r, paint in (
            (148, -122, 24, "belly"),
            (98, -78, 16, "horn"),
            (112, 68, 18, "belly"),
        )
    )
    return outlined(sketch, lower, "mark") + outlined(sketch, upper, "accent") + spots


def _sail(sketch: Sketch) -> str:
    """A fin that runs over the back, seen from the front as a fan of rays."""
    body, size = sketch.growth.body, sketch.growth.back
    x, y = MIDDLE, body.y
    reach = 190 * size
    rays = [math.radians(turn) for turn in range(-84, 85, 24)]
    tips = [(x + reach * math.sin(ray), y - reach * math.cos(ray)) for ray in rays]
    d = f"M{at(x, y + 30)}L{at(*tips[0])}"
    for one, other in itertools.pairwise(tips):
        mid_x, mid_y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
        d += f"Q{at(x + (mid_x - x) * 0.84, y + (mid_y - y) * 0.84, *other)}"
    ribs = "".join(f"M{at(x, y + 30)}L{at(*tip)}" for tip in tips[1:-1])
    return outlined(sketch, d + "Z", "mark") + line(
        ribs, ink=sketch.palette.accent, width=7 * size, opacity=0.9
    )


def _fan_of_tails(sketch: Sketch) -> str:
    """One tail more with every stage."""
    fans = {2: (48,), 3: (54, -54), 4: (62, -62, 30, -30), 5: (72, -72, 42, -42, 14, -14)}
    turns = fans[sketch.growth.stage]
    return "".join(_brush(sketch, turn) for turn in turns)


def _brush(sketch: Sketch, turn: float) -> str:
    x, y, size = MIDDLE, GROUND - 66, 0.5 + 0.5 * sketch.growth.back
    long, wide = (232 + 68 * abs(math.cos(math.radians(turn)))) * size, 54 * size
    d = (
        f"M{at(x - 14, y)}C{at(x - wide * 1.5, y - long * 0.4, x - wide, y - long * 0.78)}"
        f" {at(x + 8, y - long)}"
        f"C{at(x + wide * 1.2, y - long * 0.72, x + wide * 1.3, y - long * 0.34, x + 14, y)}Z"
    )
    cut = y - long * 0.70
    tip = (
        f"M{at(x - wide * 0.86, cut)}C{at(x - wide * 0.7, cut - long * 0.14)}"
        f" {at(x - wide * 0.3, y - long * 0.92, x + 8, y - long)}"
        f"C{at(x + wide * 0.7, y - long * 0.86, x + wide * 0.9, cut - 20, x + wide * 0.97, cut)}"
        f"Q{at(x + wide * 0.6, cut - 26, x + wide * 0.4, cut + 12)}"
        f"Q{at(x + wide * 0.1, cut - 26, x - wide * 0.2, cut + 14)}"
        f"Q{at(x - wide * 0.5, cut - 22, x - wide * 0.86, cut)}Z"
    )
    ink, width = sketch.palette.ink, sketch.growth.outline
    brush = path(d, fill=sketch.paint("coat")) + path(tip, fill=sketch.paint("belly"))
    return f'<g transform="rotate({at(turn, x, y)})">{brush}{line(d, ink=ink, width=width)}</g>'
