"""Creature lines: families of kinds and colours that a config can choose for its eggs. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Plan(StrEnum):
    """The kinds of creature."""

    CUB = "cub"
    DRAKE = "drake"
    FOX = "fox"
    OWL = "owl"
    NEWT = "newt"
    SPRITE = "sprite"


class Coat(StrEnum):
    """How light and strong the colours of a creature are."""

    BRIGHT = "bright"
    SOFT = "soft"
    VIVID = "vivid"
    PASTEL = "pastel"
    RICH = "rich"
    PALE = "pale"
    DUSK = "dusk"


@dataclass(frozen=True, slots=True)
class Line:
    """The plans and coats of a line (one named twice is twice as common) and its hues, degrees."""

    plans: tuple[Plan, ...]
    coats: tuple[Coat, ...]
    hues: tuple[float, float]


EVERYTHING = Line(tuple(Plan), tuple(Coat), (0, 360))

LINES = {
    "arena": EVERYTHING,
    "meadow": Line(
        (Plan.CUB, Plan.CUB, Plan.SPRITE, Plan.SPRITE, Plan.FOX, Plan.OWL),
        (Coat.BRIGHT, Coat.SOFT, Coat.PASTEL, Coat.PASTEL, Coat.PALE),
        (100, 165),
    ),
    "ocean": Line(
        (Plan.NEWT, Plan.NEWT, Plan.NEWT, Plan.DRAKE, Plan.SPRITE),
        (Coat.BRIGHT, Coat.SOFT, Coat.VIVID, Coat.RICH),
        (180, 265),
    ),
    "ember": Line(
        (Plan.DRAKE, Plan.DRAKE, Plan.DRAKE, Plan.FOX, Plan.FOX, Plan.CUB),
        (Coat.VIVID, Coat.VIVID, Coat.RICH, Coat.BRIGHT, Coat.DUSK),
        (8, 58),
    ),
    "frost": Line(
        (Plan.OWL, Plan.OWL, Plan.FOX, Plan.CUB, Plan.DRAKE),
        (Coat.PALE, Coat.PALE, Coat.PASTEL, Coat.SOFT),
        (210, 290),
    ),
    "twilight": Line(
        (Plan.FOX, Plan.SPRITE, Plan.OWL, Plan.DRAKE),
        (Coat.DUSK, Coat.DUSK, Coat.RICH, Coat.VIVID),
        (270, 345),
    ),
}


def line_of(name: str) -> Line:
    """The line of a name; a name that is not known is a line of every kind and colour."""
    return LINES.get(name, EVERYTHING)
