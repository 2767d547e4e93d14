"""Torso, limbs and the shell a hatchling still sits in. Pure."""

from app.art.growth import GROUND, HATCHLING
from app.art.lines import Plan
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, both_sides, line, oval, path, symmetric

RIM = 378.0


def torso_outline(sketch: Sketch) -> str:
    """Path text of the torso: a pear that stands on the ground."""
    body = sketch.growth.body
    y, rx, ry = body.y, body.rx, body.ry
    plump = 1.12 if sketch.traits.plan is Plan.OWL else 1.0
    return symmetric(
        body.top,
        (
            (rx * 0.5, body.top, rx * 0.68 * plump, y - ry * 0.62, rx * 0.79 * plump, y - ry * 0.1),
            (rx * 0.9 * plump, y + ry * 0.28, rx * plump, y + ry * 0.45, rx * plump, y + ry * 0.62),
            (rx * plump, y + ry * 0.92, rx * 0.6, body.bottom, 0, body.bottom),
        ),
    )


def torso(sketch: Sketch) -> str:
    """The torso with its belly and the shadow of the head."""
    growth, palette = sketch.growth, sketch.palette
    outline = torso_outline(sketch)
    clip = f"{sketch.prefix}-torso"
    return (
        f'<clipPath id="{clip}"><path d="{outline}"/></clipPath>'
        + path(outline, fill=sketch.paint("coat"))
        + f'<g clip-path="url(#{clip})">{_belly(sketch)}'
        + oval(
            (MIDDLE, growth.head.bottom - 6),
            (growth.head.rx * 0.86, 34),
            fill=palette.ink,
            opacity=0.16,
        )
        + "</g>"
        + line(outline, ink=palette.ink, width=growth.outline)
    )


def _belly(sketch: Sketch) -> str:
    body, plan = sketch.growth.body, sketch.traits.plan
    wide = {Plan.OWL: 0.8, Plan.DRAKE: 0.56}.get(plan, 0.6)
    belly = oval(
        (MIDDLE, body.y + body.ry * 0.24),
        (body.rx * wide, body.ry * 0.82),
        fill=sketch.paint("belly"),
    )
    if plan in (Plan.DRAKE, Plan.NEWT):
        return belly + _scutes(sketch, body.rx * wide)
    return belly + _scallops(sketch) if plan is Plan.OWL else belly


def _scutes(sketch: Sketch, reach: float) -> str:
    body = sketch.growth.body
    marks = []
    for row in range(1, 6):
        y = body.y - body.ry * 0.5 + row * body.ry * 0.24
        d = f"M{at(MIDDLE - reach, y)}Q{at(MIDDLE, y + 16, MIDDLE + reach, y)}"
        marks.append(line(d, ink=sketch.palette.belly_shade, width=4.5))
    return "".join(marks)


def _scallops(sketch: Sketch) -> str:
    body = sketch.growth.body
    marks = []
    for row in range(4):
        y = body.y - body.ry * 0.18 + row * body.ry * 0.25
        for step in range(-2 + row % 2, 3):
            x = MIDDLE + (step - 0.5 * (row % 2)) * body.rx * 0.33
            d = f"M{at(x - 9, y)}Q{at(x, y + 15, x + 9, y)}"
            marks.append(line(d, ink=sketch.palette.mark, width=4.5, opacity=0.75))
    return "".join(marks)


def hind_legs(sketch: Sketch) -> str:
    """Haunches and the feet that show beside the body."""
    if sketch.growth.stage == HATCHLING:
        return ""
    body, ink, width = sketch.growth.body, sketch.palette.ink, sketch.growth.outline
    if sketch.traits.plan is Plan.OWL:
        return both_sides(_talons(sketch))
    coat = sketch.paint("coat")
    haunch = oval(
        (MIDDLE + body.rx * 0.80, body.y + body.ry * 0.58),
        (body.rx * 0.42, body.ry * 0.40),
        fill=coat,
        ink=ink,
        width=width,
    )
    foot = (MIDDLE + body.rx * 0.92, GROUND - 13)
    return both_sides(haunch + _paw(sketch, foot, (body.rx * 0.40, 19)))


def _talons(sketch: Sketch) -> str:
    x = MIDDLE + sketch.growth.body.rx * 0.42
    toes = (
        oval(
            (x + dx, GROUND - 4),
            (10, 15),
            fill=sketch.paint("horn"),
            ink=sketch.palette.ink,
            width=sketch.growth.outline * 0.8,
            turn=-dx,
        )
        for dx in (-16, 16, 0)
    )
    return "".join(toes)


def _paw(sketch: Sketch, centre: tuple[float, float], radii: tuple[float, float]) -> str:
    ink, width = sketch.palette.ink, sketch.growth.outline
    x, y = centre
    fill = sketch.paint("coat")
    if sketch.dna.number("socks", 0, 1) < 0.45:
        fill = sketch.paint("belly")
    toes = "".join(
        line(
            f"M{at(x + dx, y + radii[1] * 0.25)}L{at(x + dx * 1.1, y + radii[1] * 0.82)}",
            ink=ink,
            width=width * 0.6,
        )
        for dx in (-radii[0] * 0.32, radii[0] * 0.32)
    )
    return oval(centre, radii, fill=fill, ink=ink, width=width) + toes


def front_limbs(sketch: Sketch) -> str:
    """Arms over the shell's rim, stubby arms, folded wings or front legs, by stage and plan."""
    growth = sketch.growth
    if growth.stage == HATCHLING:
        return both_sides(_paw(sketch, (MIDDLE + 62, RIM - 2), (25, 18)))
    if sketch.traits.plan is Plan.OWL:
        return both_sides(_folded_wing(sketch))
    if growth.stage == 2:
        body = growth.body
        arm = oval(
            (MIDDLE + body.rx * 0.62, body.y + 8),
            (17, 31),
            fill=sketch.paint("coat"),
            ink=sketch.palette.ink,
            width=growth.outline,
            turn=24,
        )
        return both_sides(arm)
    return both_sides(_front_leg(sketch))


def _front_leg(sketch: Sketch) -> str:
    body = sketch.growth.body
    inner, outer = MIDDLE + body.rx * 0.12, MIDDLE + body.rx * 0.60
    top, foot = body.y - body.ry * 0.08, GROUND - 16
    column = (
        f"M{at(inner + 5, top + 40)}C{at(inner, top + 70, inner, foot - 30, inner, foot)}"
        f"L{at(outer, foot)}C{at(outer, foot - 40, outer + 8, top + 50, outer + 4, top)}"
    )
    chest = f"Q{at(inner + 12, top + 4, inner + 5, top + 40)}Z"
    return (
        path(column + chest, fill=sketch.paint("coat"))
        + _side(inner, outer, top, foot, sketch)
        + _paw(sketch, ((inner + outer) / 2, GROUND - 12), (body.rx * 0.29, 18))
    )


def _side(inner: float, outer: float, top: float, foot: float, sketch: Sketch) -> str:
    width = sketch.growth.outline * 0.85
    left = f"M{at(inner + 2, top + 62)}C{at(inner, top + 80, inner, foot - 30, inner, foot)}"
    right = f"M{at(outer + 5, top + 26)}C{at(outer + 6, top + 60, outer, foot - 40, outer, foot)}"
    return line(left + right, ink=sketch.palette.ink, width=width)


def _folded_wing(sketch: Sketch) -> str:
    body, ink, width = sketch.growth.body, sketch.palette.ink, sketch.growth.outline
    x, top, low = MIDDLE + body.rx * 0.72, body.y - body.ry * 0.42, body.y + body.ry * 0.66
    d = (
        f"M{at(x, top)}C{at(x + 46, top + 12, x + 56, low - 50, x + 22, low)}"
        f"C{at(x + 2, low - 20, x - 22, top + 50, x, top)}Z"
    )
    feathers = "".join(
        line(
            f"M{at(x + 8, top + 34 + step)}Q{at(x + 22, top + 52 + step, x + 36, top + 40 + step)}",
            ink=ink,
            width=width * 0.6,
            opacity=0.7,
        )
        for step in (0, (low - top) * 0.24)
    )
    return path(d, fill=sketch.paint("mark"), ink=ink, width=width) + feathers


def ruff(sketch: Sketch) -> str:
    """The thick collar that comes with stage 4, under the head; scaly kinds have none."""
    head, stage = sketch.growth.head, sketch.growth.stage
    if stage < 4 or sketch.traits.plan in (Plan.DRAKE, Plan.NEWT):
        return ""
    paint = "mark" if sketch.traits.plan is Plan.SPRITE else "belly"
    long = 46 if stage == 4 else 66
    ink, width = sketch.palette.ink, sketch.growth.outline * 0.9
    locks = []
    for turn in (-64, 64, -43, 43, -21, 21, 0):
        x, y = MIDDLE + turn * 0.72, head.bottom - 24 - abs(turn) * 0.28
        d = (
            f"M{at(x - 22, y)}C{at(x - 28, y + long * 0.5, x - 14, y + long * 0.8, x, y + long)}"
            f"C{at(x + 14, y + long * 0.8, x + 28, y + long * 0.5, x + 22, y)}Z"
        )
        lock = path(d, fill=sketch.paint(paint), ink=ink, width=width)
        locks.append(f'<g transform="rotate({at(-turn * 0.5, x, y)})">{lock}</g>')
    return "".join(locks)


def cup_outline() -> str:
    """Path text of the lower half of the egg."""
    teeth = ((34, -20), (62, 8), (94, -16), (122, 6), (146, -4))
    points = [(0.0, RIM + 6), *((float(dx), RIM + dy) for dx, dy in teeth)]
    right = "".join(f"L{at(MIDDLE + x, y)}" for x, y in points)
    left = "".join(f"L{at(MIDDLE - x, y)}" for x, y in reversed(points))
    return (
        f"M{at(MIDDLE, RIM + 6)}{right}"
        f"C{at(MIDDLE + 142, 440, MIDDLE + 80, 474, MIDDLE, 474)}"
        f"C{at(MIDDLE - 80, 474, MIDDLE - 142, 440, MIDDLE - 146, RIM - 4)}{left}Z"
    )


def shell_cup(sketch: Sketch) -> str:
    """The lower half of the egg, in front of a hatchling."""
    ink, width = sketch.palette.ink, sketch.growth.outline
    spots = "".join(
        oval((MIDDLE + dx, y), (r, r * 0.8), fill=sketch.paint("accent"), opacity=0.8)
        for dx, y, r in ((-84, 424, 14), (-26, 448, 11), (38, 420, 16), (92, 428, 10), (2, 408, 7))
    )
    return path(cup_outline(), fill=sketch.paint("shell"), ink=ink, width=width) + spots


def shell_cap(sketch: Sketch) -> str:
    """The piece of shell that a hatchling wears on its head."""
    if sketch.growth.stage != HATCHLING:
        return ""
    top = sketch.growth.head.top
    d = (
        f"M{at(MIDDLE - 66, top + 26)}"
        f"C{at(MIDDLE - 60, top - 50, MIDDLE + 34, top - 62, MIDDLE + 52, top + 14)}"
        f"L{at(290, top + 32)}L{at(268, top + 14)}L{at(246, top + 34)}L{at(222, top + 16)}"
        f"L{at(206, top + 36)}Z"
    )
    spot = oval((240, top - 16), (12, 9), fill=sketch.paint("accent"), opacity=0.8, turn=-15)
    return (
        path(d, fill=sketch.paint("shell"), ink=sketch.palette.ink, width=sketch.growth.outline)
        + spot
    )
