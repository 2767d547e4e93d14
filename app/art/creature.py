"""The picture of a buddy, put together from its parts and its outfit. Pure and deterministic."""

from collections.abc import Iterator, Sequence

from app.art import backs, bodies, faces, heads, patterns, tails
from app.art.dna import VARIANTS, Dna, traits_of
from app.art.growth import GROUND, GROWTHS, HATCHLING, STAGES
from app.art.items import Category, Outfit, WornItem, layered
from app.art.lines import Plan
from app.art.palettes import palette_of
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, SIDE, line, oval, path
from app.art.wardrobe import BEHIND, worn

Layer = tuple[float, str]
"""An order, in which more is further in front, and the marks that lie there."""


def creature_svg(
    *, variant: int, stage: int, line: str = "arena", wearing: Sequence[WornItem] = ()
) -> str:
    """A 512 × 512 SVG document; its ground is transparent unless a background is worn.

    `variant` 0–999 and `line` decide what the creature is, `stage` 1–5 how far it has grown; the
    same arguments, with the outfit in any order, always give the same text.

    Raises:
        ValueError: the variant or the stage is out of range.
    """
    if not 0 <= variant < VARIANTS:
        raise ValueError(f"variant must be 0–{VARIANTS - 1}, not {variant}")
    if stage not in STAGES:
        raise ValueError(f"stage must be {STAGES[0]}–{STAGES[-1]}, not {stage}")
    dna = Dna(line, variant)
    sketch = Sketch(dna, traits_of(dna), GROWTHS[stage], palette_of(dna), f"c{variant}-{stage}")
    return document(sketch.definitions(), _drawn(sketch, layered(wearing)))


def document(definitions: str, drawing: str) -> str:
    """An SVG document around paints and marks."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}"'
        f' height="{SIDE}"><defs>{definitions}</defs>{drawing}</svg>'
    )


def _drawn(sketch: Sketch, outfit: Outfit) -> str:
    """Body and outfit from the back to the front; the body comes first where orders are equal."""
    is_capped = all(item.category is not Category.HEAD for item in outfit)
    layers = [*_body(sketch, is_capped), *_outfit(sketch, outfit)]
    return "".join(marks for _, marks in sorted(layers, key=lambda layer: layer[0]))


def _outfit(sketch: Sketch, outfit: Outfit) -> Iterator[Layer]:
    accessories = 0
    for number, item in enumerate(outfit):
        drawn = worn(sketch, item, number=number, place=accessories)
        accessories += item.category is Category.ACCESSORY
        is_background = item.category is Category.BACKGROUND
        yield float("-inf") if is_background else item.order, drawn.front
        yield BEHIND, drawn.behind


def _body(sketch: Sketch, is_capped: bool) -> Iterator[Layer]:
    """Every part of the creature with its order among the layers of an outfit.

    Clothes (20) lie on the torso and the legs; arms and folded wings lie on the clothes; shoes
    (30), what is held (40) and what is round the neck (50) are below the head, glasses (60) below
    what grows on the forehead, hats (70) and company (80) above everything.
    """
    hatchling = sketch.growth.stage == HATCHLING
    yield 1, backs.aura(sketch)
    yield 2, _ground_shadow(sketch)
    yield 3, backs.back(sketch)
    yield 4, tails.tail(sketch)
    yield 6, bodies.hind_legs(sketch)
    yield 7, bodies.torso(sketch)
    yield 8, patterns.torso_marks(sketch)
    if not hatchling:
        yield 22 if _has_arms(sketch) else 9, bodies.front_limbs(sketch)
    yield 23 if not hatchling else 9, bodies.ruff(sketch)
    neck = 11 if hatchling else 52
    yield neck, heads.ears(sketch)
    yield neck + 1, heads.horns(sketch)
    yield neck + 2, _head(sketch)
    yield neck + 3 if hatchling else 65, heads.crest(sketch)
    if hatchling:
        yield 15, (bodies.shell_cap(sketch) if is_capped else "") + bodies.shell_cup(sketch)
        yield 55, bodies.front_limbs(sketch)


def _has_arms(sketch: Sketch) -> bool:
    return sketch.growth.stage == HATCHLING + 1 or sketch.traits.plan is Plan.OWL


def _head(sketch: Sketch) -> str:
    outline = heads.head_outline(sketch)
    return (
        path(outline, fill=sketch.paint("coat"))
        + patterns.head_marks(sketch)
        + faces.face(sketch)
        + line(outline, ink=sketch.palette.ink, width=sketch.growth.outline)
    )


def _ground_shadow(sketch: Sketch) -> str:
    wide = 150.0 if sketch.growth.stage == HATCHLING else sketch.growth.body.rx * 1.75
    return oval((MIDDLE, GROUND + 6), (wide, 20), fill=sketch.palette.ink, opacity=0.18)
