"""Backgrounds away from home: under water, before a crowd, among planets. Pure."""

from app.art.strokes import SIDE, at, diamond, glow, line, oval, path
from app.art.wardrobe.designs import Design
from app.art.wardrobe.marks import placed
from app.art.wardrobe.scenery import hills, sky


def ocean(design: Design) -> str:
    """Light that falls through water on a sandy ground with weed and bubbles."""
    rays = "".join(
        path(f"M{at(x, 0)}L{at(x + w, 0)}L{at(x + w + 40, 460)}L{at(x - 60, 460)}Z",
             fill="#ffffff", opacity=0.13)
        for x, w in ((90, 50), (230, 36), (350, 70))
    )  # fmt: skip
    weed = ""
    for x, high, colour in (
        (34, 190.0, "#3f9f83"),
        (70, 120.0, "#57b894"),
        (470, 210.0, "#3f9f83"),
    ):
        d = f"M{at(x, 470)}C{at(x - 34, 470 - high * 0.4, x + 34, 470 - high * 0.6, x, 470 - high)}"
        weed += line(d, ink=colour, width=17)
    coral = "M430 476L430 410M430 440Q404 430 402 398M430 430Q456 424 458 392"
    reef = line(coral, ink=design.ink, width=25) + line(coral, ink=design.paint("main"), width=14)
    bubbles = []
    for number in range(18):
        bx = design.dna.number(f"bubble-x{number}", 10, SIDE - 10)
        by = design.dna.number(f"bubble-y{number}", 20, 400)
        r = design.dna.number(f"bubble-r{number}", 3, 13)
        bubbles.append(oval((bx, by), (r, r), fill="#ffffff", opacity=0.28))
        bubbles.append(oval((bx - r * 0.3, by - r * 0.3), (r * 0.26, r * 0.2), fill="#ffffff"))
    sand = hills(design, "sand", 428, 10, ("#f4e3b4", "#d9be86"), 1.2)
    school = "".join(
        placed(_fish(design), x, y, s) for x, y, s in ((430, 118, 0.8), (380, 78, 0.5))
    )
    return sky(design, "#8be0ee", "#3a8fc4") + rays + school + weed + reef + sand + "".join(bubbles)


def _fish(design: Design) -> str:
    fin = design.shape("M26 0L54 -20L54 20Z", "trim", width=4)
    eye = oval((-18, -5), (4.4, 5), fill=design.ink)
    return fin + design.disc(0, 0, 36, 21, "trim", width=4) + eye


def arena(design: Design) -> str:
    """Tiers full of people, banners, and light on the ground."""
    tiers = ""
    for row, colour in enumerate(("#d9c9e8", "#cbb8df", "#bda6d6")):
        y = 196 + row * 58
        tiers += path(
            f"M-10 {at(y)}Q256 {at(y + 40)} 522 {at(y)}L522 {at(y + 70)}L-10 {at(y + 70)}Z",
            fill=colour,
        )
        for seat in range(17):
            x = -4 + seat * 33 + (row % 2) * 16
            rise = 40 * (1 - ((x - 256) / 266) ** 2) / 2
            lift = design.dna.number(f"jump-{row}-{seat}", -5, 5)
            tone = design.dna.pick(
                f"seat-{row}-{seat}", ("#f4ecff", "#e6d8f6", "#fbe3ea", "#dfe9fb")
            )
            tiers += oval((x, y + rise - 4 + lift), (12, 13), fill=tone)
    banners = ""
    for x, name in ((70, "main"), (170, "trim"), (342, "trim"), (442, "main")):
        cloth = design.shape("M-26 0L26 0L26 78L0 60L-26 78Z", name, width=4.4)
        banners += placed(cloth + line("M-34 0L34 0", ink=design.paint("gold"), width=9), x, 46)
    beams = path("M0 0L120 0L330 470L120 470Z", fill="#fffbe6", opacity=0.3) + path(
        "M512 0L392 0L182 470L392 470Z", fill="#fffbe6", opacity=0.3
    )
    wall = path("M-10 366Q256 404 522 366L522 440L-10 440Z", fill="#8e76ad")
    studs = line("M-10 374Q256 412 522 374", ink=design.paint("gold"), width=8)
    floor = hills(design, "floor", 420, 6, ("#f6e0b4", "#dcb878"), 1.6)
    ring = oval((256, 470), (214, 34), fill="none", ink="#ffffff", width=6, opacity=0.6)
    return sky(design, "#c7d9ff", "#f5ecff") + tiers + wall + studs + banners + beams + floor + ring


def galaxy(design: Design) -> str:
    """Space, with planets and a rock to stand on."""
    mists = "".join(
        glow(f"{design.prefix}-{colour[1:]}", colour, 0.6)
        + oval((x, y), (rx, ry), fill=f"url(#{design.prefix}-{colour[1:]})", turn=-24)
        for x, y, rx, ry, colour in (
            (140, 170, 280, 120, "#8d6bff"),
            (380, 250, 280, 130, "#ff7ac3"),
            (240, 210, 200, 60, "#7ad7ff"),
        )
    )
    stars = []
    for number in range(46):
        x = design.dna.number(f"star-x{number}", 4, SIDE - 4)
        y = design.dna.number(f"star-y{number}", 4, 420)
        r = design.dna.number(f"star-r{number}", 1.6, 4.6)
        stars.append(oval((x, y), (r * 0.6, r * 0.6), fill="#ffffff", opacity=0.9))
    stars.extend(
        diamond(x, y, r, fill="#fff6d0")
        for x, y, r in ((60, 220, 12), (330, 60, 13), (480, 300, 11))
    )
    planet = design.disc(102, 106, 50, 50, "main", width=5) + oval(
        (86, 90), (18, 13), fill="#ffffff", opacity=0.3, turn=-30
    )
    ring = "M38 124C10 142 30 148 102 126C176 100 188 84 164 86"
    planet += line(ring, ink=design.ink, width=16) + line(ring, ink=design.paint("gold"), width=8)
    small = design.disc(436, 150, 27, 27, "trim", width=4.4)
    small += oval((428, 142), (6, 5), fill=design.ink, opacity=0.2)
    small += oval((446, 158), (8, 6), fill=design.ink, opacity=0.2)
    rock = hills(design, "rock", 424, 10, ("#8a80b8", "#5a5288"), 2.2)
    holes = "".join(
        oval((x, y), (r, r * 0.4), fill="#4a4376", opacity=0.7)
        for x, y, r in ((70, 470, 30), (440, 480, 38), (300, 496, 22), (482, 446, 16))
    )
    return (
        sky(design, "#1d1740", "#4b3a8c") + mists + "".join(stars) + planet + small + rock + holes
    )
