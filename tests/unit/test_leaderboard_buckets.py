"""Buckets of scores: in order, nested, and together they hold every score above one once."""

from hypothesis import given
from hypothesis import strategies as st

from app.buddies.buckets import LEVELS, above, bucket_of, highest_in
from app.kit.wire import INTEGER_MAX

SCORES = st.one_of(st.integers(1, INTEGER_MAX), st.integers(1, 40_000))


@given(SCORES, SCORES)
def test_a_higher_score_is_never_in_a_lower_bucket(one: int, other: int) -> None:
    low, high = sorted((one, other))
    for level in range(len(LEVELS)):
        assert bucket_of(low, level) <= bucket_of(high, level)


@given(SCORES)
def test_a_bucket_ends_where_the_next_begins(score: int) -> None:
    for level in range(len(LEVELS)):
        highest = highest_in(bucket_of(score, level), level)
        assert highest >= score
        assert bucket_of(highest, level) == bucket_of(score, level)
        assert bucket_of(highest + 1, level) == bucket_of(score, level) + 1


@given(SCORES, SCORES)
def test_every_higher_score_is_counted_in_one_place(score: int, other: int) -> None:
    ranges, highest = above(score, INTEGER_MAX)
    places = [each.first <= bucket_of(other, each.level) <= each.last for each in ranges]
    places.append(score < other <= highest)
    assert sum(places) == (1 if other > score else 0)


@given(SCORES)
def test_a_rank_reads_a_few_dozen_buckets_a_level(score: int) -> None:
    for each in above(score, INTEGER_MAX)[0][1:]:
        assert each.last - each.first < 32
