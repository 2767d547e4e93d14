"""The colours of a creature. Pure.

Colours are chosen in OKLCH (lightness, chroma, hue), where equal steps look equal, so that any
hue gives a picture of the same balance; formulas: Björn Ottosson, "A perceptual color space for
image processing" (2020).
"""

import math
from dataclasses import dataclass

from app.art.dna import Dna
from app.art.lines import Coat, line_of


@dataclass(frozen=True, slots=True)
class Palette:
    """Hex colours by what they paint."""

    light: str
    coat: str
    shade: str
    belly: str
    belly_shade: str
    mark: str
    mark_deep: str
    accent: str
    accent_deep: str
    horn: str
    horn_deep: str
    ink: str
    iris: str
    iris_deep: str
    blush: str
    glow: str
    shell: str
    shell_shade: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """How light and strong the coat is, and how far its companions lie on the hue circle."""

    lightness: float
    chroma: float
    mark_turn: float
    accent_turn: float
    mark_lightness: float


SCHEMES = {
    Coat.BRIGHT: Scheme(0.78, 0.125, 28, 185, 0.62),
    Coat.SOFT: Scheme(0.83, 0.095, -38, 150, 0.66),
    Coat.VIVID: Scheme(0.72, 0.145, 50, -120, 0.58),
    Coat.PASTEL: Scheme(0.86, 0.070, 15, 120, 0.63),
    Coat.RICH: Scheme(0.66, 0.120, -55, 95, 0.50),
    Coat.PALE: Scheme(0.90, 0.035, 0, 170, 0.60),
    Coat.DUSK: Scheme(0.55, 0.090, 70, -150, 0.74),
}


def palette_of(dna: Dna) -> Palette:
    """The colours of one creature; the same dna always gives the same."""
    line = line_of(dna.line)
    scheme = SCHEMES[dna.pick("scheme", line.coats)]
    hue = dna.number("hue", *line.hues)
    mark = hue + scheme.mark_turn
    accent = hue + scheme.accent_turn + dna.number("accent", -15, 15)
    iris = accent if dna.number("iris", 0, 1) < 0.6 else hue + 180
    sunny = max(0.0, math.cos(math.radians(accent - 95)))
    lightness, chroma = scheme.lightness, scheme.chroma
    return Palette(
        light=oklch(min(0.95, lightness + 0.09), chroma * 0.8, hue + 12),
        coat=oklch(lightness, chroma, hue),
        shade=oklch(lightness - 0.13, chroma * 1.1, hue - 14),
        belly=oklch(0.965, 0.030, hue + 35),
        belly_shade=oklch(0.885, 0.055, hue + 20),
        mark=oklch(scheme.mark_lightness, 0.125, mark),
        mark_deep=oklch(scheme.mark_lightness - 0.12, 0.130, mark - 10),
        accent=oklch(0.80 + 0.07 * sunny, 0.150, accent),
        accent_deep=oklch(0.62 + 0.12 * sunny, 0.165, accent - 12 - 14 * sunny),
        horn=oklch(0.94, 0.045, 85),
        horn_deep=oklch(0.76, 0.080, 70),
        ink=oklch(0.29, 0.055, hue - 20),
        iris=oklch(0.74, 0.150, iris),
        iris_deep=oklch(0.42, 0.120, iris - 15),
        blush=oklch(0.72, 0.150, 15),
        glow=oklch(0.90, 0.110, accent + 10),
        shell=oklch(0.955, 0.028, hue + 40),
        shell_shade=oklch(0.84, 0.055, hue + 20),
    )


def oklch(lightness: float, chroma: float, hue: float) -> str:
    """A colour as `#rrggbb`; the chroma is lowered until the colour exists on a screen."""
    angle = math.radians(hue)
    for _ in range(24):
        channels = _linear(lightness, chroma * math.cos(angle), chroma * math.sin(angle))
        if all(-0.0005 <= channel <= 1.0005 for channel in channels):
            break
        chroma *= 0.92
    return "#" + "".join(f"{_byte(channel):02x}" for channel in channels)


def _linear(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _byte(channel: float) -> int:
    channel = min(1.0, max(0.0, channel))
    curved = 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
    return round(curved * 255)
