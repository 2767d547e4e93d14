"""The marks on head and torso. They come with stage 2 and deepen with age. Pure."""

from app.art.dna import Pattern
from app.art.growth import HATCHLING, Round
from app.art.heads import head_outline
from app.art.lines import Plan
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, both_sides, oval, path


def head_marks(sketch: Sketch) -> str:
    """The pattern on the head and the light on its brow, clipped to its outline."""
    head, clip = sketch.growth.head, f"{sketch.prefix}-head"
    draw = {
        Pattern.SPOTS: _head_spots,
        Pattern.STRIPES: _head_stripes,
        Pattern.PATCH: _patch,
        Pattern.FRECKLES: _freckles,
        Pattern.MASK: _mask,
    }.get(sketch.traits.pattern)
    marks = draw(sketch) if draw else ""
    shine = oval(
        (MIDDLE - head.rx * 0.38, head.y - head.ry * 0.62),
        (head.rx * 0.46, head.ry * 0.34),
        fill=sketch.paint("shine"),
        turn=-24,
    )
    return (
        f'<clipPath id="{clip}"><path d="{head_outline(sketch)}"/></clipPath>'
        f'<g clip-path="url(#{clip})">{marks}{shine}</g>'
    )


def torso_marks(sketch: Sketch) -> str:
    """The pattern on the flanks, clipped to the torso that `bodies.torso` has defined."""
    pattern, body = sketch.traits.pattern, sketch.growth.body
    if sketch.growth.stage == HATCHLING or sketch.traits.plan is Plan.OWL:
        return ""
    if pattern is Pattern.STRIPES:
        marks = both_sides("".join(_flank_stripe(sketch, body, row) for row in range(4)))
    elif pattern is Pattern.SPOTS:
        spots = (
            (0.80, -0.12, 15),
            (0.94, 0.26, 12),
            (0.72, 0.42, 9),
            (-0.86, 0.04, 13),
            (-0.92, 0.44, 15),
            (-0.64, -0.34, 8),
        )
        marks = "".join(
            oval(
                (MIDDLE + dx * body.rx, body.y + dy * body.ry),
                (r, r * 1.1),
                fill=sketch.paint("mark"),
                opacity=_depth(sketch),
            )
            for dx, dy, r in spots
        )
    else:
        return ""
    return f'<g clip-path="url(#{sketch.prefix}-torso)">{marks}</g>'


def _depth(sketch: Sketch) -> float:
    """How strongly a pattern shows: faint on the young."""
    return {1: 0.55, 2: 0.75}.get(sketch.growth.stage, 0.92)


def _head_spots(sketch: Sketch) -> str:
    head = sketch.growth.head
    spots = (
        (-0.52, -0.66, 0.15),
        (-0.22, -0.84, 0.10),
        (0.46, -0.72, 0.17),
        (0.76, -0.40, 0.11),
        (-0.84, -0.28, 0.10),
        (0.16, -0.90, 0.08),
        (0.92, 0.16, 0.09),
        (-0.95, 0.20, 0.12),
    )
    return "".join(
        oval(
            (MIDDLE + dx * head.rx, head.y + dy * head.ry),
            (r * head.rx, r * head.rx * 0.9),
            fill=sketch.paint("mark"),
            opacity=_depth(sketch),
        )
        for dx, dy, r in spots
    )


def _head_stripes(sketch: Sketch) -> str:
    head = sketch.growth.head
    middle = _wedge(MIDDLE, head.top - 4, 11, head.ry * 0.5)
    side = _wedge(MIDDLE + head.rx * 0.30, head.top, 10, head.ry * 0.42)
    cheek = "".join(
        path(
            f"M{at(MIDDLE + head.rx * 1.1, y - 9)}Q{at(MIDDLE + head.rx * 0.9, y - 6)}"
            f" {at(MIDDLE + head.rx * 0.70, y + 5)}Q{at(MIDDLE + head.rx * 0.9, y + 8)}"
            f" {at(MIDDLE + head.rx * 1.1, y + 9)}Z",
            fill=sketch.paint("mark"),
            opacity=_depth(sketch),
        )
        for y in (head.y + head.ry * 0.02, head.y + head.ry * 0.30)
    )
    crown = path(middle, fill=sketch.paint("mark"), opacity=_depth(sketch))
    return crown + both_sides(path(side, fill=sketch.paint("mark"), opacity=_depth(sketch)) + cheek)


def _wedge(x: float, y: float, half: float, long: float) -> str:
    return (
        f"M{at(x - half, y)}Q{at(x - half * 0.6, y + long * 0.6, x, y + long)}"
        f"Q{at(x + half * 0.6, y + long * 0.6, x + half, y)}Z"
    )


def _flank_stripe(sketch: Sketch, body: Round, row: int) -> str:
    y = body.y - body.ry * 0.25 + row * body.ry * 0.26
    d = (
        f"M{at(MIDDLE + body.rx * 1.1, y - 10)}Q{at(MIDDLE + body.rx * 0.85, y - 5)}"
        f" {at(MIDDLE + body.rx * 0.60, y + 8)}Q{at(MIDDLE + body.rx * 0.85, y + 11)}"
        f" {at(MIDDLE + body.rx * 1.1, y + 12)}Z"
    )
    return path(d, fill=sketch.paint("mark"), opacity=_depth(sketch))


def _patch(sketch: Sketch) -> str:
    head = sketch.growth.head
    side = 1 if sketch.dna.number("patch", 0, 1) < 0.5 else -1
    centre = (MIDDLE + side * head.rx * 0.52, head.y - head.ry * 0.06)
    return oval(
        centre,
        (head.rx * 0.42, head.ry * 0.56),
        fill=sketch.paint("mark"),
        opacity=_depth(sketch),
        turn=side * 18,
    )


def _freckles(sketch: Sketch) -> str:
    head = sketch.growth.head
    spots = ((0.62, 0.52), (0.74, 0.44), (0.70, 0.60))
    return both_sides(
        "".join(
            oval(
                (MIDDLE + dx * head.rx, head.y + dy * head.ry),
                (3.6, 3.4),
                fill=sketch.palette.mark_deep,
            )
            for dx, dy in spots
        )
    )


def _mask(sketch: Sketch) -> str:
    head = sketch.growth.head
    d = (
        f"M{at(MIDDLE, head.y - head.ry * 0.30)}"
        f"C{at(MIDDLE + head.rx * 0.10, head.y - head.ry * 0.72, MIDDLE + head.rx * 0.78)}"
        f" {at(head.y - head.ry * 0.68, MIDDLE + head.rx * 0.80, head.y + head.ry * 0.10)}"
        f"C{at(MIDDLE + head.rx * 0.80, head.y + head.ry * 0.86, MIDDLE + head.rx * 0.4)}"
        f" {at(head.bottom, MIDDLE, head.bottom)}Z"
    )
    return both_sides(path(d, fill=sketch.paint("belly")))
