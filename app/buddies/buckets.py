"""Scores in buckets that are counted, so that a rank need not count everybody. Pure.

Scores below 256 have a bucket each; above, a power of two is cut into 128 buckets, so that the
scores in one differ by less than a hundredth.
"""

FINE = 128


def bucket_of(score: int) -> int:
    """The bucket of a score of at least 1; a higher score never has a lower bucket."""
    coarse = max(score.bit_length() - 8, 0)
    return coarse * FINE + (score >> coarse)


def highest_in(bucket: int) -> int:
    """The highest score of a bucket."""
    coarse = max(bucket // FINE - 1, 0)
    return ((bucket - coarse * FINE + 1) << coarse) - 1
