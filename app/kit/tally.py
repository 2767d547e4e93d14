"""Counting as plain numbers, cheap enough for busy paths; whoever asks for metrics reads them."""

from bisect import bisect_left
from collections.abc import Sequence


class Spread:
    """How many values fell into which range, and their sum. For one thread."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Take the upper bounds of the ranges, inclusive and rising; one more range follows."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
