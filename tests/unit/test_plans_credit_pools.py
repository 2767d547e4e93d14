"""Which credits pay a job."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.customers.credit_pools import Grant, Pool, balance, choose, due, next_month
from app.kit.tariff import CreditTerms

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def grant(id_: str, pool: str, remaining: int, ends: datetime | None = None) -> Grant:
    return Grant(id_, Pool(pool), f"source of {id_}", remaining, ends)


SOON = NOW + DAY
ROWS = [
    ("promo is first", [("a", "paid", 9, None), ("b", "promo", 1, None)], 1, {"b": 1}),
    ("welcome before paid", [("a", "paid", 9, None), ("b", "welcome", 1, None)], 1, {"b": 1}),
    ("one pool only", [("a", "promo", 1, None), ("b", "welcome", 1, None)], 2, {}),
    ("the next has enough", [("a", "promo", 1, None), ("b", "paid", 2, None)], 2, {"b": 2}),
    ("the first to end", [("a", "paid", 3, None), ("b", "paid", 3, SOON)], 1, {"b": 1}),
    ("several grants", [("a", "paid", 1, SOON), ("b", "paid", 3, None)], 3, {"a": 1, "b": 2}),
    ("what has ended", [("a", "promo", 9, NOW), ("b", "paid", 1, None)], 1, {"b": 1}),
    ("nothing is there", [], 1, {}),
    ("everything is used up", [("a", "paid", 0, None)], 1, {}),
]


@pytest.mark.parametrize(("_story", "grants", "required", "expected"), ROWS)
def test_a_job_is_paid_from_the_first_pool_that_has_enough(
    _story: str,
    grants: list[tuple[str, str, int, datetime | None]],
    required: int,
    expected: dict[str, int],
) -> None:
    parts = choose([grant(*each) for each in grants], required, NOW)
    assert {each.id: amount for each, amount in parts} == expected


@given(
    st.lists(
        st.builds(
            lambda pool, left, days: (pool, left, None if days is None else NOW + days * DAY),
            st.sampled_from(list(Pool)),
            st.integers(0, 5),
            st.none() | st.integers(-2, 2),
        ),
        max_size=8,
    ),
    st.integers(1, 8),
)
def test_what_is_chosen_pays_exactly_from_one_pool_and_is_there(
    given_: list[tuple[Pool, int, datetime | None]], required: int
) -> None:
    grants = [grant(str(index), *each) for index, each in enumerate(given_)]
    parts = choose(grants, required, NOW)
    left = balance(grants, NOW)
    if not parts:
        assert max(left.promo, left.welcome, left.paid) < required
        return
    assert sum(amount for _, amount in parts) == required
    assert len({each.pool for each, _ in parts}) == 1
    assert all(0 < amount <= each.remaining and each.is_live(NOW) for each, amount in parts)


def test_the_balance_counts_what_lives_and_says_when_promo_credits_end() -> None:
    grants = [
        grant("a", "promo", 3, NOW + 2 * DAY),
        grant("b", "promo", 4, NOW + DAY),
        grant("c", "promo", 9, NOW - DAY),
        grant("d", "welcome", 5),
        grant("e", "paid", 6, NOW + DAY),
    ]
    left = balance(grants, NOW)
    assert (left.promo, left.welcome, left.paid, left.total) == (7, 5, 6, 18)
    assert left.promo_expires_at == NOW + DAY


def test_a_plan_gives_its_month_once_and_its_welcome_once_ever() -> None:
    terms = CreditTerms(monthly=50, welcome=20)
    first = due(terms, [], NOW)
    assert [(each.pool, each.source, each.amount, each.expires_at) for each in first] == [
        ("welcome", "welcome", 20, None),
        ("paid", "plan:2026-03", 50, datetime(2026, 4, 1, tzinfo=UTC)),
    ]
    assert due(terms, ["welcome", "plan:2026-03"], NOW) == []
    assert [each.source for each in due(terms, ["welcome", "plan:2026-03"], NOW + 30 * DAY)] == [
        "plan:2026-04"
    ]
    assert due(CreditTerms(0, 0), [], NOW) == []


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_next_month_begins_on_its_first_day(now: datetime, expected: datetime) -> None:
    assert next_month(now) == expected
