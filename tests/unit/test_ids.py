"""Ids: made to sort by time, and recognised by their form."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import ids
from app.kit.clock import MILLISECOND

INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=st.just(UTC)).map(
    lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000)
)


@given(INSTANTS)
def test_an_id_is_a_uuid_of_version_7_that_holds_its_instant(instant: datetime) -> None:
    made = UUID(ids.new_id(instant))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert datetime.fromtimestamp(0, UTC) + (made.int >> 80) * MILLISECOND == instant
    assert ids.is_uuid(str(made))
    assert re.fullmatch(ids.UUID_TEXT, str(made))


@given(INSTANTS, st.integers(1, 10**9))
def test_later_ids_sort_after_earlier_ones(instant: datetime, later: int) -> None:
    after = instant + later * MILLISECOND
    assert ids.new_id(instant) < ids.new_id(after)
    assert ids.new_id(instant) < ids.first_id(after) <= ids.new_id(after)


@given(INSTANTS)
def test_the_ids_of_one_transaction_sort_as_they_were_made(instant: datetime) -> None:
    made = list(islice(ids.new_ids(instant), 300))
    assert made == sorted(set(made))
    assert all(ids.first_id(instant) <= each < ids.first_id(instant + MILLISECOND) for each in made)


def test_two_transactions_of_one_instant_share_no_id() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = {each for _ in range(200) for each in islice(ids.new_ids(now), 50)}
    assert len(made) == 200 * 50


@pytest.mark.parametrize(
    "text",
    ["", "x", "01890000-0000-7000-8000-00000000000", "01890000000070008000000000000000",
     "01890000-0000-7000-8000-00000000000G", "01890000-0000-7000-8000-00000000000A",
     "{01890000-0000-7000-8000-000000000000}", "01890000-0000-7000-8000-000000000000\n"],
)  # fmt: skip
def test_only_the_canonical_text_is_an_id(text: str) -> None:
    assert not ids.is_uuid(text)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (ids.CALLER_ID, ["a", "A.b_c:d|e@f=g+h~i-j", "x" * 128], ["", "a b", "ä", "x" * 129, "/"]),
        (ids.MATCH_ID, ["m-1", "x" * 128], ["", "a:b", "x" * 129]),
        (ids.KEY, ["a", "a_b-9", "x" * 64], ["", "A", "a.b", "x" * 65]),
    ],
)
def test_names_given_by_callers_have_a_form(pattern: str, good: list[str], bad: list[str]) -> None:
    assert all(re.fullmatch(pattern, text) for text in good)
    assert not any(re.fullmatch(pattern, text) for text in bad)


def test_an_hour_of_ids_is_in_order() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = [ids.new_id(start + timedelta(seconds=n)) for n in range(3600)]
    assert made == sorted(made)
