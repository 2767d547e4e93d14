"""Scores in buckets that are counted, so that a rank need not count everybody. Pure.

There are three levels of buckets, each finer than the one before. At a level of `bits`, scores
below `2 ** bits` have a bucket each, and above them a power of two is cut into `2 ** (bits - 1)`
buckets. Every bucket of a level lies whole in one of the level before.
"""

from typing import NamedTuple

LEVELS = (4, 9, 14)


class Range(NamedTuple):
    """Buckets of a level, from the first to the last; none where the first is higher."""

    level: int
    first: int
    last: int


def bucket_of(score: int, level: int) -> int:
    """The bucket of a score of at least 1; a higher score never has a lower bucket."""
    bits = LEVELS[level]
    coarse = max(score.bit_length() - bits, 0)
    return (coarse << (bits - 1)) + (score >> coarse)


def highest_in(bucket: int, level: int) -> int:
    """The highest score of a bucket."""
    half = LEVELS[level] - 1
    coarse = max((bucket >> half) - 1, 0)
    return ((bucket - (coarse << half) + 1) << coarse) - 1


def above(score: int, highest: int) -> tuple[list[Range], int]:
    """The buckets of all scores above the finest bucket of one, and the highest score in that.

    `highest` is the highest score that there can be. The ranges of a level stay in the bucket of
    the level before, so that they hold a few dozen buckets, however many scores there are.
    """
    ranges = []
    for level in range(len(LEVELS)):
        bucket = bucket_of(score, level)
        ranges.append(Range(level, bucket + 1, bucket_of(highest, level)))
        highest = highest_in(bucket, level)
    return ranges, highest
