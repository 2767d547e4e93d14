"""What every part needs to draw itself: traits, measures and paints. Pure."""

from dataclasses import dataclass

from app.art.dna import Dna, Traits
from app.art.growth import GROUND, Growth
from app.art.palettes import Palette
from app.art.strokes import at, glow, gradient, path


@dataclass(frozen=True, slots=True)
class Sketch:
    """One creature at one stage. `prefix` makes ids unique in a page with many pictures."""

    dna: Dna
    traits: Traits
    growth: Growth
    palette: Palette
    prefix: str

    def paint(self, name: str) -> str:
        """A reference to one of the paints in `definitions`."""
        return f"url(#{self.prefix}-{name})"

    def definitions(self) -> str:
        """The gradients that parts refer to by `paint`."""
        palette, prefix = self.palette, self.prefix
        return (
            self._coat()
            + gradient(f"{prefix}-belly", palette.belly, palette.belly_shade)
            + gradient(f"{prefix}-mark", palette.mark, palette.mark_deep)
            + gradient(f"{prefix}-accent", palette.accent, palette.accent_deep)
            + gradient(f"{prefix}-horn", palette.horn, palette.horn_deep)
            + gradient(f"{prefix}-iris", palette.iris_deep, palette.iris)
            + gradient(f"{prefix}-shell", palette.shell, palette.shell_shade)
            + glow(f"{prefix}-aura", palette.glow, 0.85)
            + glow(f"{prefix}-blush", palette.blush, 0.62)
            + glow(f"{prefix}-shine", "#ffffff", 0.75)
        )

    def _coat(self) -> str:
        """One light for the whole creature, so that its parts meet without a seam."""
        top = self.growth.head.top
        palette = self.palette
        return (
            f'<linearGradient id="{self.prefix}-coat" gradientUnits="userSpaceOnUse"'
            f' x1="190" y1="{at(top)}" x2="300" y2="{at(GROUND)}">'
            f'<stop offset="0" stop-color="{palette.light}"/>'
            f'<stop offset="0.42" stop-color="{palette.coat}"/>'
            f'<stop offset="1" stop-color="{palette.shade}"/></linearGradient>'
        )


def outlined(sketch: Sketch, d: str, paint: str) -> str:
    """A closed shape in one of the sketch's paints, with the creature's outline."""
    ink, width = sketch.palette.ink, sketch.growth.outline
    return path(d, fill=sketch.paint(paint), ink=ink, width=width)
