"""Backgrounds: scenes that fill the picture, with ground to stand on. Pure."""

import math

from app.art.strokes import SIDE, at, diamond, gradient, line, oval, path
from app.art.wardrobe.backdrops_far import arena, galaxy, ocean
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import flower, placed, rectangle
from app.art.wardrobe.scenery import cloud, hills, sky, trunk
from app.art.wardrobe.worn import Worn


def backdrop(design: Design) -> Worn:
    """The scene of a design; wide, calm, and lighter than what stands in front of it."""
    draw = {
        "meadow": _meadow,
        "night": _night,
        "beach": _beach,
        "forest": _forest,
        "snow": _snow,
        "ocean": ocean,
        "arena": arena,
        "galaxy": galaxy,
    }[design.kind]
    name = f"{design.prefix}-scene"
    frame = f'<clipPath id="{name}"><rect width="{SIDE}" height="{SIDE}"/></clipPath>'
    return Worn(f'{frame}<g clip-path="url(#{name})">{draw(design)}</g>')


def _meadow(design: Design) -> str:
    sun = oval((404, 100), (64, 64), fill="#fff3b8", opacity=0.5) + oval(
        (404, 100), (42, 42), fill="#ffe37a"
    )
    clouds = cloud(110, 92, 1.0) + cloud(300, 52, 0.62) + cloud(470, 190, 0.6)
    land = (
        hills(design, "far", 330, 34, ("#bfe6a4", "#9fd58a"), 0.4)
        + hills(design, "mid", 372, 24, ("#a5db84", "#82c56c"), 2.0)
        + hills(design, "near", 422, 12, ("#8bcf6a", "#5fae52"), 3.6)
    )
    blooms = "".join(
        flower(design, x, y, r, ("main", "pale", "trim")[number % 3])
        for number, (x, y, r) in enumerate(
            ((36, 448, 15), (92, 484, 18), (152, 496, 13), (364, 494, 15), (430, 482, 18))
        )
    )
    blooms += flower(design, 482, 446, 14, "trim") + flower(design, 20, 496, 13, "pale")
    return sky(design, "#bfe4ff", "#f3fbff") + sun + clouds + land + blooms


def _night(design: Design) -> str:
    moon = oval((400, 108), (84, 84), fill="#fff2c4", opacity=0.14)
    moon += oval((400, 108), (52, 52), fill="#fff2c4")
    moon += "".join(
        oval((x, y), (r, r), fill="#ecd9a0", opacity=0.8)
        for x, y, r in ((384, 94, 10), (416, 120, 13), (408, 84, 6))
    )
    stars = []
    for number in range(34):
        x = design.dna.number(f"star-x{number}", 8, SIDE - 8)
        y = design.dna.number(f"star-y{number}", 8, 300)
        r = design.dna.number(f"star-r{number}", 2, 5)
        stars.append(diamond(x, y, r + 2, fill="#fdf6d8", opacity=0.9))
    land = (
        hills(design, "far", 350, 30, ("#4b4f96", "#3c4080"), 1.0)
        + hills(design, "mid", 396, 20, ("#3b3f7a", "#2f3266"), 2.7)
        + hills(design, "near", 434, 10, ("#2f3468", "#232750"), 4.0)
    )
    return sky(design, "#262a5e", "#7a6bb8") + "".join(stars) + moon + land


def _beach(design: Design) -> str:
    sun = oval((256, 236), (120, 120), fill="#fff1b0", opacity=0.45) + oval(
        (256, 236), (78, 78), fill="#ffe07a"
    )
    sea = gradient(f"{design.prefix}-sea", "#5cc6d8", "#2f97bd") + rectangle(
        0, 272, SIDE, 140, f"url(#{design.prefix}-sea)"
    )
    glints = "".join(
        line(f"M{at(x, y)}q{at(w / 2, -5, w, 0)}", ink="#ffffff", width=4.5, opacity=0.7)
        for x, y, w in (
            (30, 306, 46),
            (120, 336, 34),
            (400, 312, 60),
            (350, 350, 40),
            (60, 366, 40),
        )
    )
    foam = hills(design, "foam", 394, 9, ("#ffffff", "#e8fbff"), 0.2)
    sand = hills(design, "sand", 406, 9, ("#fbe7b5", "#eccb88"), 0.2)
    palm = line("M486 470C470 370 462 290 432 208", ink="#8a5a35", width=19)
    for turn, long in ((-172, 112), (-140, 120), (-96, 104), (-48, 104), (-10, 92), (26, 84)):
        leaf = path(
            f"M0 0Q{at(long * 0.5, -34, long, 16)}Q{at(long * 0.5, -4)} 0 0Z",
            fill="#3fa864",
            ink="#2b7f4c",
            width=3,
        )
        mirrored = leaf if abs(turn) < 90 else f'<g transform="scale(1 -1)">{leaf}</g>'
        palm += placed(mirrored, 432, 208, 1, turn)
    shell = placed(design.shape("M-20 8Q-22 -18 0 -20Q22 -18 20 8Q0 16 -20 8Z", "main", width=4)
                   + line("M0 -18L0 10M-9 -15L-12 9M9 -15L12 9", ink=design.ink, width=2.6),
                   66, 470, 1, -14)  # fmt: skip
    return sky(design, "#ffb88c", "#fff0d0") + sun + sea + glints + foam + sand + palm + shell


def _forest(design: Design) -> str:
    far = "".join(trunk(x, 400, 26, "#a9d2b4") for x in (70, 176, 330, 452))
    near = "".join(trunk(x, 452, 44, "#6f8f6a") for x in (10, 500))
    leaves = "".join(
        oval((x, y), (r, r * 0.8), fill=colour)
        for x, y, r, colour in (
            (0, 10, 130, "#6fb07a"),
            (140, -14, 110, "#86c28a"),
            (270, -30, 120, "#78b981"),
            (400, -14, 110, "#86c28a"),
            (516, 14, 130, "#6fb07a"),
        )
    )
    rays = path("M210 0L300 0L250 440L90 440Z", fill="#fffbe0", opacity=0.28) + path(
        "M340 0L390 0L430 440L320 440Z", fill="#fffbe0", opacity=0.22
    )
    land = hills(design, "mid", 398, 14, ("#9bd08d", "#7ab873"), 1.4) + hills(
        design, "near", 432, 9, ("#7fbd72", "#559655"), 3.2
    )
    caps = "".join(_mushroom(design, x, y, s) for x, y, s in ((62, 470, 1.0), (446, 482, 0.8)))
    caps += _mushroom(design, 98, 486, 0.6)
    return sky(design, "#cdeecb", "#eefbe2") + far + rays + leaves + near + land + caps


def _mushroom(design: Design, x: float, y: float, scale: float) -> str:
    stalk = design.shape("M-10 0L-8 -28L8 -28L10 0Q0 6 -10 0Z", "cream", width=4)
    cap = design.shape("M-32 -24C-30 -64 30 -64 32 -24Q0 -14 -32 -24Z", "main", width=4)
    dots = "".join(
        oval((dx, dy), (r, r), fill="#ffffff", opacity=0.9)
        for dx, dy, r in ((-14, -36, 5), (4, -45, 5.4), (17, -32, 4))
    )
    return placed(stalk + cap + dots, x, y, scale)


def _snow(design: Design) -> str:
    peaks = path("M-30 400L110 150L190 290L270 120L420 330L480 250L560 400Z", fill="#b9cfe8")
    caps = path(
        "M110 150L72 218L96 206L114 226L134 204L147 216ZM270 120L226 206L250 194L272 218L292 192"
        "L318 188Z",
        fill="#ffffff",
    )
    firs = "".join(
        placed(
            path("M0 -110L34 -54L18 -58L46 -10L-46 -10L-18 -58L-34 -54Z", fill="#6d9aa6")
            + path("M0 -110L17 -82L0 -74L-17 -82Z", fill="#ffffff"),
            x,
            y,
            s,
        )
        for x, y, s in ((44, 420, 1.1), (108, 408, 0.7), (474, 420, 1.15), (410, 404, 0.66))
    )
    land = hills(design, "mid", 388, 16, ("#eaf4ff", "#d3e5f7"), 0.7) + hills(
        design, "near", 432, 9, ("#ffffff", "#dbe9f8"), 2.4
    )
    flakes = []
    for number in range(30):
        x = design.dna.number(f"flake-x{number}", 0, SIDE)
        y = design.dna.number(f"flake-y{number}", 0, 400)
        r = design.dna.number(f"flake-r{number}", 2.5, 6.5)
        flakes.append(oval((x, y), (r, r), fill="#ffffff", opacity=0.9))
    arch = ""
    for step, colour in enumerate(("#b7f0d8", "#a8d8ff", "#cdbcff")):
        y = 90 + 26 * step + 8 * math.sin(step)
        d = f"M-20 {at(y + 40)}C{at(120, y - 60, 330, y + 90, 540, y - 30)}"
        arch += line(d, ink=colour, width=30, opacity=0.4)
    return sky(design, "#9fc4ee", "#eef6ff") + arch + peaks + caps + firs + land + "".join(flakes)
