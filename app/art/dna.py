"""What a variant looks like: the traits that stay the same at every stage. Pure.

Each trait is drawn from a hash of (line, variant, its own name), so that a new trait never changes
the traits that existing creatures already have.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from app.art.lines import Plan, line_of

VARIANTS = 1000

Option = TypeVar("Option")


class Ears(StrEnum):
    ROUND = "round"
    POINTED = "pointed"
    LONG = "long"
    FLOPPY = "floppy"
    TUFT = "tuft"
    FRILL = "frill"
    LEAF = "leaf"
    NONE = "none"


class Horns(StrEnum):
    NONE = "none"
    SHORT = "short"
    RAM = "ram"
    ANTLERS = "antlers"
    SINGLE = "single"
    SPROUT = "sprout"


class Back(StrEnum):
    """What rises behind the body as the creature grows."""

    MANE = "mane"
    BAT = "bat"
    FEATHERS = "feathers"
    BUTTERFLY = "butterfly"
    TAILS = "tails"
    SAIL = "sail"


class Tail(StrEnum):
    NONE = "none"
    TUFTED = "tufted"
    SPADE = "spade"
    BRUSH = "brush"
    FIN = "fin"
    CURL = "curl"


class Pattern(StrEnum):
    PLAIN = "plain"
    SPOTS = "spots"
    STRIPES = "stripes"
    PATCH = "patch"
    FRECKLES = "freckles"
    MASK = "mask"


class Eyes(StrEnum):
    ROUND = "round"
    TALL = "tall"
    SLIT = "slit"
    STARRY = "starry"


class Mouth(StrEnum):
    CAT = "cat"
    SMILE = "smile"
    OPEN = "open"
    FANG = "fang"
    BEAK = "beak"


@dataclass(frozen=True, slots=True)
class Dna:
    """The hash that every trait of one creature is drawn from."""

    line: str
    variant: int

    def number(self, trait: str, low: float, high: float) -> float:
        """A number in [low, high), the same for the same creature and trait."""
        digest = hashlib.sha256(f"{self.line}/{self.variant}/{trait}".encode()).digest()
        return low + (high - low) * int.from_bytes(digest[:6], "big") / 2**48

    def pick(self, trait: str, options: Sequence[Option]) -> Option:
        """One of `options`, the same for the same creature and trait."""
        return options[int(self.number(trait, 0, len(options)))]


@dataclass(frozen=True, slots=True)
class Traits:
    """Everything about a creature that does not change as it grows, colours aside."""

    plan: Plan
    ears: Ears
    horns: Horns
    back: Back
    tail: Tail
    pattern: Pattern
    eyes: Eyes
    mouth: Mouth


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The parts that suit a plan; a part named twice is twice as common."""

    ears: tuple[Ears, ...]
    horns: tuple[Horns, ...]
    backs: tuple[Back, ...]
    tails: tuple[Tail, ...]
    mouths: tuple[Mouth, ...]


ANATOMIES = {
    Plan.CUB: Anatomy(
        (Ears.ROUND, Ears.ROUND, Ears.FLOPPY, Ears.LONG),
        (Horns.NONE, Horns.NONE, Horns.ANTLERS, Horns.RAM, Horns.SINGLE),
        (Back.MANE, Back.MANE, Back.FEATHERS),
        (Tail.TUFTED, Tail.CURL),
        (Mouth.CAT, Mouth.CAT, Mouth.OPEN),
    ),
    Plan.DRAKE: Anatomy(
        (Ears.FRILL, Ears.NONE, Ears.POINTED),
        (Horns.SHORT, Horns.RAM, Horns.SHORT, Horns.ANTLERS),
        (Back.BAT, Back.BAT, Back.FEATHERS),
        (Tail.SPADE,),
        (Mouth.FANG, Mouth.SMILE, Mouth.OPEN),
    ),
    Plan.FOX: Anatomy(
        (Ears.POINTED, Ears.POINTED, Ears.LONG),
        (Horns.NONE, Horns.NONE, Horns.SINGLE, Horns.ANTLERS),
        (Back.TAILS,),
        (Tail.BRUSH,),
        (Mouth.CAT, Mouth.FANG, Mouth.OPEN),
    ),
    Plan.OWL: Anatomy(
        (Ears.TUFT,),
        (Horns.NONE, Horns.SPROUT, Horns.NONE),
        (Back.FEATHERS,),
        (Tail.NONE,),
        (Mouth.BEAK,),
    ),
    Plan.NEWT: Anatomy(
        (Ears.FRILL,),
        (Horns.NONE, Horns.SPROUT, Horns.SHORT),
        (Back.SAIL,),
        (Tail.FIN,),
        (Mouth.SMILE, Mouth.OPEN),
    ),
    Plan.SPRITE: Anatomy(
        (Ears.LEAF, Ears.LEAF, Ears.LONG),
        (Horns.SPROUT, Horns.ANTLERS, Horns.SPROUT),
        (Back.BUTTERFLY,),
        (Tail.NONE, Tail.CURL),
        (Mouth.SMILE, Mouth.CAT, Mouth.OPEN),
    ),
}


def traits_of(dna: Dna) -> Traits:
    """The traits of one creature."""
    plan = dna.pick("plan", line_of(dna.line).plans)
    anatomy = ANATOMIES[plan]
    return Traits(
        plan=plan,
        ears=dna.pick("ears", anatomy.ears),
        horns=dna.pick("horns", anatomy.horns),
        back=dna.pick("back", anatomy.backs),
        tail=dna.pick("tail", anatomy.tails),
        pattern=dna.pick("pattern", tuple(Pattern)),
        eyes=dna.pick("eyes", tuple(Eyes)),
        mouth=dna.pick("mouth", anatomy.mouths),
    )
