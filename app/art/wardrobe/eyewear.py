"""What is worn on the face. Pure."""

from app.art.faces import eye_place
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, both_sides, line, oval, path
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import heart
from app.art.wardrobe.worn import Worn


def eyewear(sketch: Sketch, design: Design) -> Worn:
    """The glasses, patch or mask of a design on the face of a sketch."""
    draw = {
        "glasses": _glasses,
        "sunglasses": _sunglasses,
        "monocle": _monocle,
        "eyepatch": _eyepatch,
        "hearts": _hearts,
        "mask": _mask,
        "goggles": _goggles,
    }[design.kind]
    return Worn(draw(sketch, design))


def _lens(sketch: Sketch) -> tuple[float, float, float]:
    """The right lens: its middle and its radius."""
    apart, y = eye_place(sketch)
    return MIDDLE + apart, y, min(sketch.growth.eye * 1.42, apart * 0.86)


def _framed(design: Design, d: str, name: str, thick: float) -> str:
    return line(d, ink=design.ink, width=thick + 6.5) + line(d, ink=design.paint(name), width=thick)


def _temples(sketch: Sketch, x: float, y: float, r: float) -> str:
    edge = MIDDLE + sketch.growth.head.rx * 0.96
    return f"M{at(x + r * 0.95, y - r * 0.3)}L{at(max(edge, x + r + 4), y - r * 0.55)}"


def _bridge(x: float, y: float, r: float) -> str:
    inner = x - r
    return f"M{at(2 * MIDDLE - inner, y - 2)}Q{at(MIDDLE, y - r * 0.5, inner, y - 2)}"


def _ring(x: float, y: float, rx: float, ry: float) -> str:
    return (
        f"M{at(x - rx, y)}A{at(rx, ry)} 0 1 1 {at(x + rx, y)}A{at(rx, ry)} 0 1 1 {at(x - rx, y)}Z"
    )


def _glasses(sketch: Sketch, design: Design) -> str:
    x, y, r = _lens(sketch)
    ring = _framed(design, _ring(x, y, r, r) + _temples(sketch, x, y, r), "main", 6)
    pane = oval((x, y), (r, r), fill="#ffffff", opacity=0.16)
    glint = line(
        f"M{at(x + r * 0.2, y - r * 0.66)}L{at(x + r * 0.62, y - r * 0.2)}",
        ink="#ffffff",
        width=5,
        opacity=0.75,
    )
    return both_sides(pane + glint + ring) + _framed(design, _bridge(x, y, r), "main", 6)


def _sunglasses(sketch: Sketch, design: Design) -> str:
    x, y, r = _lens(sketch)
    wide = r * 1.08
    d = (
        f"M{at(x - wide, y - r * 0.72)}Q{at(x, y - r * 0.98, x + wide, y - r * 0.78)}"
        f"C{at(x + wide * 1.1, y + r * 0.4, x + wide * 0.5, y + r * 0.95, x, y + r * 0.9)}"
        f"C{at(x - wide * 0.7, y + r * 0.88, x - wide * 1.02, y + r * 0.1)}"
        f" {at(x - wide, y - r * 0.72)}Z"
    )
    temples = f"M{at(x + wide, y - r * 0.7)}L{at(x + wide + 12, y - r * 0.78)}"
    bar = f"M{at(2 * MIDDLE - x + wide, y - r * 0.6)}L{at(x - wide, y - r * 0.6)}"
    tint = oval((x, y + r * 0.9), (wide, r * 0.8), fill=design.paint("main"), opacity=0.55)
    glint = path(
        f"M{at(x - wide * 0.66, y - r * 0.5)}L{at(x - wide * 0.2, y - r * 0.56)}"
        f"L{at(x - wide * 0.5, y + r * 0.24)}Z",
        fill="#ffffff",
        opacity=0.55,
    )
    name = f"{design.prefix}-pane"
    pane = (
        f'<clipPath id="{name}"><path d="{d}"/></clipPath>'
        + path(d, fill=design.paint("night"))
        + f'<g clip-path="url(#{name})">{tint}</g>'
        + glint
        + line(d, ink=design.ink, width=6)
    )
    return both_sides(_framed(design, temples, "main", 6) + pane) + _framed(design, bar, "main", 6)


def _monocle(sketch: Sketch, design: Design) -> str:
    x, y, r = _lens(sketch)
    chain = (
        f"M{at(x + r * 0.5, y + r * 0.9)}Q{at(x + r * 1.6, y + r * 2.2, x + r * 0.6, y + r * 3)}"
    )
    dotted = line(chain, ink=design.ink, width=6.5) + line(chain, ink="#ffd76a", width=2.8)
    glint = line(
        f"M{at(x + r * 0.2, y - r * 0.66)}L{at(x + r * 0.62, y - r * 0.2)}",
        ink="#ffffff",
        width=5,
        opacity=0.85,
    )
    pane = oval((x, y), (r, r), fill="#ffffff", opacity=0.22)
    return dotted + pane + glint + _framed(design, _ring(x, y, r, r), "gold", 7)


def _eyepatch(sketch: Sketch, design: Design) -> str:
    head = sketch.growth.head
    x, y, r = _lens(sketch)
    strap = (
        f"M{at(MIDDLE - head.rx * 0.86, y - head.ry * 0.50)}"
        f"Q{at(MIDDLE, y - head.ry * 0.56, x, y)}L{at(MIDDLE + head.rx * 0.97, y + head.ry * 0.05)}"
    )
    d = (
        f"M{at(x - r * 1.02, y - r * 0.72)}Q{at(x, y - r * 1.2, x + r * 1.02, y - r * 0.72)}"
        f"C{at(x + r * 1.1, y + r * 0.6, x + r * 0.5, y + r * 1.1, x, y + r * 1.1)}"
        f"C{at(x - r * 0.5, y + r * 1.1, x - r * 1.1, y + r * 0.6, x - r * 1.02, y - r * 0.72)}Z"
    )
    mark = path(heart(x, y + r * 0.1, r * 0.42), fill=design.paint("main"))
    return line(strap, ink=design.ink, width=7) + design.shape(d, "night") + mark


def _hearts(sketch: Sketch, design: Design) -> str:
    x, y, r = _lens(sketch)
    pane = heart(x, y + r * 0.08, r * 1.08)
    glint = oval((x - r * 0.48, y - r * 0.36), (r * 0.2, r * 0.14), fill="#ffffff", turn=-30)
    lens = path(pane, fill=design.paint("main"), opacity=0.82) + glint
    frame = _framed(design, pane + _temples(sketch, x, y, r * 0.9), "trim", 4.5)
    return both_sides(lens + frame) + _framed(design, _bridge(x, y, r * 0.82), "trim", 4.5)


def _mask(sketch: Sketch, design: Design) -> str:
    head = sketch.growth.head
    x, y, r = _lens(sketch)
    edge = max(MIDDLE + head.rx * 0.92, x + r * 1.1) - MIDDLE
    high, low = y - r * 1.45, y + r * 1.3
    hole, deep = r * 0.98, r * 1.04
    d = (
        f"M{at(MIDDLE, high + r * 0.5)}"
        f"C{at(MIDDLE + edge * 0.3, high, MIDDLE + edge * 0.8, high - 4)}"
        f" {at(MIDDLE + edge * 1.08, y - r * 1.1)}"
        f"C{at(MIDDLE + edge * 1.02, y + r * 0.4, MIDDLE + edge * 0.8, low, x - r * 0.2, low)}"
        f"Q{at(MIDDLE + 10, low - 4, MIDDLE, y + r * 0.5)}Z"
        f"M{at(x - hole, y)}A{at(hole, deep)} 0 1 0 {at(x + hole, y)}"
        f"A{at(hole, deep)} 0 1 0 {at(x - hole, y)}Z"
    )
    half = path(d, fill=design.paint("main"))
    rim = line(d, ink=design.ink, width=5)
    seam = line(
        f"M{at(MIDDLE, high + r * 0.5)}L{at(MIDDLE, y + r * 0.5)}",
        ink=design.colours["main"][0],
        width=7,
    )
    dots = "".join(
        oval((MIDDLE + edge * dx, y - r * dy), (4.4, 4.4), fill=design.paint("gold"))
        for dx, dy in ((0.94, 0.86), (0.80, 1.14), (0.64, 1.24))
    )
    return both_sides(rim + half + dots) + seam


def _goggles(sketch: Sketch, design: Design) -> str:
    head = sketch.growth.head
    y = head.y - head.ry * 0.52
    rx, ry = head.rx * 0.33, head.ry * 0.27
    x = MIDDLE + rx * 1.08
    strap = f"M{at(MIDDLE - head.rx * 0.92, y + 8)}Q{at(MIDDLE, y - 22)}"
    strap += f" {at(MIDDLE + head.rx * 0.92, y + 8)}"
    glint = line(
        f"M{at(x - rx * 0.4, y - ry * 0.1)}L{at(x + rx * 0.1, y - ry * 0.55)}",
        ink="#ffffff",
        width=6,
        opacity=0.85,
    )
    lens = design.disc(x, y, rx, ry, "leather") + oval(
        (x, y), (rx * 0.74, ry * 0.72), fill=design.paint("main"), ink=design.ink, width=3.6
    )
    return _framed(design, strap, "leather", 15) + both_sides(lens + glint)
