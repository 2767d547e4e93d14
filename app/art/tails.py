"""The tail at a creature's side. Pure."""

from app.art.dna import Tail
from app.art.growth import GROUND
from app.art.sketch import Sketch, outlined
from app.art.strokes import MIDDLE, at, line


def tail(sketch: Sketch) -> str:
    """The tail that shows at the creature's left side."""
    draw = {
        Tail.TUFTED: _tufted_tail,
        Tail.SPADE: _spade_tail,
        Tail.FIN: _fin_tail,
        Tail.CURL: _curl_tail,
    }.get(sketch.traits.tail)
    return draw(sketch) if draw and sketch.growth.tail else ""


def _root(sketch: Sketch) -> tuple[float, float, float]:
    return MIDDLE + sketch.growth.body.rx * 0.7, GROUND - 36, sketch.growth.tail


def _cord(sketch: Sketch, d: str, thick: float) -> str:
    ink, width = sketch.palette.ink, sketch.growth.outline
    return line(d, ink=ink, width=thick + width * 2) + line(
        d, ink=sketch.paint("coat"), width=thick
    )


def _tufted_tail(sketch: Sketch) -> str:
    x, y, size = _root(sketch)
    ex, ey = x + 100 * size, y - 84 * size
    d = f"M{at(x, y)}C{at(x + 70 * size, y + 14, x + 112 * size, y - 10, ex, ey)}"
    tuft = (
        f"M{at(ex - 16 * size, ey + 12)}C{at(ex - 40 * size, ey - 22 * size, ex - 14 * size)}"
        f" {at(ey - 50 * size, ex + 10 * size, ey - 74 * size)}"
        f"C{at(ex + 36 * size, ey - 44 * size, ex + 44 * size, ey - 14 * size)}"
        f" {at(ex + 16 * size, ey + 12)}Z"
    )
    return _cord(sketch, d, 17 * size) + outlined(sketch, tuft, "mark")


def _spade_tail(sketch: Sketch) -> str:
    x, y, size = _root(sketch)
    ex, ey = x + 112 * size, y - 72 * size
    d = f"M{at(x - 20, y)}C{at(x + 60 * size, y + 34, x + 126 * size, y + 4, ex, ey)}"
    spade = (
        f"M{at(ex, ey + 14)}L{at(ex - 34 * size, ey + 2)}Q{at(ex - 8 * size, ey - 22 * size)}"
        f" {at(ex - 4 * size, ey - 60 * size)}Q{at(ex + 14 * size, ey - 20 * size)}"
        f" {at(ex + 34 * size, ey - 4)}Z"
    )
    return _cord(sketch, d, 26 * size) + outlined(sketch, spade, "accent")


def _fin_tail(sketch: Sketch) -> str:
    x, y, size = _root(sketch)
    d = (
        f"M{at(x - 24, y + 16)}C{at(x + 60 * size, y + 26, x + 96 * size, y - 20 * size)}"
        f" {at(x + 128 * size, y - 112 * size)}"
        f"C{at(x + 70 * size, y - 110 * size, x + 40 * size, y - 60 * size, x - 24, y - 40)}Z"
    )
    ribs = f"M{at(x, y - 10)}Q{at(x + 60 * size, y - 20 * size, x + 104 * size, y - 84 * size)}"
    return outlined(sketch, d, "accent") + line(ribs, ink=sketch.palette.accent_deep, width=6)


def _curl_tail(sketch: Sketch) -> str:
    x, y, size = _root(sketch)
    d = (
        f"M{at(x - 20, y)}C{at(x + 70 * size, y + 26, x + 118 * size, y - 30 * size)}"
        f" {at(x + 84 * size, y - 76 * size)}"
        f"C{at(x + 62 * size, y - 104 * size, x + 28 * size, y - 78 * size)}"
        f" {at(x + 50 * size, y - 54 * size)}"
    )
    return _cord(sketch, d, 19 * size)
