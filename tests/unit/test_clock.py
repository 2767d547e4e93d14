"""Instants: whole milliseconds, UTC, one text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.clock import SystemClock, from_milliseconds, to_milliseconds, to_text

AWARE = st.datetimes(
    datetime(2, 1, 1),
    datetime(9998, 1, 1),
    timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(AWARE)
def test_an_instant_survives_its_storage_to_the_millisecond(instant: datetime) -> None:
    kept = from_milliseconds(to_milliseconds(instant))
    assert timedelta(0) <= instant - kept < timedelta(milliseconds=1)
    assert kept.tzinfo is UTC


@given(AWARE)
def test_the_text_of_an_instant_reads_back_as_what_is_stored(instant: datetime) -> None:
    text = to_text(instant)
    assert len(text) == 24
    assert datetime.fromisoformat(text) == from_milliseconds(to_milliseconds(instant))


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00.000Z"),
        (datetime(2026, 3, 4, 5, 6, 7, 890_999, UTC), "2026-03-04T05:06:07.890Z"),
        (
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            "2025-12-31T23:30:00.000Z",
        ),
    ],
)
def test_the_text_is_rfc_3339_in_utc(instant: datetime, text: str) -> None:
    assert to_text(instant) == text


def test_the_systems_clock_tells_whole_milliseconds_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
