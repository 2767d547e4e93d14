"""Hats. Drawn about the middle of the brow, where half a head is 100 wide. Pure."""

import math

from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, line, oval
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import flower, gem, placed, star
from app.art.wardrobe.worn import Worn

DOME = "M-87 2C-90 -92 90 -92 87 2Q0 26 -87 2Z"


def hat(sketch: Sketch, design: Design) -> Worn:
    """The hat of a design on the head of a sketch."""
    draw = {
        "crown": _crown,
        "wizard": _wizard,
        "cap": _cap,
        "beanie": _beanie,
        "party": _party,
        "tophat": _top_hat,
        "wreath": _wreath,
        "headphones": _headphones,
        "helmet": _helmet,
        "straw": _straw,
    }[design.kind]
    head = sketch.growth.head
    return Worn(placed(draw(design), MIDDLE, head.y - head.ry * 0.55, head.rx / 100))


def _crown(design: Design) -> str:
    d = "M-60 -12L-70 -82L-37 -52L0 -98L37 -52L70 -82L60 -12Q0 10 -60 -12Z"
    tips = ((-70, -84), (0, -100), (70, -84))
    balls = "".join(design.disc(x, y, 9, 9, "main", width=4.5) for x, y in tips)
    rim = line("M-62 -26Q0 -4 62 -26", ink="#fff3c4", width=4, opacity=0.8)
    stones = design.shape(gem(0, -28, 13), "main", width=4)
    sides = "".join(design.shape(gem(x, -34, 8), "trim", width=3.6) for x in (-38, 38))
    return design.shape(d, "gold") + rim + sides + stones + balls


def _wizard(design: Design) -> str:
    cone = "M-76 -12C-58 -62 -34 -104 30 -148C22 -110 58 -66 76 -12Q0 14 -76 -12Z"
    band = "M-76 -12L-68 -32Q0 -10 68 -32L76 -12Q0 14 -76 -12Z"
    fold = line("M-4 -116Q14 -106 30 -112", ink=design.ink, width=4.4, opacity=0.7)
    stars = "".join(
        design.shape(star(x, y, r), "gold", width=3.2)
        for x, y, r in ((-22, -56, 13), (24, -74, 10), (32, -44, 7))
    )
    buckle = design.shape("M-15 -27L15 -27L15 1L-15 1Z", "gold", width=4.4)
    hole = line("M-6 -18L6 -18L6 -8L-6 -8Z", ink=design.ink, width=3)
    brim = design.disc(0, -6, 122, 23, "main")
    return (
        brim
        + design.shape(cone, "main")
        + design.shape(band, "trim")
        + fold
        + stars
        + (buckle + hole)
    )


def _cap(design: Design) -> str:
    visor = "M-80 -6Q0 -34 80 -6Q104 20 72 28Q0 2 -72 28Q-104 20 -80 -6Z"
    seams = line(
        "M0 -68L0 -20M-4 -68C-40 -58 -52 -40 -54 -14M4 -68C40 -58 52 -40 54 -14",
        ink=design.ink,
        width=3.4,
        opacity=0.55,
    )
    badge = design.shape(star(0, -38, 17), "pale", width=4)
    button = design.disc(0, -70, 9, 6, "trim", width=4.4)
    return design.shape(DOME, "main") + seams + button + design.shape(visor, "trim") + badge


def _beanie(design: Design) -> str:
    cuff = "M-90 10C-94 -8 -92 -22 -86 -28Q0 -52 86 -28C92 -22 94 -8 90 10Q0 -14 -90 10Z"
    ribs = "".join(
        line(f"M{at(x, -30 - 12 * (1 - (x / 86) ** 2))}L{at(x * 1.04, 2)}", ink=design.ink, width=3)
        for x in range(-72, 73, 18)
    )
    stripe = line("M-82 -44Q0 -66 82 -44", ink=design.paint("pale"), width=11)
    return (
        design.disc(0, -88, 25, 24, "pale")
        + oval((-7, -95), (7, 6), fill="#ffffff", opacity=0.9)
        + design.shape("M-86 -10C-88 -96 88 -96 86 -10Q0 -30 -86 -10Z", "main")
        + stripe
        + design.shape(cuff, "trim")
        + f'<g opacity="0.35">{ribs}</g>'
    )


def _party(design: Design) -> str:
    cone = "M-48 -20L4 -132L54 -20Q2 2 -48 -20Z"
    bands = line("M-34 -52Q4 -34 40 -52", ink=design.paint("trim"), width=13)
    bands += line("M-18 -86Q4 -74 24 -86", ink=design.paint("pale"), width=11)
    dots = "".join(
        oval((x, y), (6, 6), fill=design.paint("gold"))
        for x, y in ((-28, -27), (4, -22), (33, -27))
    )
    tuft = "".join(
        placed(design.disc(0, -13, 6.5, 14, name, width=3.6), 4, -130, 1, turn)
        for turn, name in ((-80, "trim"), (80, "trim"), (-40, "pale"), (40, "pale"), (0, "gold"))
    )
    border = line(cone, ink=design.ink, width=design.width)
    body = design.shape(cone, "main", width=0) + bands + dots + border
    return placed(body + tuft, 6, 0, 1, 7)


def _top_hat(design: Design) -> str:
    tall = "M-58 -14C-52 -50 -56 -84 -66 -122Q0 -140 66 -122C56 -84 52 -50 58 -14Q0 6 -58 -14Z"
    band = "M-57 -14L-55 -44Q0 -24 55 -44L57 -14Q0 6 -57 -14Z"
    shine = line("M-40 -108C-36 -90 -35 -76 -36 -60", ink="#ffffff", width=7, opacity=0.35)
    top = design.disc(0, -123, 65, 13, "main")
    return (
        design.disc(0, -8, 104, 22, "deep")
        + design.shape(tall, "deep")
        + top
        + design.shape(band, "trim")
        + shine
        + design.shape(star(30, -22, 12), "gold", width=3.4)
    )


def _wreath(design: Design) -> str:
    leaves, flowers = [], []
    for step in range(-4, 5):
        angle = math.radians(step * 21)
        x, y = 92 * math.sin(angle), -16 + 24 * math.cos(angle) * 0.4 - 3 * abs(step)
        leaf = design.shape("M0 0C-18 -10 -18 -26 0 -36C18 -26 18 -10 0 0Z", "leaf", width=3.6)
        leaves.append(placed(leaf, x, y, 1, step * 24 - 10))
        leaves.append(placed(leaf, x, y + 6, 0.8, 180 + step * 18))
        name = "main" if step % 2 == 0 else "trim"
        flowers.append(flower(design, x, y, 23 - 1.5 * abs(step), name))
    return "".join(leaves) + "".join(flowers)


def _headphones(design: Design) -> str:
    arc = "M-102 44C-112 -84 112 -84 102 44"
    band = line(arc, ink=design.ink, width=25) + line(arc, ink=design.paint("trim"), width=14)
    cup = (
        design.disc(104, 48, 24, 37, "main")
        + oval((108, 48), (12, 22), fill=design.paint("trim"))
        + oval((98, 32), (4, 9), fill="#ffffff", opacity=0.7)
    )
    return band + cup + f'<g transform="scale(-1 1)">{cup}</g>'


def _helmet(design: Design) -> str:
    horn = "M74 -34C112 -34 132 -62 128 -108C112 -84 96 -78 66 -74Z"
    horns = design.shape(horn, "cream")
    horns += f'<g transform="scale(-1 1)">{horns}</g>'
    rim = "M-92 8C-94 -10 -92 -20 -88 -24Q0 -48 88 -24C92 -20 94 -10 92 8Q0 -16 -92 8Z"
    rivets = "".join(
        design.disc(x, -16 - 11 * (1 - (x / 88) ** 2), 5, 5, "gold", width=2.6)
        for x in (-72, -37, 37, 72)
    )
    ridge = line("M0 -80L0 -30", ink=design.ink, width=17) + line(
        "M0 -78L0 -30", ink=design.paint("gold"), width=7
    )
    stone = design.shape(gem(0, -24, 14), "main", width=4)
    dome = design.shape("M-86 0C-90 -104 90 -104 86 0Q0 -20 -86 0Z", "steel")
    shine = oval((-42, -56), (12, 22), fill="#ffffff", opacity=0.7, turn=32)
    return horns + dome + shine + ridge + design.shape(rim, "steel") + rivets + stone


def _straw(design: Design) -> str:
    crown = "M-66 -14C-68 -92 68 -92 66 -14Q0 8 -66 -14Z"
    band = "M-67 -14L-66 -36Q0 -14 66 -36L67 -14Q0 8 -67 -14Z"
    weave = "".join(
        line(f"M{at(-58 + k * 4, -46 - k * 9)}Q{at(0, -28 - k * 9, 58 - k * 4, -46 - k * 9)}",
             ink="#b9822e", width=2.8, opacity=0.6)
        for k in range(3)
    )  # fmt: skip
    rays = line("M-104 -4L-92 2M104 -4L92 2M-70 10L-62 4M70 10L62 4M-26 16L-24 10M26 16L24 10",
                ink="#b9822e", width=3, opacity=0.6)  # fmt: skip
    bloom = flower(design, 46, -22, 21, "trim")
    return (
        design.disc(0, -6, 126, 26, "straw")
        + rays
        + design.shape(crown, "straw")
        + weave
        + design.shape(band, "main")
        + bloom
    )
