"""What is held in the hand. Drawn about the hand, upright, for a grown creature. Pure."""

from app.art.growth import HATCHLING
from app.art.lines import Plan
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, at, diamond, line, oval
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import flower, grip_of, placed, star
from app.art.wardrobe.worn import Worn

BROAD = ("shield", "book")


def held(sketch: Sketch, design: Design) -> Worn:
    """The thing of a design in the hand of a sketch; what is broad hides the hand."""
    x, y, scale = grip_of(sketch)
    drawn = placed(_DRAWERS[design.kind](design), x, y, scale, _tilt(sketch, design.kind))
    if sketch.growth.stage == HATCHLING:
        return Worn(drawn)
    return Worn(_arm(sketch) + drawn + ("" if design.kind in BROAD else _fist(sketch)))


def thing(design: Design) -> str:
    """The thing by itself, in the middle of the canvas."""
    return placed(_DRAWERS[design.kind](design), MIDDLE, MIDDLE + 60, 1.2, 14)


def _tilt(sketch: Sketch, kind: str) -> float:
    """Away from the head, which is wide on the young; degrees."""
    outwards = {"shield": -4.0, "book": -6.0, "flag": -8.0, "balloon": -30.0}.get(kind, -18.0)
    if sketch.growth.stage == HATCHLING:
        return outwards - 24
    return outwards - {2: 10, 3: 8}.get(sketch.growth.stage, 0)


def _arm(sketch: Sketch) -> str:
    """A raised arm behind the thing; owls hold with the tip of a wing."""
    if sketch.traits.plan is Plan.OWL:
        return ""
    x, y, scale = grip_of(sketch)
    turn = -58 if sketch.growth.stage > 2 else -40
    return oval(
        (x + 22 * scale, y + 7 * scale),
        (18 * scale, 36 * scale),
        fill=sketch.paint("coat"),
        ink=sketch.palette.ink,
        width=sketch.growth.outline,
        turn=turn,
    )


def _fist(sketch: Sketch) -> str:
    x, y, scale = grip_of(sketch)
    paint = "mark" if sketch.traits.plan is Plan.OWL else "coat"
    ink, width = sketch.palette.ink, sketch.growth.outline
    fist = oval((x, y), (19 * scale, 17 * scale), fill=sketch.paint(paint), ink=ink, width=width)
    toes = line(
        f"M{at(x - 6 * scale, y - 10 * scale)}v{at(8 * scale)}"
        f"M{at(x + 6 * scale, y - 10 * scale)}v{at(8 * scale)}",
        ink=ink,
        width=width * 0.6,
    )
    return fist + toes


def _pole(design: Design, top: float, foot: float, name: str, thick: float = 9) -> str:
    d = f"M0 {at(top)}L0 {at(foot)}"
    return line(d, ink=design.ink, width=thick + 10) + line(
        d, ink=design.colours[name][1], width=thick
    )


def _sword(design: Design) -> str:
    blade = "M-13 -20L-13 -112L0 -138L13 -112L13 -20Z"
    ridge = line("M0 -118L0 -26", ink="#8fa1b5", width=4)
    light = line("M-7 -108L-7 -30", ink="#ffffff", width=3.4, opacity=0.9)
    guard = design.shape("M-36 -24Q0 -12 36 -24L36 -12Q0 2 -36 -12Z", "gold")
    stone = design.disc(0, -14, 7, 7, "main", width=3.4)
    pommel = design.disc(0, 31, 9, 9, "gold")
    grip = _pole(design, -8, 24, "leather")
    return design.shape(blade, "steel") + ridge + light + grip + pommel + guard + stone


def _staff(design: Design) -> str:
    claw = line("M-20 -104C-30 -82 -10 -72 0 -66C10 -72 30 -82 20 -104", ink=design.ink, width=17)
    claw += line(
        "M-20 -104C-30 -82 -10 -72 0 -66C10 -72 30 -82 20 -104",
        ink=design.colours["wood"][0],
        width=7,
    )
    halo = design.halo(0, -112, 52)
    orb = design.disc(0, -112, 24, 24, "main") + oval(
        (-8, -120), (7, 5.5), fill="#ffffff", opacity=0.9, turn=-30
    )
    sparkle = diamond(32, -140, 11, fill="#fff3b8") + diamond(-34, -134, 8, fill="#fff3b8")
    return halo + _pole(design, -66, 84, "wood", 11) + claw + orb + sparkle


def _wand(design: Design) -> str:
    halo = design.halo(0, -92, 60)
    ribbons = line("M-2 -62C-22 -46 -14 -34 -30 -22", ink=design.paint("trim"), width=6)
    ribbons += line("M2 -62C20 -48 10 -38 24 -24", ink=design.paint("trim"), width=6)
    sparkles = "".join(
        diamond(x, y, r, fill="#fff3b8")
        for x, y, r in ((42, -116, 11), (-40, -122, 9), (34, -66, 7))
    )
    star_shape = design.shape(star(0, -92, 33), "gold")
    return halo + ribbons + _pole(design, -66, 28, "cream", 7) + star_shape + sparkles


def _balloon(design: Design) -> str:
    string = line("M0 26C-8 0 10 -30 0 -64", ink=design.ink, width=3.6)
    bag = "M0 -66C-40 -84 -46 -158 0 -160C46 -158 40 -84 0 -66Z"
    knot = design.shape("M-8 -58L0 -70L8 -58Z", "main", width=4.4)
    glint = oval((-16, -132), (8, 15), fill="#ffffff", opacity=0.75, turn=18)
    return string + knot + design.shape(bag, "main") + glint


def _shield(design: Design) -> str:
    outer = "M-46 -58Q0 -76 46 -58C50 -4 34 36 0 56C-34 36 -50 -4 -46 -58Z"
    inner = "M-33 -47Q0 -60 33 -47C36 -6 24 24 0 40C-24 24 -36 -6 -33 -47Z"
    half = "M0 -57Q18 -56 33 -47C36 -6 24 24 0 40Z"
    cut = design.shape(inner, "main", width=0) + design.shape(half, "deep", width=0)
    rim = line(inner, ink=design.ink, width=3.8)
    return (
        design.shape(outer, "steel") + cut + rim + design.shape(star(0, -10, 22), "gold", width=4)
    )


def _flower(design: Design) -> str:
    stem = line("M0 32Q6 -20 0 -62", ink=design.ink, width=14)
    stem += line("M0 32Q6 -20 0 -62", ink=design.colours["leaf"][1], width=6)
    leaf = design.shape("M4 -16C24 -16 36 -30 38 -46C18 -46 4 -36 4 -16Z", "leaf", width=4.4)
    other = design.shape("M2 -28C-14 -30 -24 -40 -26 -54C-10 -54 2 -46 2 -28Z", "leaf", width=4.4)
    return stem + leaf + other + placed(flower(design, 0, 0, 44), 0, -84)


def _book(design: Design) -> str:
    pages = design.shape("M-46 -66L38 -66L42 30L-42 30Z", "cream")
    lines = line("M-38 24L40 24M-38 17L40 17", ink=design.ink, width=2.6, opacity=0.35)
    cover = design.shape("M-50 -72L34 -72Q40 -72 40 -64L40 12Q40 18 34 18L-50 18Z", "main")
    spine = design.shape("M-50 -72L-36 -72L-36 18L-50 18Q-56 18 -56 10L-56 -64Q-56 -72 -50 -72Z",
                         "deep")  # fmt: skip
    corner = "".join(
        design.shape(d, "gold", width=3)
        for d in ("M40 -50L40 -64Q40 -72 34 -72L20 -72Z", "M40 -4L40 12Q40 18 34 18L20 18Z")
    )
    return pages + lines + cover + spine + corner + design.shape(star(2, -28, 20), "gold", width=4)


def _torch(design: Design) -> str:
    glow = design.halo(0, -92, 74, "#ffcf5a")
    flame = "M0 -52C-34 -60 -34 -94 -14 -112C-14 -96 -4 -98 -2 -142C26 -120 38 -70 0 -52Z"
    core = "M0 -54C-16 -60 -14 -82 -2 -94C4 -80 18 -66 0 -54Z"
    bowl = design.shape("M-24 -58Q0 -48 24 -58L16 -34Q0 -28 -16 -34Z", "gold")
    wrap = line("M-5 -12l10 6M-5 8l10 6", ink=design.paint("main"), width=5)
    return (
        glow
        + _pole(design, -36, 44, "wood", 12)
        + wrap
        + design.shape(flame, "flame")
        + line(core, ink="#fff6c9", width=3)
        + design.shape(core, "cream", width=0)
        + bowl
    )


def _lollipop(design: Design) -> str:
    swirl = line(
        "M0 -92C10 -96 12 -82 0 -80C-18 -80 -20 -106 0 -108C26 -108 30 -70 0 -66",
        ink=design.paint("pale"),
        width=8,
    )
    candy = design.disc(0, -90, 38, 38, "main")
    glint = oval((-16, -110), (8, 5), fill="#ffffff", opacity=0.85, turn=-40)
    tied = design.shape("M0 -50L-20 -60L-18 -38ZM0 -50L20 -60L18 -38Z", "trim", width=4.4)
    return _pole(design, -54, 32, "cream", 6) + candy + swirl + glint + tied


def _flag(design: Design) -> str:
    cloth = "M4 -132C30 -146 52 -116 84 -132L80 -66C52 -50 30 -82 4 -66Z"
    stripe = "M4 -110C30 -124 52 -94 83 -110L81 -88C52 -72 30 -102 4 -88Z"
    knob = design.disc(0, -140, 9, 9, "gold", width=4.6)
    flag = design.shape(cloth, "main", width=0) + design.shape(stripe, "pale", width=0)
    flag += line(cloth, ink=design.ink, width=design.width)
    flag += design.shape(star(42, -99, 13), "trim", width=3)
    outwards = f'<g transform="scale(-1 1)">{flag}</g>'
    return _pole(design, -134, 72, "wood", 7) + outwards + knob


_DRAWERS = {
    "sword": _sword,
    "staff": _staff,
    "wand": _wand,
    "balloon": _balloon,
    "shield": _shield,
    "flower": _flower,
    "book": _book,
    "torch": _torch,
    "lollipop": _lollipop,
    "flag": _flag,
}
