"""The picture of a buddy, put together from its parts. Pure and deterministic."""

from app.art import backs, bodies, faces, heads, patterns, tails
from app.art.dna import VARIANTS, Dna, traits_of
from app.art.growth import GROUND, GROWTHS, HATCHLING, STAGES
from app.art.palettes import palette_of
from app.art.sketch import Sketch
from app.art.strokes import MIDDLE, SIDE, line, oval, path


def creature_svg(*, variant: int, stage: int, line: str = "arena") -> str:
    """A 512 × 512 SVG document with a transparent ground.

    `variant` 0–999 and `line` decide what the creature is, `stage` 1–5 how far it has grown; the
    same three always give the same text.

    Raises:
        ValueError: the variant or the stage is out of range.
    """
    if not 0 <= variant < VARIANTS:
        raise ValueError(f"variant must be 0–{VARIANTS - 1}, not {variant}")
    if stage not in STAGES:
        raise ValueError(f"stage must be {STAGES[0]}–{STAGES[-1]}, not {stage}")
    dna = Dna(line, variant)
    sketch = Sketch(dna, traits_of(dna), GROWTHS[stage], palette_of(dna), f"c{variant}-{stage}")
    return document(sketch.definitions(), _parts(sketch))


def document(definitions: str, drawing: str) -> str:
    """An SVG document around paints and marks."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}"'
        f' height="{SIDE}"><defs>{definitions}</defs>{drawing}</svg>'
    )


def _parts(sketch: Sketch) -> str:
    """Every part, from the back to the front."""
    hatchling = sketch.growth.stage == HATCHLING
    return (
        backs.aura(sketch)
        + _ground_shadow(sketch)
        + backs.back(sketch)
        + tails.tail(sketch)
        + bodies.hind_legs(sketch)
        + bodies.torso(sketch)
        + patterns.torso_marks(sketch)
        + ("" if hatchling else bodies.front_limbs(sketch))
        + bodies.ruff(sketch)
        + heads.ears(sketch)
        + heads.horns(sketch)
        + _head(sketch)
        + heads.crest(sketch)
        + (bodies.shell_cap(sketch) + bodies.shell_cup(sketch) if hatchling else "")
        + (bodies.front_limbs(sketch) if hatchling else "")
    )


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
