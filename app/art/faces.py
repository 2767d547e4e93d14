"""Eyes, mouth, cheeks, and what age does to a face. Pure."""

from app.art.dna import Eyes, Horns, Mouth
from app.art.growth import ELDER
from app.art.lines import Plan
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, both_sides, diamond, line, oval, path


def face(sketch: Sketch) -> str:
    """Everything on the front of the head."""
    return _muzzle(sketch) + _cheeks(sketch) + _eyes(sketch) + _mouth(sketch) + _age(sketch)


def eye_place(sketch: Sketch) -> tuple[float, float]:
    """The eye's distance from the middle line, and its height."""
    head = sketch.growth.head
    apart = {Plan.NEWT: 0.58, Plan.OWL: 0.40}.get(sketch.traits.plan, 0.46)
    return head.rx * apart, head.y + head.ry * 0.12


def _muzzle(sketch: Sketch) -> str:
    head, plan = sketch.growth.head, sketch.traits.plan
    if plan is Plan.OWL:
        apart, y = eye_place(sketch)
        disc = (MIDDLE + apart, y)
        radii = (head.rx * 0.44, head.ry * 0.50)
        return both_sides(oval(disc, radii, fill=sketch.paint("belly")))
    if plan in (Plan.CUB, Plan.DRAKE):
        centre = (MIDDLE, head.y + head.ry * 0.55)
        return oval(centre, (head.rx * 0.36, head.ry * 0.30), fill=sketch.paint("belly"))
    if plan is Plan.FOX:
        x, y = head.rx, head.y
        d = (
            f"M{at(MIDDLE, y + head.ry * 0.22)}"
            f"C{at(MIDDLE + x * 0.3, y + head.ry * 0.62, MIDDLE + x * 0.7, y + head.ry * 0.44)}"
            f" {at(MIDDLE + x * 1.13, y + head.ry * 0.47)}"
            f"C{at(MIDDLE + x * 0.9, y + head.ry * 0.66, MIDDLE + x * 0.5, head.bottom - 3)}"
            f" {at(MIDDLE, head.bottom - 3)}Z"
        )
        return both_sides(path(d, fill=sketch.paint("belly")))
    return ""


def _cheeks(sketch: Sketch) -> str:
    head = sketch.growth.head
    apart, y = eye_place(sketch)
    size = 0.9 if sketch.growth.stage > 3 else 1.15
    centre = (MIDDLE + apart + head.rx * 0.2, y + head.ry * 0.36)
    return both_sides(oval(centre, (26 * size, 19 * size), fill=sketch.paint("blush")))


def _eyes(sketch: Sketch) -> str:
    apart, y = eye_place(sketch)
    return _eye(sketch, MIDDLE - apart, y, -1) + _eye(sketch, MIDDLE + apart, y, 1)


def _eye(sketch: Sketch, x: float, y: float, side: int) -> str:
    """One eye; the light comes from the left on both, so an eye is not its twin's mirror."""
    kind, r, palette = sketch.traits.eyes, sketch.growth.eye, sketch.palette
    rx = r * {Eyes.TALL: 0.80, Eyes.SLIT: 0.98}.get(kind, 0.92)
    ry = r * {Eyes.TALL: 1.20, Eyes.SLIT: 1.04}.get(kind, 1.08)
    parts = [oval((x, y), (rx, ry), fill=palette.ink)]
    parts.append(oval((x, y + ry * 0.08), (rx * 0.84, ry * 0.84), fill=sketch.paint("iris")))
    if kind is Eyes.SLIT:
        parts.append(oval((x, y), (rx * 0.26, ry * 0.70), fill=palette.ink))
    else:
        parts.append(oval((x, y - ry * 0.06), (rx * 0.54, ry * 0.58), fill=palette.ink))
    if kind is Eyes.STARRY:
        parts.append(diamond(x - rx * 0.20, y - ry * 0.28, r * 0.52, fill="#ffffff"))
    else:
        glint = (x - rx * 0.30, y - ry * 0.40)
        parts.append(oval(glint, (rx * 0.33, ry * 0.31), fill="#ffffff", turn=-20))
    parts.append(
        oval((x + rx * 0.36, y + ry * 0.42), (r * 0.14, r * 0.14), fill="#ffffff", opacity=0.9)
    )
    parts.append(_lid(sketch, x, y, rx, ry, side))
    return "".join(parts)


def _lid(sketch: Sketch, x: float, y: float, rx: float, ry: float, side: int) -> str:
    """The upper lid: a lash when young, calm and half lowered on an elder."""
    ink, width = sketch.palette.ink, sketch.growth.outline
    if sketch.growth.stage < ELDER:
        lash = f"M{at(x + side * rx * 0.82, y - ry * 0.62)}l{at(side * 9, -7)}"
        return line(lash, ink=ink, width=width * 0.8)
    cut = y - ry * 0.50
    arch = f"Q{at(x, cut - ry * 0.42, x + rx * 1.08, cut + 3)}"
    d = (
        f"M{at(x - rx * 1.08, cut + 3)}{arch}"
        f"C{at(x + rx * 0.8, y - ry * 1.4, x - rx * 0.8, y - ry * 1.4, x - rx * 1.08, cut + 3)}Z"
    )
    edge = (
        f"M{at(x - rx * 1.08, cut + 3)}{arch}M{at(x + side * rx * 1.08, cut + 3)}l{at(side * 8, 2)}"
    )
    return path(d, fill=sketch.palette.coat) + line(edge, ink=ink, width=width * 0.85)


def _mouth(sketch: Sketch) -> str:
    draw = {
        Mouth.CAT: _cat_mouth,
        Mouth.SMILE: _smile,
        Mouth.OPEN: _open_mouth,
        Mouth.FANG: _fang,
        Mouth.BEAK: _beak,
    }[sketch.traits.mouth]
    return draw(sketch)


def _place(sketch: Sketch) -> tuple[float, float]:
    """The mouth's height, and its size as a factor."""
    head = sketch.growth.head
    return head.y + head.ry * 0.52, head.rx / 110


def _nose(sketch: Sketch, y: float, k: float) -> str:
    if sketch.traits.plan in (Plan.NEWT, Plan.SPRITE):
        return ""
    if sketch.traits.plan is Plan.DRAKE:
        return both_sides(oval((MIDDLE + 9 * k, y - 12 * k), (3.2, 4.4), fill=sketch.palette.ink))
    d = (
        f"M{at(MIDDLE - 12 * k, y - 17 * k)}Q{at(MIDDLE, y - 23 * k, MIDDLE + 12 * k, y - 17 * k)}"
        f"Q{at(MIDDLE + 9 * k, y - 4 * k, MIDDLE, y - 3 * k)}"
        f"Q{at(MIDDLE - 9 * k, y - 4 * k, MIDDLE - 12 * k, y - 17 * k)}Z"
    )
    shine = oval((MIDDLE - 4 * k, y - 16 * k), (3.5 * k, 2.2 * k), fill="#ffffff", opacity=0.7)
    return path(d, fill=sketch.palette.ink) + shine


def _cat_mouth(sketch: Sketch) -> str:
    y, k = _place(sketch)
    d = (
        f"M{at(MIDDLE - 22 * k, y + 6 * k)}Q{at(MIDDLE - 11 * k, y + 19 * k, MIDDLE, y + 6 * k)}"
        f"Q{at(MIDDLE + 11 * k, y + 19 * k, MIDDLE + 22 * k, y + 6 * k)}"
        f"M{at(MIDDLE, y + 6 * k)}L{at(MIDDLE, y - 4 * k)}"
    )
    return line(d, ink=sketch.palette.ink, width=4.5) + _nose(sketch, y, k)


def _smile(sketch: Sketch) -> str:
    y, k = _place(sketch)
    wide = 34 if sketch.traits.plan is Plan.NEWT else 22
    d = f"M{at(MIDDLE - wide * k, y)}Q{at(MIDDLE, y + 24 * k, MIDDLE + wide * k, y)}"
    return line(d, ink=sketch.palette.ink, width=4.8) + _nose(sketch, y, k)


def _open_mouth(sketch: Sketch) -> str:
    y, k = _place(sketch)
    d = (
        f"M{at(MIDDLE - 20 * k, y + 3 * k)}Q{at(MIDDLE, y + 9 * k, MIDDLE + 20 * k, y + 3 * k)}"
        f"C{at(MIDDLE + 18 * k, y + 32 * k, MIDDLE - 18 * k, y + 32 * k)}"
        f" {at(MIDDLE - 20 * k, y + 3 * k)}Z"
    )
    tongue = oval((MIDDLE, y + 20 * k), (10 * k, 6 * k), fill=sketch.palette.blush)
    ink = sketch.palette.ink
    return path(d, fill=ink, ink=ink, width=4) + tongue + _nose(sketch, y, k)


def _fang(sketch: Sketch) -> str:
    y, k = _place(sketch)
    x = MIDDLE + 13 * k
    tooth = f"M{at(x - 6 * k, y + 9 * k)}L{at(x, y + 20 * k)}L{at(x + 6 * k, y + 7 * k)}Z"
    fangs = path(tooth, fill="#ffffff", ink=sketch.palette.ink, width=2.5)
    d = f"M{at(MIDDLE - 24 * k, y + 3 * k)}Q{at(MIDDLE, y + 21 * k, MIDDLE + 24 * k, y + 3 * k)}"
    return both_sides(fangs) + line(d, ink=sketch.palette.ink, width=4.8) + _nose(sketch, y, k)


def _beak(sketch: Sketch) -> str:
    y, k = _place(sketch)
    y -= 18 * k
    d = (
        f"M{at(MIDDLE - 18 * k, y)}Q{at(MIDDLE, y - 14 * k, MIDDLE + 18 * k, y)}"
        f"Q{at(MIDDLE + 8 * k, y + 26 * k, MIDDLE, y + 30 * k)}"
        f"Q{at(MIDDLE - 8 * k, y + 26 * k, MIDDLE - 18 * k, y)}Z"
    )
    return path(d, fill=sketch.paint("horn"), ink=sketch.palette.ink, width=5)


def _age(sketch: Sketch) -> str:
    """The mark on the forehead from stage 4, and an elder's brows."""
    stage, head = sketch.growth.stage, sketch.growth.head
    if stage < 4:
        return ""
    horned = sketch.traits.horns is Horns.SINGLE
    gem = (MIDDLE, head.y - head.ry * 0.48)
    reach = 15 if stage == 4 else 21
    mark = diamond(*gem, reach + 5, fill=sketch.palette.ink) + diamond(
        *gem, reach, fill=sketch.palette.glow
    )
    mark = "" if horned else mark
    if stage < ELDER:
        return mark
    apart, y = eye_place(sketch)
    x, top = MIDDLE + apart - 20, y - sketch.growth.eye * 1.62
    brow = (
        f"M{at(x, top - 2)}C{at(x + 12, top - 17, x + 38, top - 14, x + 62, top + 10)}"
        f"C{at(x + 40, top - 1, x + 18, top - 4, x, top - 2)}Z"
    )
    return mark + both_sides(
        path(brow, fill=sketch.paint("belly"), ink=sketch.palette.ink, width=3.2)
    )
