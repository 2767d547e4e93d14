"""What is worn round the neck, below the chin. Pure."""

import math

from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, line, oval
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import flower, gem, neck_of, placed, star
from app.art.wardrobe.worn import Worn


def neckwear(sketch: Sketch, design: Design) -> Worn:
    """The scarf, bow or chain of a design on the neck of a sketch."""
    draw = {
        "scarf": _scarf,
        "bow": _bow,
        "medal": _medal,
        "collar": _collar,
        "pearls": _pearls,
        "bandana": _bandana,
        "garland": _garland,
    }[design.kind]
    y, half = neck_of(sketch)
    return Worn(placed(draw(design), MIDDLE, y, half / 70))


def _band(half: float, top: float, thick: float) -> str:
    """Path text of a band that hangs a little in the middle."""
    return (
        f"M{at(-half, top)}Q{at(0, top + 34, half, top)}L{at(half + 2, top + thick)}"
        f"Q{at(0, top + thick + 40, -half - 2, top + thick)}Z"
    )


def _scarf(design: Design) -> str:
    band = design.shape(_band(80, -12, 27), "main")
    folds = "".join(
        line(f"M{at(x, y)}q{at(7 if x < 0 else -7, 11)} {at(3 if x < 0 else -3, 22)}",
             ink=design.ink, width=3.4, opacity=0.4)
        for x, y in ((-54, -1), (-24, 5), (54, -1))
    )  # fmt: skip
    end = "M12 16L50 16L58 92L16 96Z"
    stripes = line("M16 58L53 55M17 74L55 71", ink=design.paint("trim"), width=9)
    fringe = line("M22 96l1 12M33 95l1 12M44 94l2 12M54 93l2 11", ink=design.paint("main"), width=6)
    dark = line("M22 96l1 12M33 95l1 12M44 94l2 12M54 93l2 11", ink=design.ink, width=11)
    tail = dark + fringe + design.shape(end, "main") + stripes
    knot = design.shape("M6 12Q30 2 54 10Q60 26 52 38Q30 46 10 38Q2 26 6 12Z", "main")
    return band + folds + tail + line(end, ink=design.ink, width=design.width) + knot


def _bow(design: Design) -> str:
    band = design.shape(_band(76, -12, 13), "deep", width=4.6)
    lobe = "M4 14C20 -14 50 -22 62 -12C68 4 66 34 60 46C44 52 18 40 4 22Z"
    crease = line("M12 16Q26 8 36 6M12 22Q26 28 36 30", ink=design.ink, width=3.6, opacity=0.5)
    dots = "".join(
        oval((x, y), (4.5, 4.5), fill=design.paint("trim"))
        for x, y in ((50, -4), (54, 20), (44, 36))
    )
    right = design.shape(lobe, "main") + dots + crease
    knot = design.shape("M-12 6Q0 0 12 6Q16 18 12 30Q0 36 -12 30Q-16 18 -12 6Z", "main")
    return band + right + f'<g transform="scale(-1 1)">{right}</g>' + knot


def _medal(design: Design) -> str:
    ribbon = "M-62 -12L-40 -4L8 48L-10 56Z"
    stripe = line("M-46 -4L-2 50", ink=design.paint("trim"), width=5)
    left = design.shape(ribbon, "main") + stripe
    disc = design.disc(0, 66, 29, 29, "gold") + oval(
        (0, 66), (20, 20), fill="none", ink="#c98b1d", width=3.4
    )
    return (
        left
        + f'<g transform="scale(-1 1)">{left}</g>'
        + disc
        + design.shape(star(0, 66, 15), "pale", width=2.6)
    )


def _collar(design: Design) -> str:
    studs = "".join(
        design.disc(x, 7 + 15 * (1 - (x / 76) ** 2), 4.6, 4.6, "gold", width=2.4)
        for x in (-58, -34, 34, 58)
    )
    bell = (
        design.disc(0, 40, 19, 19, "gold")
        + line("M-18 44Q0 52 18 44", ink=design.ink, width=3.6)
        + oval((0, 51), (4, 4.5), fill=design.ink)
        + oval((-7, 31), (4, 5), fill="#ffffff", opacity=0.8, turn=30)
    )
    return design.shape(_band(78, -8, 16), "main") + studs + bell


def _pearls(design: Design) -> str:
    beads = []
    for step in range(-4, 5):
        angle = math.radians(step * 20)
        x, y = 72 * math.sin(angle), -22 + 50 * math.cos(angle)
        beads.append(design.disc(x, y, 9.5, 9.5, "pale", width=4))
        beads.append(oval((x - 3, y - 3), (3, 2.6), fill="#ffffff"))
    pendant = design.shape(gem(0, 58, 19), "main") + oval(
        (-5, 50), (4, 3), fill="#ffffff", opacity=0.8
    )
    return "".join(beads) + pendant


def _bandana(design: Design) -> str:
    cloth = "M-78 -8Q0 26 78 -8L72 12C50 36 22 64 0 92C-22 64 -50 36 -72 12Z"
    dots = "".join(
        oval((x, y), (5.5, 5.5), fill=design.paint("pale"))
        for x, y in (
            (-44, 18),
            (-16, 30),
            (16, 30),
            (44, 18),
            (-26, 50),
            (0, 52),
            (26, 50),
            (0, 74),
        )
    )
    fold = line("M-72 12Q0 44 72 12", ink=design.ink, width=3.8, opacity=0.45)
    return design.shape(cloth, "main") + dots + fold


def _garland(design: Design) -> str:
    marks = []
    for step in (-4, 4, -3, 3, -2, 2, -1, 1, 0):
        angle = math.radians(step * 21)
        x, y = 78 * math.sin(angle), -30 + 58 * math.cos(angle)
        name = ("main", "trim", "pale")[step % 3]
        leaf = design.shape("M0 0C-12 -8 -12 -20 0 -28C12 -20 12 -8 0 0Z", "leaf", width=3)
        marks.append(placed(leaf, x, y, 1, 180 - step * 18))
        marks.append(flower(design, x, y, 20, name))
    return "".join(marks)
