"""Which design an item is, and in which colours: told by its words, else by its hash. Pure."""

import re
from dataclasses import dataclass

from app.art.dna import Dna
from app.art.items import Category, WornItem
from app.art.palettes import oklch
from app.art.strokes import glow, gradient, oval, path

DESIGNS: dict[Category, dict[str, str]] = {
    Category.BACKGROUND: {
        "meadow": "field garden spring grass hill flowers park",
        "night": "moon midnight stars starry sky dream",
        "beach": "island summer palm sand sunset coast",
        "forest": "wood woods jungle tree trees grove",
        "snow": "winter ice frost mountain mountains alps",
        "ocean": "sea reef underwater aquarium coral deep",
        "arena": "stadium castle colosseum stage podium court",
        "galaxy": "space cosmos nebula planet planets orbit",
    },
    Category.BODY: {
        "tunic": "shirt tee jersey uniform kit outfit costume",
        "sweater": "pullover hoodie jumper wool knit",
        "armor": "armour plate mail cuirass knight breastplate",
        "cape": "cloak mantle hero",
        "robe": "gown wizard kimono mage dress",
        "vest": "waistcoat jacket suit coat blazer tuxedo",
    },
    Category.FEET: {
        "boots": "boot wellies rain",
        "sneakers": "sneaker trainers running runner shoe shoes kicks",
        "slippers": "slipper bunny fluffy",
        "socks": "sock stockings",
        "greaves": "armor armour plated knight sabatons",
    },
    Category.HAND: {
        "sword": "blade dagger saber sabre katana",
        "staff": "stick scepter sceptre orb",
        "wand": "magic star",
        "balloon": "balloons",
        "shield": "buckler guard",
        "flower": "rose tulip daisy bouquet",
        "book": "spellbook tome notebook dictionary",
        "torch": "lantern lamp flame fire",
        "lollipop": "candy sweet lolly",
        "flag": "banner pennant",
    },
    Category.NECK: {
        "scarf": "shawl muffler",
        "bow": "bowtie ribbon",
        "medal": "medallion gold trophy award",
        "collar": "bell choker",
        "pearls": "necklace beads amulet pendant gem",
        "bandana": "neckerchief kerchief",
        "garland": "lei wreath flowers",
    },
    Category.FACE: {
        "glasses": "spectacles reading round nerd",
        "sunglasses": "shades sun cool aviator",
        "monocle": "gentleman",
        "eyepatch": "pirate patch",
        "hearts": "heart love",
        "mask": "hero domino masquerade bandit",
        "goggles": "ski diving swim aviation",
    },
    Category.HEAD: {
        "crown": "king queen royal tiara diadem",
        "wizard": "witch magic mage sorcerer",
        "cap": "baseball trucker snapback",
        "beanie": "wool winter knit bobble",
        "party": "birthday cone celebration",
        "tophat": "top magician gentleman bowler",
        "wreath": "flower flowers laurel floral garland",
        "headphones": "headset music dj earphones",
        "helmet": "knight viking horned armor armour",
        "straw": "sun summer farmer cowboy",
    },
    Category.ACCESSORY: {
        "wisp": "ghost spirit soul",
        "butterfly": "butterflies moth",
        "stars": "star sparkle sparkles shine",
        "hearts": "heart love",
        "bubbles": "bubble soap",
        "cloud": "rain storm weather",
        "chick": "pet bird duck friend",
        "gem": "crystal diamond jewel ruby emerald",
        "notes": "note music song",
        "halo": "angel ring",
    },
}

COLOURS = {
    "red": (0.62, 0.19, 25),
    "ruby": (0.58, 0.19, 15),
    "crimson": (0.55, 0.19, 20),
    "orange": (0.74, 0.16, 55),
    "gold": (0.82, 0.15, 85),
    "golden": (0.82, 0.15, 85),
    "yellow": (0.87, 0.15, 95),
    "green": (0.68, 0.15, 150),
    "emerald": (0.66, 0.15, 160),
    "lime": (0.82, 0.17, 125),
    "teal": (0.68, 0.11, 190),
    "cyan": (0.80, 0.11, 205),
    "blue": (0.60, 0.16, 255),
    "navy": (0.42, 0.12, 265),
    "sky": (0.80, 0.09, 235),
    "purple": (0.58, 0.17, 305),
    "violet": (0.58, 0.17, 295),
    "pink": (0.79, 0.13, 355),
    "rose": (0.72, 0.15, 5),
    "brown": (0.55, 0.08, 55),
    "black": (0.36, 0.02, 270),
    "dark": (0.36, 0.03, 280),
    "white": (0.95, 0.01, 250),
    "silver": (0.83, 0.015, 250),
    "grey": (0.68, 0.015, 250),
    "gray": (0.68, 0.015, 250),
    "bronze": (0.66, 0.11, 60),
}

MATERIALS = {
    "gold": ("#ffe694", "#e3a22f"),
    "steel": ("#f2f6fb", "#a3b3c6"),
    "wood": ("#cf9a62", "#8d5c35"),
    "cream": ("#fffdf6", "#eadfca"),
    "straw": ("#fbe3a0", "#dfae55"),
    "leaf": ("#9fd86b", "#4f9a4a"),
    "flame": ("#ffe27a", "#ff7a2f"),
    "night": ("#4a4560", "#26223a"),
    "leather": ("#b97d4f", "#7d4b2d"),
}


@dataclass(frozen=True, slots=True)
class Design:
    """One item's drawing: which, in which colours, and the hash that its details come from.

    `prefix` makes the ids of its paints unique in the picture.
    """

    kind: str
    dna: Dna
    colours: dict[str, tuple[str, str]]
    ink: str
    prefix: str
    width: float = 5.8

    def paint(self, name: str) -> str:
        """A reference to a paint: main, trim, pale, or one of `MATERIALS`."""
        return f"url(#{self.prefix}-{name})"

    def shape(self, d: str, name: str, *, width: float | None = None) -> str:
        """A closed shape in one of the paints, with the outline of everything drawn here."""
        width = self.width if width is None else width
        return path(d, fill=self.paint(name), ink=self.ink, width=width)

    def disc(
        self, x: float, y: float, rx: float, ry: float, name: str, *, width: float | None = None
    ) -> str:
        """An ellipse like `shape`."""
        width = self.width if width is None else width
        return oval((x, y), (rx, ry), fill=self.paint(name), ink=self.ink, width=width)

    def halo(self, x: float, y: float, r: float, colour: str | None = None) -> str:
        """Light round a point, in the item's colour unless told otherwise; one an item."""
        name = f"{self.prefix}-halo"
        light = glow(name, colour or self.colours["main"][0], 0.7)
        return light + oval((x, y), (r, r), fill=f"url(#{name})")

    def with_paints(self, marks: str) -> str:
        """Marks together with the definitions of the paints that they use."""
        used = (
            gradient(f"{self.prefix}-{name}", *pair)
            for name, pair in self.colours.items()
            if f"url(#{self.prefix}-{name})" in marks
        )
        return "".join(used) + marks


def design_of(item: WornItem, prefix: str) -> Design:
    """The design of an item; the same item always gets the same."""
    words = re.findall(r"[a-z]+", (item.look or item.item_id).lower())
    dna = Dna(f"item/{item.look or item.item_id}", 0)
    lightness, chroma, hue = _colour(words, dna)
    trim = _trim(hue, chroma, dna)
    colours = {
        "main": (
            oklch(min(0.97, lightness + 0.07), chroma * 0.9, hue + 8),
            oklch(lightness - 0.09, chroma * 1.05, hue - 10),
        ),
        "trim": trim,
        "pale": (oklch(0.975, 0.02, hue + 20), oklch(0.90, 0.045, hue)),
        "deep": (
            oklch(max(0.3, lightness - 0.12), chroma, hue - 8),
            oklch(max(0.24, lightness - 0.24), chroma, hue - 16),
        ),
        **MATERIALS,
    }
    ink = oklch(0.29, 0.05, hue - 20)
    return Design(_kind(item.category, words, dna), dna, colours, ink, prefix)


def _kind(category: Category, words: list[str], dna: Dna) -> str:
    """The design whose name is among the words, else one they stand for, else one by the hash."""
    designs = DESIGNS[category]
    for word in reversed(words):
        for said in (word, word.removesuffix("s")):
            if said in designs:
                return said
    for word in reversed(words):
        for kind, others in designs.items():
            if word in others.split():
                return kind
    return dna.pick("kind", tuple(designs))


def _colour(words: list[str], dna: Dna) -> tuple[float, float, float]:
    for word in words:
        if word in COLOURS:
            return COLOURS[word]
    lightness = dna.pick("lightness", (0.62, 0.68, 0.74, 0.80))
    return lightness, 0.145, dna.number("hue", 0, 360)


def _trim(hue: float, chroma: float, dna: Dna) -> tuple[str, str]:
    turn = dna.pick("trim", (150.0, 180.0, 210.0, 90.0))
    if chroma > 0.1 and 60 < hue < 110:
        turn = 210.0
    return oklch(0.86, 0.13, hue + turn), oklch(0.72, 0.15, hue + turn - 12)
