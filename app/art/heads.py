"""The head, its ears and its horns. Pure."""

from app.art.dna import Ears, Horns
from app.art.growth import HATCHLING
from app.art.lines import Plan
from app.art.sketch import Sketch, outlined
from app.art.strokes import MIDDLE, at, both_sides, line, oval, path, symmetric


def head_outline(sketch: Sketch) -> str:
    """Path text of the head: round, wide or with tufted cheeks, by plan."""
    head = sketch.growth.head
    y, rx, ry = head.y, head.rx, head.ry
    if sketch.traits.plan is Plan.FOX:
        return symmetric(
            head.top,
            (
                (rx * 0.6, head.top, rx * 0.96, y - ry * 0.5, rx, y + ry * 0.06),
                (rx * 1.02, y + ry * 0.2, rx * 1.14, y + ry * 0.36, rx * 1.2, y + ry * 0.46),
                (rx * 1.0, y + ry * 0.62, rx * 0.5, head.bottom, 0, head.bottom),
            ),
        )
    wide = {Plan.NEWT: 1.08, Plan.DRAKE: 0.98}.get(sketch.traits.plan, 1.0)
    low = {Plan.NEWT: 0.18, Plan.DRAKE: 0.22, Plan.OWL: 0.02}.get(sketch.traits.plan, 0.12)
    return symmetric(
        head.top,
        (
            (rx * 0.6, head.top, rx * wide, y - ry * 0.5, rx * wide, y + ry * low),
            (rx * wide, y + ry * 0.72, rx * 0.58, head.bottom, 0, head.bottom),
        ),
    )


def ears(sketch: Sketch) -> str:
    """Both ears, to be drawn behind the head."""
    draw = {
        Ears.ROUND: _round_ear,
        Ears.POINTED: _pointed_ear,
        Ears.LONG: _long_ear,
        Ears.FLOPPY: _floppy_ear,
        Ears.TUFT: _tuft,
        Ears.FRILL: _frill,
        Ears.LEAF: _leaf_ear,
    }.get(sketch.traits.ears)
    return both_sides(draw(sketch)) if draw else ""


def _round_ear(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    centre = (MIDDLE + head.rx * 0.72, head.y - head.ry * 0.74)
    ink, width = sketch.palette.ink, sketch.growth.outline
    return oval(centre, (40 * size, 40 * size), fill=sketch.paint("coat"), ink=ink, width=width) + (
        oval(centre, (23 * size, 23 * size), fill=sketch.paint("mark"))
    )


def _pointed_ear(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    ax, ay = MIDDLE + head.rx * 0.18, head.y - head.ry * 0.86
    bx, by = MIDDLE + head.rx * 0.97, head.y - head.ry * 0.2
    tx, ty = MIDDLE + head.rx * 0.82 + 8 * size, head.y - head.ry * 0.8 - 72 * size
    outer = (
        f"M{at(ax, ay)}Q{at((ax + tx) / 2 - 4, ty + 26, tx, ty)}"
        f"Q{at(tx + 30, (ty + by) / 2, bx, by)}Z"
    )
    ix, iy = ax + (tx - ax) * 0.45, ay + (ty - ay) * 0.25
    inner = (
        f"M{at(ix, iy + 8)}Q{at((ix + tx) / 2, ty + 36, tx - 3, ty + 24)}"
        f"Q{at(tx + 15, (ty + by) / 2, bx - 14, by)}Z"
    )
    tip = (
        f"M{at(tx, ty)}Q{at(tx + 14, ty + 18, tx + 17, ty + 32)}"
        f"Q{at(tx - 4, ty + 20, tx - 27, ty + 26)}Q{at(tx - 12, ty + 8, tx, ty)}Z"
    )
    tipped = path(tip, fill=sketch.palette.mark_deep) if sketch.growth.stage > 2 else ""
    border = line(outer, ink=sketch.palette.ink, width=sketch.growth.outline)
    coat = path(outer, fill=sketch.paint("coat"))
    return coat + path(inner, fill=sketch.paint("belly")) + tipped + border


def _long_ear(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    centre = (MIDDLE + head.rx * 0.62, head.y - head.ry * 0.72 - 40 * size)
    ink, width = sketch.palette.ink, sketch.growth.outline
    return oval(
        centre, (27 * size, 74 * size), fill=sketch.paint("coat"), ink=ink, width=width, turn=20
    ) + oval(centre, (14 * size, 54 * size), fill=sketch.paint("mark"), turn=20)


def _floppy_ear(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    x, y = MIDDLE + head.rx * 0.62, head.y - head.ry * 0.72
    size *= 0.86
    out, low = x + 66 * size, y + 128 * size
    d = (
        f"M{at(x, y)}C{at(x + 40 * size, y - 26 * size, out + 14, y + 40 * size, out, low - 24)}"
        f"C{at(out - 8, low + 8, out - 44 * size, low, out - 46 * size, low - 34)}"
        f"C{at(out - 48 * size, y + 50 * size, x, y + 40, x - 6, y + 26)}Z"
    )
    return outlined(sketch, d, "mark")


def _tuft(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    x, y = MIDDLE + head.rx * 0.3, head.y - head.ry * 0.9
    tx, ty = MIDDLE + head.rx * 0.98, head.y - head.ry * 0.9 - 44 * size
    d = (
        f"M{at(x, y)}Q{at(x + 30, ty + 14, tx, ty)}Q{at(tx - 2, ty + 16, tx - 12, ty + 26)}"
        f"L{at(tx + 4, ty + 30)}Q{at(tx - 4, y + 34, x + 52, y + 50)}Z"
    )
    return outlined(sketch, d, "mark")


def _frill(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    fronds = []
    x, y = MIDDLE + head.rx * 0.9, head.y - head.ry * 0.05
    for turn, long in ((-52, 62), (22, 56), (-14, 72)):
        reach = long * size
        d = (
            f"M{at(x, y - 13)}"
            f"C{at(x + reach * 0.5, y - 24, x + reach, y - 18, x + reach * 1.12, y)}"
            f"C{at(x + reach, y + 18, x + reach * 0.5, y + 24, x, y + 13)}Z"
        )
        vein = line(
            f"M{at(x + 8, y)}L{at(x + reach * 0.8, y)}", ink=sketch.palette.accent_deep, width=4.5
        )
        frond = outlined(sketch, d, "accent") + vein
        fronds.append(f'<g transform="rotate({at(turn, x, y)})">{frond}</g>')
    return "".join(fronds)


def _leaf_ear(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.ear
    x, y = MIDDLE + head.rx * 0.78, head.y - head.ry * 0.34
    tx, ty = x + 88 * size, y - 54 * size
    d = (
        f"M{at(x, y + 26)}C{at(x - 4, y - 50 * size, tx - 40, ty - 8, tx, ty)}"
        f"C{at(tx + 4, y - 4, x + 50, y + 44, x, y + 26)}Z"
    )
    vein = line(
        f"M{at(x + 10, y + 12)}Q{at(x + 34, y - 16, tx - 18, ty + 16)}",
        ink=sketch.palette.mark_deep,
        width=4.5,
    )
    return outlined(sketch, d, "mark") + vein


def horns(sketch: Sketch) -> str:
    """The horns that grow behind the head."""
    draw = {Horns.SHORT: _short_horn, Horns.RAM: _ram_horn, Horns.ANTLERS: _antler}.get(
        sketch.traits.horns
    )
    return both_sides(draw(sketch)) if draw and sketch.growth.horn else ""


def crest(sketch: Sketch) -> str:
    """What grows on the forehead, in front of the head."""
    if sketch.growth.stage == HATCHLING:
        return ""
    draw = {Horns.SINGLE: _single_horn, Horns.SPROUT: _sprout}.get(sketch.traits.horns)
    return draw(sketch) if draw else ""


def _short_horn(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.horn
    x, y = MIDDLE + head.rx * 0.36, head.y - head.ry * 0.82
    tx, ty = x + 34 * size, y - 92 * size
    d = (
        f"M{at(x - 17, y + 8)}C{at(x - 14, y - 40 * size, x + 6, y - 66 * size, tx, ty)}"
        f"C{at(tx + 8, ty + 34 * size, x + 40, y - 30 * size, x + 26, y + 18)}Z"
    )
    rings = "".join(
        line(
            f"M{at(x - 10 + k * 5, y - k * 22 * size)}q 14 8 {at(32 - k * 6, 2)}",
            ink=sketch.palette.horn_deep,
            width=4,
        )
        for k in (1, 2)
    )
    return outlined(sketch, d, "horn") + (rings if size > 0.5 else "")


def _ram_horn(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.horn
    x, y = MIDDLE + head.rx * 0.5, head.y - head.ry * 0.66
    r = 50 * size
    d = (
        f"M{at(x - 16, y)}"
        f"C{at(x - 6, y - r * 1.5, x + r * 1.7, y - r * 1.4, x + r * 1.75, y - r * 0.1)}"
        f"C{at(x + r * 1.75, y + r * 0.9, x + r * 0.7, y + r * 1.0, x + r * 0.62, y + r * 0.4)}"
        f"C{at(x + r * 1.1, y + r * 0.4, x + r * 1.2, y - r * 0.5, x + r * 0.6, y - r * 0.5)}"
        f"C{at(x + r * 0.3, y - r * 0.5, x + 22, y - 4, x + 20, y + 18)}Z"
    )
    return outlined(sketch, d, "horn")


def _antler(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.horn
    x, y = MIDDLE + head.rx * 0.34, head.y - head.ry * 0.8
    tines = [
        f"M{at(x, y + 12)}C{at(x + 4, y - 34 * size, x + 40 * size, y - 40 * size)}"
        f" {at(x + 52 * size, y - 96 * size)}"
    ]
    tines.append(
        f"M{at(x + 22 * size, y - 42 * size)}Q{at(x, y - 60 * size, x + 4 * size, y - 84 * size)}"
    )
    if size > 0.6:
        tines.append(
            f"M{at(x + 38 * size, y - 56 * size)}Q{at(x + 66 * size, y - 58 * size)}"
            f" {at(x + 82 * size, y - 82 * size)}"
        )
    d = "".join(tines)
    width = 11 + 4 * size
    return line(d, ink=sketch.palette.ink, width=width + sketch.growth.outline * 2) + line(
        d, ink=sketch.palette.horn, width=width
    )


def _single_horn(sketch: Sketch) -> str:
    head, size = sketch.growth.head, sketch.growth.horn
    base, tip = head.y - head.ry * 0.62, head.top - 70 * size
    half = 14 + 5 * size
    d = f"M{at(MIDDLE - half, base)}Q{at(MIDDLE - half * 0.4, (base + tip) / 2, MIDDLE, tip)}"
    d += f"Q{at(MIDDLE + half * 0.4, (base + tip) / 2, MIDDLE + half, base)}"
    d += f"Q{at(MIDDLE, base + 12, MIDDLE - half, base)}Z"
    bands = "".join(
        line(
            f"M{at(MIDDLE - half * w, base + (tip - base) * k)}"
            f"L{at(MIDDLE + half * w, base + (tip - base) * k - 9)}",
            ink=sketch.palette.accent_deep,
            width=4,
        )
        for k, w in ((0.2, 0.66), (0.42, 0.46), (0.62, 0.28))
    )
    return outlined(sketch, d, "accent") + bands


def _sprout(sketch: Sketch) -> str:
    head, size = sketch.growth.head, 0.5 + sketch.growth.horn * 0.7
    y, top = head.top + 8, head.top - 36 * size
    stem = f"M{at(MIDDLE, y)}Q{at(MIDDLE + 4, (y + top) / 2, MIDDLE, top)}"
    ink, width = sketch.palette.ink, sketch.growth.outline
    leaf = (
        f"M{at(MIDDLE, top)}C{at(MIDDLE + 8, top - 34 * size, MIDDLE + 44 * size, top - 40 * size)}"
        f" {at(MIDDLE + 58 * size, top - 20 * size)}"
        f"C{at(MIDDLE + 46 * size, top + 6, MIDDLE + 20, top + 10, MIDDLE, top)}Z"
    )
    petals = both_sides(outlined(sketch, leaf, "accent"))
    bud = oval(
        (MIDDLE, top), (11 * size, 11 * size), fill=sketch.paint("horn"), ink=ink, width=width
    )
    flower = bud if sketch.growth.stage > 3 else ""
    return (
        line(stem, ink=ink, width=15)
        + line(stem, ink=sketch.palette.mark, width=6)
        + petals
        + flower
    )
