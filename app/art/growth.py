"""How big the parts of a creature are at each stage. Pure.

A hatchling is nearly all head; an elder is tall, with everything that marks its kind at full size.
"""

from dataclasses import dataclass

STAGES = range(1, 6)
HATCHLING, ELDER = 1, 5
GROUND = 462.0


@dataclass(frozen=True, slots=True)
class Round:
    """A centre on the middle line and two radii, in canvas units."""

    y: float
    rx: float
    ry: float

    @property
    def top(self) -> float:
        return self.y - self.ry

    @property
    def bottom(self) -> float:
        return self.y + self.ry


@dataclass(frozen=True, slots=True)
class Growth:
    """The measures of one stage. `ear` to `tail` are factors of the full size."""

    stage: int
    head: Round
    body: Round
    eye: float
    ear: float
    horn: float
    back: float
    tail: float
    outline: float


GROWTHS = {
    1: Growth(1, Round(274, 124, 108), Round(392, 84, 70), 30.0, 0.62, 0.0, 0.0, 0.0, 6.5),
    2: Growth(2, Round(246, 118, 102), Round(380, 80, 82), 27.5, 0.78, 0.42, 0.36, 0.58, 6.3),
    3: Growth(3, Round(222, 106, 93), Round(360, 82, 102), 24.0, 0.92, 0.66, 0.60, 0.80, 6.0),
    4: Growth(4, Round(206, 98, 86), Round(347, 90, 115), 21.0, 1.02, 0.86, 0.80, 0.94, 5.8),
    5: Growth(5, Round(198, 92, 81), Round(338, 100, 124), 19.0, 1.10, 1.08, 1.00, 1.06, 5.6),
}
