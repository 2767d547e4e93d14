"""The few SVG marks that every part of a picture is made of. Pure.

The canvas is 512 × 512 with the middle line at x = 256. Numbers are written with one decimal, so
the same picture is the same text on every machine.
"""

from collections.abc import Sequence

SIDE = 512
MIDDLE = 256.0

Cubic = tuple[float, float, float, float, float, float]
"""Two control points and an end, x measured from the middle line and y from the top."""


def at(*numbers: float) -> str:
    """Numbers as path text: one decimal, spaces between, never a negative zero."""
    return " ".join("0.0" if abs(number) < 0.05 else f"{number:.1f}" for number in numbers)


def path(d: str, *, fill: str, ink: str = "none", width: float = 0.0, opacity: float = 1.0) -> str:
    """One path with round joins; `width` is the outline's, in canvas units."""
    paint = f'fill="{fill}"'
    if width:
        paint += f' stroke="{ink}" stroke-width="{at(width)}"'
        paint += ' stroke-linejoin="round" stroke-linecap="round"'
    return f'<path d="{d}" {paint}{_faded(opacity)}/>'


def _faded(opacity: float) -> str:
    """Opacity of the paints, not of the element: that would cost the renderer a layer."""
    if opacity >= 1:
        return ""
    return f' fill-opacity="{opacity:.2f}" stroke-opacity="{opacity:.2f}"'


def line(d: str, *, ink: str, width: float, opacity: float = 1.0) -> str:
    """An open stroke without a fill."""
    return path(d, fill="none", ink=ink, width=width, opacity=opacity)


def oval(
    centre: tuple[float, float],
    radii: tuple[float, float],
    *,
    fill: str,
    ink: str = "none",
    width: float = 0.0,
    opacity: float = 1.0,
    turn: float = 0.0,
) -> str:
    """An ellipse, turned by `turn` degrees about its own centre."""
    paint = f'fill="{fill}"'
    if width:
        paint += f' stroke="{ink}" stroke-width="{at(width)}"'
    paint += _faded(opacity)
    if turn:
        paint += f' transform="rotate({at(turn, *centre)})"'
    return (
        f'<ellipse cx="{at(centre[0])}" cy="{at(centre[1])}"'
        f' rx="{at(radii[0])}" ry="{at(radii[1])}" {paint}/>'
    )


def both_sides(right: str) -> str:
    """A part of the right half, and its mirror image on the left."""
    if not right:
        return ""
    return f'{right}<g transform="matrix(-1 0 0 1 {SIDE} 0)">{right}</g>'


def symmetric(top: float, right_half: Sequence[Cubic]) -> str:
    """Path text of a closed outline, from its right half drawn from the top to the bottom."""
    parts = [f"M{at(MIDDLE, top)}"]
    for ax, ay, bx, by, x, y in right_half:
        parts.append(f"C{at(MIDDLE + ax, ay, MIDDLE + bx, by, MIDDLE + x, y)}")
    starts = [(0.0, top), *((x, y) for *_, x, y in right_half[:-1])]
    for (ax, ay, bx, by, _, _), (x, y) in zip(reversed(right_half), reversed(starts), strict=True):
        parts.append(f"C{at(MIDDLE - bx, by, MIDDLE - ax, ay, MIDDLE - x, y)}")
    return "".join(parts) + "Z"


def gradient(name: str, top: str, bottom: str) -> str:
    """A downward linear gradient over the shape it fills."""
    return (
        f'<linearGradient id="{name}" x1="0" y1="0" x2="0.25" y2="1">'
        f'<stop offset="0.1" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/>'
        "</linearGradient>"
    )


def glow(name: str, colour: str, strength: float) -> str:
    """A radial gradient that fades to nothing."""
    return (
        f'<radialGradient id="{name}"><stop offset="0.25" stop-color="{colour}"'
        f' stop-opacity="{strength:.2f}"/><stop offset="1" stop-color="{colour}"'
        ' stop-opacity="0"/></radialGradient>'
    )


def diamond(x: float, y: float, reach: float, *, fill: str, opacity: float = 1.0) -> str:
    """A four-pointed sparkle with hollow sides."""
    near = reach * 0.16
    d = (
        f"M{at(x, y - reach)}Q{at(x + near, y - near, x + reach * 0.72, y)}"
        f"Q{at(x + near, y + near, x, y + reach)}"
        f"Q{at(x - near, y + near, x - reach * 0.72, y)}Q{at(x - near, y - near, x, y - reach)}Z"
    )
    return path(d, fill=fill, opacity=opacity)
