"""Accessories: small things that float or stand beside a creature, each in a place of its own."""

import math

from app.art.growth import GROUND
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, diamond, line, oval, path
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import gem, heart, placed, star
from app.art.wardrobe.worn import Worn

PLACES = ((424.0, 96.0), (84.0, 128.0), (440.0, 236.0), (70.0, 262.0))
STANDING = ((428.0, GROUND), (84.0, GROUND + 4))


def company(sketch: Sketch, design: Design, place: int) -> Worn:
    """The accessory of a design; `place` counts the accessories of one picture."""
    draw = {
        "wisp": _wisp,
        "butterfly": _butterfly,
        "stars": _stars,
        "hearts": _hearts,
        "bubbles": _bubbles,
        "cloud": _cloud,
        "chick": _chick,
        "gem": _gem,
        "notes": _notes,
        "halo": _halo,
    }[design.kind]
    if design.kind == "halo":
        head = sketch.growth.head
        y = head.top - 26 - 13 * place
        return Worn(placed(draw(design), MIDDLE, max(34.0, y), head.rx / 100))
    if design.kind == "chick":
        return Worn(placed(draw(design), *STANDING[place % len(STANDING)]))
    x, y = PLACES[place % len(PLACES)]
    return Worn(placed(draw(design), x, y, 1.0, 0.0))


def _wisp(design: Design) -> str:
    halo = design.halo(0, 0, 68)
    d = "M0 -44C34 -44 40 -6 36 26C34 44 26 28 18 36C12 44 6 44 0 34C-6 44 -12 44 -18 36C-26 28"
    d += " -34 44 -36 26C-40 -6 -34 -44 0 -44Z"
    face = "".join(
        oval((x, -8), (5.6, 8), fill=design.ink) + oval((x - 1.6, -11), (2, 2.6), fill="#ffffff")
        for x in (-13, 13)
    )
    mouth = line("M-7 7Q0 14 7 7", ink=design.ink, width=3.6)
    blush = oval((-24, 5), (6, 4), fill="#ff9c9c", opacity=0.8) + oval(
        (24, 5), (6, 4), fill="#ff9c9c", opacity=0.8
    )
    return halo + design.shape(d, "pale") + face + mouth + blush


def _butterfly(design: Design) -> str:
    upper = "M2 2C8 -34 34 -50 46 -36C54 -22 34 6 2 4Z"
    lower = "M2 4C26 4 40 16 34 32C26 46 6 30 2 8Z"
    spots = oval((32, -24), (7, 8), fill=design.paint("pale")) + oval(
        (24, 22), (5, 6), fill=design.paint("pale")
    )
    wing = design.shape(lower, "trim", width=4.8) + design.shape(upper, "main", width=4.8) + spots
    body = design.disc(0, 4, 5.5, 20, "night", width=3)
    feelers = line("M-1 -16Q-6 -32 -16 -36M1 -16Q6 -32 16 -36", ink=design.ink, width=3.6)
    return placed(wing + f'<g transform="scale(-1 1)">{wing}</g>' + feelers + body, 0, 0, 1, 14)


def _stars(design: Design) -> str:
    big = design.shape(star(0, 0, 34), "gold")
    small = design.shape(star(-38, 38, 17), "main", width=4.4)
    third = design.shape(star(34, 42, 13), "trim", width=4)
    return big + small + third + oval((-8, -10), (6, 4), fill="#ffffff", opacity=0.8, turn=-30)


def _hearts(design: Design) -> str:
    big = design.shape(heart(0, 0, 32), "main") + oval(
        (-15, -12), (6, 4.5), fill="#ffffff", opacity=0.8, turn=-30
    )
    small = design.shape(heart(34, 40, 15), "trim", width=4.4)
    return placed(big, 0, 0, 1, -10) + small + design.shape(heart(-30, 42, 11), "pale", width=4)


def _bubbles(design: Design) -> str:
    marks = []
    for x, y, r in ((0, 0, 32), (-34, 40, 17), (30, 44, 12), (34, -34, 9)):
        marks.append(oval((x, y), (r, r), fill=design.colours["main"][0], opacity=0.38))
        marks.append(
            oval((x, y), (r, r), fill="none", ink=design.colours["deep"][0], width=3 + r / 16)
        )
        marks.append(
            oval((x - r * 0.36, y - r * 0.4), (r * 0.24, r * 0.16), fill="#ffffff", turn=-40)
        )
    return "".join(marks)


def _cloud(design: Design) -> str:
    d = "M-44 16C-66 14 -62 -20 -38 -18C-36 -46 6 -52 16 -28C34 -40 54 -22 46 -8C62 -2 58 18 40 16Z"
    drops = "".join(
        design.shape(f"M{at(x, y)}q-9 14 0 20q9 -6 0 -20Z", "main", width=3.4)
        for x, y in ((-26, 24), (2, 32), (30, 24))
    )
    face = (
        oval((-10, -6), (4, 5.4), fill=design.ink)
        + oval((14, -6), (4, 5.4), fill=design.ink)
        + line("M-3 2Q2 7 7 2", ink=design.ink, width=3.4)
    )
    return design.shape(d, "pale") + drops + face


def _chick(design: Design) -> str:
    shadow = oval((0, 0), (38, 8), fill=design.ink, opacity=0.18)
    feet = line("M-10 -6l-6 6M-10 -6l2 7M10 -6l6 6M10 -6l-2 7", ink="#e8912d", width=5)
    tuft = line("M-2 -70Q-8 -82 -2 -88M3 -70Q8 -80 14 -82", ink=design.ink, width=4.4)
    body = design.disc(0, -38, 34, 34, "main")
    belly = oval((0, -24), (19, 17), fill=design.paint("pale"))
    wing = design.shape("M-33 -42C-48 -36 -46 -20 -30 -22Z", "deep", width=4.6)
    wings = wing + f'<g transform="scale(-1 1)">{wing}</g>'
    eyes = "".join(
        oval((x, -46), (5, 6.4), fill=design.ink)
        + oval((x - 1.5, -48.5), (1.9, 2.3), fill="#ffffff")
        for x in (-12, 12)
    )
    beak = path("M-6 -38L6 -38L0 -29Z", fill="#ffb340", ink=design.ink, width=3)
    return shadow + feet + tuft + body + belly + wings + eyes + beak


def _gem(design: Design) -> str:
    halo = design.halo(0, 0, 66)
    cut = design.shape(gem(0, 0, 36), "main")
    facets = line(
        "M-36 -11L36 -11M-14 -11L0 36L14 -11L8 -31M-14 -11L-8 -31",
        ink="#ffffff",
        width=3,
        opacity=0.65,
    )
    return (
        halo
        + cut
        + facets
        + diamond(40, -34, 13, fill="#fff3b8")
        + diamond(-40, 26, 9, fill="#fff3b8")
    )


def _notes(design: Design) -> str:
    stem = "M-14 26L-14 -32L34 -42L34 16"
    beam = "M-17 -34L37 -45L37 -28L-17 -17Z"
    dark = line(stem, ink=design.ink, width=11)
    heads = design.disc(-24, 28, 14, 11, "main") + design.disc(24, 18, 14, 11, "main")
    small = placed(
        line("M8 12L8 -20Q16 -12 22 -6", ink=design.ink, width=6)
        + design.disc(0, 14, 10, 8, "trim", width=4.4),
        -40,
        -34,
        0.9,
        -12,
    )
    return dark + design.shape(beam, "main", width=5) + heads + small


def _halo(design: Design) -> str:
    marks = oval((0, 0), (70, 22), fill="#ffe9a0", opacity=0.25)
    marks += oval((0, 0), (60, 16), fill="none", ink=design.ink, width=17)
    marks += oval((0, 0), (60, 16), fill="none", ink=design.paint("gold"), width=9)
    for step in range(3):
        angle = math.radians(200 + 70 * step)
        marks += diamond(60 * math.cos(angle), 16 * math.sin(angle) - 4, 9, fill="#fffbe6")
    return marks
