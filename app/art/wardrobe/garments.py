"""Clothes: cut to the torso, or wrapped round the shell that a hatchling sits in. Pure."""

from app.art.bodies import cup_outline, torso_outline
from app.art.growth import GROUND, HATCHLING
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, both_sides, line, oval, path, symmetric
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import clipped, gem, neck_of, star
from app.art.wardrobe.worn import Worn

SHIRT = symmetric(
    318.0,
    (
        (14, 318, 30, 304, 36, 280),
        (60, 284, 88, 288, 104, 306),
        (122, 326, 132, 348, 138, 374),
        (124, 382, 112, 386, 98, 388),
        (96, 374, 90, 362, 82, 352),
        (84, 400, 94, 470, 98, 520),
        (60, 530, 30, 534, 0, 534),
    ),
)
"""Path text of a shirt with sleeves, about where the torso of the figure for clothes is."""


def garment(sketch: Sketch, design: Design) -> Worn:
    """The clothes of a design on the body of a sketch."""
    if design.kind == "cape":
        return _cape(sketch, design)
    cloth = _Cloth(sketch, design)
    return Worn(cloth.sewn(_DRAWERS[design.kind](cloth)))


def alone(sketch: Sketch, design: Design) -> str:
    """The clothes that nobody wears, with sleeves, in the size of a sketch."""
    if design.kind == "cape":
        drawn = _cape(sketch, design)
        return drawn.behind + drawn.front
    cloth = _Cloth(sketch, design)
    cloth.outline, cloth.reach = SHIRT, 170.0
    cloth.hem += 46
    return cloth.sewn(_DRAWERS[design.kind](cloth))


class _Cloth:
    """Where cloth lies: from `top` down to `hem` in the middle, `half` wide to each side."""

    def __init__(self, sketch: Sketch, design: Design) -> None:
        body = sketch.growth.body
        self.sketch, self.design = sketch, design
        self.is_shell = sketch.growth.stage == HATCHLING
        self.outline = cup_outline() if self.is_shell else torso_outline(sketch)
        self.top = 398.0 if self.is_shell else sketch.growth.head.bottom - 8
        low = 0.62 if design.kind == "robe" else 0.30
        self.hem = 466.0 if self.is_shell else body.y + body.ry * low
        self.half = 156.0 if self.is_shell else body.rx * 1.2
        self.reach = self.half

    @property
    def high(self) -> float:
        return self.hem - self.top

    def area(self) -> str:
        """Path text of everything between neck and hem."""
        sag = 18 if self.is_shell else 16
        top = self.top if self.is_shell else self.sketch.growth.body.top - 20
        middle = top + sag if self.is_shell else top
        return (
            f"M{at(MIDDLE - self.reach, top)}Q{at(MIDDLE, middle)}"
            f" {at(MIDDLE + self.reach, top)}L{at(MIDDLE + self.reach, self.hem - sag)}"
            f"Q{at(MIDDLE, self.hem + sag, MIDDLE - self.reach, self.hem - sag)}Z"
        )

    def across(self, share: float) -> str:
        """Path text of a line from side to side, at a share of the way from neck to hem."""
        y = self.top + share * self.high
        left, right = at(MIDDLE - self.half, y - 15), at(MIDDLE + self.half, y - 15)
        return f"M{left}Q{at(MIDDLE, y + 15)} {right}"

    def sewn(self, marks: str) -> str:
        """The cloth with its marks, cut to the body and bordered."""
        design, width = self.design, self.sketch.growth.outline
        area = self.area()
        inside = path(area, fill=design.paint("main")) + clipped(
            f"{design.prefix}-area", area, marks
        )
        border = line(area, ink=design.ink, width=width)
        edge = clipped(
            f"{design.prefix}-edge", area, line(self.outline, ink=design.ink, width=width * 2)
        )
        return clipped(f"{design.prefix}-body", self.outline, inside + border + edge)


def _tunic(cloth: _Cloth) -> str:
    design = cloth.design
    stripes = "".join(
        line(cloth.across(share), ink=design.paint("pale"), width=cloth.high * 0.13)
        for share in (0.34, 0.64)
    )
    y = cloth.top + cloth.high * 0.52
    badge = design.shape(star(MIDDLE, y, cloth.high * 0.24), "trim", width=4)
    return stripes + badge + line(cloth.across(0.94), ink=design.paint("trim"), width=10)


def _sweater(cloth: _Cloth) -> str:
    design = cloth.design
    row, y = [], cloth.top + cloth.high * 0.45
    step = cloth.half / 7
    for number in range(-7, 8):
        x = MIDDLE + number * step
        curve = 15 - 30 * ((x - MIDDLE) / cloth.half) ** 2
        row.append(
            path(
                f"M{at(x - step * 0.5, y + curve)}L{at(x, y + curve - step * 0.75)}"
                f"L{at(x + step * 0.5, y + curve)}L{at(x, y + curve + step * 0.75)}Z",
                fill=design.paint("pale" if number % 2 else "trim"),
            )
        )
    ribs = line(cloth.across(0.92), ink=design.paint("deep"), width=cloth.high * 0.2)
    band = line(cloth.across(0.12), ink=design.paint("trim"), width=8)
    return "".join(row) + ribs + band + line(cloth.across(0.74), ink=design.paint("trim"), width=6)


def _armor(cloth: _Cloth) -> str:
    design, high = cloth.design, cloth.high
    plate = path(cloth.area(), fill=design.paint("steel"))
    ridge = line(
        f"M{at(MIDDLE, cloth.top - 30)}L{at(MIDDLE, cloth.hem + 20)}",
        ink=design.ink,
        width=4,
        opacity=0.5,
    )
    seam = line(cloth.across(0.62), ink=design.ink, width=4.4) + line(
        cloth.across(0.82), ink=design.ink, width=4.4
    )
    rim = line(cloth.across(0.97), ink=design.paint("gold"), width=11)
    stone = design.shape(gem(MIDDLE, cloth.top + high * 0.42, high * 0.19), "main", width=4.4)
    ring = design.disc(MIDDLE, cloth.top + high * 0.42, high * 0.27, high * 0.27, "gold", width=4.4)
    rivets = both_sides(
        oval(
            (MIDDLE + cloth.half * 0.45, cloth.top + high * 0.36), (5, 5), fill=design.paint("gold")
        )
    )
    return plate + ridge + seam + rim + rivets + ring + stone


def _robe(cloth: _Cloth) -> str:
    design = cloth.design
    front = (
        f"M{at(MIDDLE - 13, cloth.top - 30)}L{at(MIDDLE + 13, cloth.top - 30)}"
        f"L{at(MIDDLE + 19, cloth.hem + 30)}L{at(MIDDLE - 19, cloth.hem + 30)}Z"
    )
    stars = both_sides(
        "".join(
            path(
                star(MIDDLE + cloth.half * dx, cloth.top + cloth.high * dy, r),
                fill=design.paint("gold"),
            )
            for dx, dy, r in ((0.36, 0.24, 9), (0.60, 0.52, 11), (0.34, 0.78, 8))
        )
    )
    belt = line(cloth.across(0.46), ink=design.ink, width=20)
    belt += line(cloth.across(0.46), ink=design.paint("gold"), width=11)
    hem = line(cloth.across(0.95), ink=design.paint("trim"), width=12)
    return stars + design.shape(front, "trim", width=4) + hem + belt


def _vest(cloth: _Cloth) -> str:
    design, top = cloth.design, cloth.top
    shirt = (
        f"M{at(MIDDLE - 36, top - 30)}L{at(MIDDLE + 36, top - 30)}"
        f"L{at(MIDDLE, top + cloth.high * 0.66)}Z"
    )
    lapel = (
        f"M{at(MIDDLE + 36, top - 30)}L{at(MIDDLE + 58, top + cloth.high * 0.16)}"
        f"L{at(MIDDLE + 34, top + cloth.high * 0.26)}L{at(MIDDLE, top + cloth.high * 0.68)}Z"
    )
    seam = line(
        f"M{at(MIDDLE, top + cloth.high * 0.66)}L{at(MIDDLE, cloth.hem + 20)}",
        ink=design.ink,
        width=4.4,
    )
    buttons = "".join(
        design.disc(MIDDLE + 14, top + cloth.high * share, 5.4, 5.4, "gold", width=3)
        for share in (0.78, 0.98)
    )
    pocket = design.shape(
        f"M{at(MIDDLE - cloth.half * 0.46, top + cloth.high * 0.5)}l30 4l-3 16l-26 -4Z",
        "trim",
        width=3.6,
    )
    return (
        design.shape(shirt, "cream", width=4.4)
        + both_sides(design.shape(lapel, "deep", width=4.4))
        + seam
        + pocket
        + buttons
    )


def _cape(sketch: Sketch, design: Design) -> Worn:
    """A cape falls behind the body; only its collar and its clasp are in front."""
    y, half = neck_of(sketch)
    if sketch.growth.stage == HATCHLING:
        wide, foot = 182.0, GROUND - 8
    else:
        wide, foot = sketch.growth.body.rx * 1.62, GROUND + 2
    d = (
        f"M{at(MIDDLE - half * 0.8, y - 20)}"
        f"C{at(MIDDLE - half * 1.3, y + 20, MIDDLE - wide, foot - 110, MIDDLE - wide, foot - 4)}"
        f"Q{at(MIDDLE - wide * 0.82, foot + 16, MIDDLE - wide * 0.62, foot - 2)}"
        f"Q{at(MIDDLE, foot + 22, MIDDLE + wide * 0.62, foot - 2)}"
        f"Q{at(MIDDLE + wide * 0.82, foot + 16, MIDDLE + wide, foot - 4)}"
        f"C{at(MIDDLE + wide, foot - 110, MIDDLE + half * 1.3, y + 20)}"
        f" {at(MIDDLE + half * 0.8, y - 20)}Z"
    )
    folds = both_sides(
        line(
            f"M{at(MIDDLE + half, y + 40)}"
            f"Q{at(MIDDLE + wide * 0.78, foot - 70, MIDDLE + wide * 0.74, foot - 6)}",
            ink=design.ink,
            width=4,
            opacity=0.4,
        )
    )
    back = design.shape(d, "main", width=sketch.growth.outline) + folds
    collar = (
        f"M{at(MIDDLE, y + 20)}C{at(MIDDLE + half * 0.4, y + 18, MIDDLE + half * 0.9, y + 8)}"
        f" {at(MIDDLE + half * 1.06, y - 18)}L{at(MIDDLE + half * 1.12, y + 6)}"
        f"C{at(MIDDLE + half * 0.9, y + 34, MIDDLE + half * 0.4, y + 44, MIDDLE, y + 44)}Z"
    )
    band = both_sides(design.shape(collar, "deep", width=5))
    clasp = design.disc(MIDDLE, y + 32, 13, 13, "gold", width=4.4) + oval(
        (MIDDLE, y + 32), (6, 6), fill=design.paint("trim")
    )
    return Worn(band + clasp, back)


_DRAWERS = {
    "tunic": _tunic,
    "sweater": _sweater,
    "armor": _armor,
    "robe": _robe,
    "vest": _vest,
}
