"""Shoes, one for every foot that a creature stands on. Pure."""

from app.art.growth import HATCHLING
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, both_sides, line, oval
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import feet_of, placed
from app.art.wardrobe.worn import Worn


def footwear(sketch: Sketch, design: Design) -> Worn:
    """The shoes of a design on the feet of a sketch; a hatchling's stick out from its shell."""
    shoe = _DRAWERS[design.kind](design)
    turn = 12.0 if sketch.growth.stage == HATCHLING else 0.0
    shoes = (placed(shoe, x, y, half / 44, turn) for x, y, half in feet_of(sketch))
    return Worn(both_sides("".join(shoes)))


def pair(design: Design) -> str:
    """A pair of shoes by itself, in the middle of the canvas."""
    return both_sides(placed(_DRAWERS[design.kind](design), MIDDLE + 84, MIDDLE + 60, 1.6, 6))


def _boot(design: Design) -> str:
    """A shoe seen from the front: the sole at y = 0, half a foot about 44 wide."""
    shaft = design.shape("M-32 -30L-34 -66Q0 -58 34 -66L32 -30Z", "main")
    cuff = design.shape("M-38 -62Q0 -52 38 -62L38 -78Q0 -68 -38 -78Z", "trim")
    toe = design.shape("M-46 0C-54 -46 54 -46 46 0Z", "main")
    sole = design.shape("M-50 -8Q0 2 50 -8L48 4Q0 12 -48 4Z", "deep", width=5)
    return shaft + cuff + toe + sole + oval((-18, -26), (9, 5), fill="#ffffff", opacity=0.6)


def _sneaker(design: Design) -> str:
    tongue = design.shape("M-24 -26Q-26 -58 0 -60Q26 -58 24 -26Z", "pale")
    body = design.shape("M-46 -2C-54 -44 -32 -48 -24 -46Q0 -30 24 -46C32 -48 54 -44 46 -2Z", "main")
    cap = design.shape("M-34 -2C-34 -30 34 -30 34 -2Z", "pale", width=4.4)
    laces = line("M-16 -44L14 -36M16 -44L-14 -36", ink="#ffffff", width=5)
    sole = design.shape("M-50 -9Q0 0 50 -9L48 5Q0 12 -48 5Z", "cream", width=5)
    stripe = line("M-46 -3Q0 6 46 -3", ink=design.paint("trim"), width=3.4)
    return tongue + body + laces + cap + sole + stripe


def _slipper(design: Design) -> str:
    ear = design.shape("M8 -34C6 -62 18 -76 26 -72C34 -66 30 -46 22 -32Z", "main", width=4.8)
    ears = ear + f'<g transform="scale(-1 1)">{ear}</g>'
    body = design.shape("M-48 2C-56 -48 56 -48 48 2Q0 10 -48 2Z", "main")
    face = (
        oval((-14, -20), (4, 5), fill=design.ink)
        + oval((14, -20), (4, 5), fill=design.ink)
        + oval((0, -12), (5, 3.6), fill=design.paint("trim"))
        + line("M-7 -6Q-3 -2 0 -6Q3 -2 7 -6", ink=design.ink, width=3)
    )
    cheeks = oval((-26, -12), (6, 4), fill="#ff8f8f", opacity=0.6)
    return ears + body + face + cheeks + oval((26, -12), (6, 4), fill="#ff8f8f", opacity=0.6)


def _sock(design: Design) -> str:
    sock = "M-44 2C-50 -30 -34 -40 -32 -72Q0 -62 32 -72C34 -40 50 -30 44 2Q0 10 -44 2Z"
    stripes = line("M-37 -44Q0 -34 37 -44", ink=design.paint("trim"), width=9)
    stripes += line("M-44 -26Q0 -14 44 -26", ink=design.paint("pale"), width=8)
    cuff = design.shape("M-36 -62Q0 -52 36 -62L36 -78Q0 -68 -36 -78Z", "trim")
    border = line(sock, ink=design.ink, width=design.width)
    return design.shape(sock, "main", width=0) + stripes + border + cuff


def _greave(design: Design) -> str:
    shin = design.shape("M-32 -26L-36 -70Q0 -92 36 -70L32 -26Z", "steel")
    ridge = line("M0 -76L0 -34", ink=design.ink, width=4, opacity=0.6)
    toe = design.shape("M-46 2C-54 -44 54 -44 46 2Q0 10 -46 2Z", "steel")
    plates = line("M-40 -16Q0 -30 40 -16M-30 -28Q0 -40 30 -28", ink=design.ink, width=3.8)
    knee = design.disc(0, -66, 13, 13, "gold", width=4.4) + oval(
        (0, -66), (6, 6), fill=design.paint("main")
    )
    return shin + ridge + toe + plates + knee


_DRAWERS = {
    "boots": _boot,
    "sneakers": _sneaker,
    "slippers": _slipper,
    "socks": _sock,
    "greaves": _greave,
}
