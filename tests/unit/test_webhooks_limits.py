"""Circuits, slots and rotations, decided without a clock."""

from datetime import UTC, datetime, timedelta

import pytest

from app.webhooks import secrets
from app.webhooks.circuit import FAILURES_TO_OPEN, REST_MAX, REST_MIN, WELL, after_failures
from app.webhooks.pacing import HORIZON_SECONDS, Pacer
from app.webhooks.secrets import SECRETS_MAX, Secret, live, rotated
from app.webhooks.signature import PayloadFormat, SignatureKind, shown_secret, signed_headers

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_circuit_opens_only_after_many_failures_in_a_row() -> None:
    few = after_failures(WELL, FAILURES_TO_OPEN - 1, NOW)
    assert few.circuit_until is None
    assert few.failing_since == NOW
    many = after_failures(few, 1, NOW + timedelta(seconds=1))
    assert many.circuit_until == NOW + timedelta(seconds=1) + REST_MIN
    assert many.failing_since == NOW


@pytest.mark.parametrize(
    ("failing", "rest"),
    [
        (timedelta(seconds=4), REST_MIN),
        (timedelta(seconds=40), timedelta(seconds=10)),
        (timedelta(minutes=10), timedelta(seconds=150)),
        (timedelta(hours=9), REST_MAX),
    ],
)
def test_the_longer_it_fails_the_longer_it_rests(failing: timedelta, rest: timedelta) -> None:
    before = after_failures(WELL, FAILURES_TO_OPEN, NOW)
    after = after_failures(before, 1, NOW + failing)
    assert after.circuit_until == NOW + failing + rest


def test_slots_are_even_and_given_out_for_a_while_only() -> None:
    pacer = Pacer()
    assert pacer.free("a", 5, 100.0) == 5 * HORIZON_SECONDS
    pauses = [pacer.take("a", 5, 100.0) for _ in range(10)]
    assert pauses == pytest.approx([0.2 * number for number in range(10)])
    assert pacer.free("a", 5, 100.0) == 0
    assert pacer.free("a", 5, 101.0) == 5
    assert pacer.free("b", 5, 100.0) == 5 * HORIZON_SECONDS
    assert pacer.take("a", 5, 200.0) == 0


def test_what_was_live_stays_so_for_the_overlap_and_no_longer_than_before() -> None:
    first = rotated([Secret("a", None)], "b", DAY, NOW)
    assert live(first, NOW) == ("b", "a")
    assert live(first, NOW + DAY) == ("b",)
    later = NOW + DAY / 2
    second = rotated(first, "c", DAY, later)
    assert live(second, later) == ("c", "b", "a")
    assert live(second, NOW + DAY) == ("c", "b")
    assert live(rotated(first, "c", timedelta(0), later), later) == ("c",)


def test_many_rotations_keep_a_bounded_number_of_secrets() -> None:
    kept: tuple[Secret, ...] = (Secret("0", None),)
    for number in range(30):
        kept = rotated(kept, str(number), DAY, NOW)
    assert len(kept) == SECRETS_MAX


def test_ed25519_signs_in_the_standard_family_alone_and_shows_its_public_half() -> None:
    secret = secrets.fresh(SignatureKind.ED25519)
    assert secret.startswith("whsk_")
    assert shown_secret(secret).startswith("whpk_")
    headers = signed_headers(
        delivery_id="d",
        event_type="coins.earned",
        body=b"{}",
        timestamp=1,
        secrets=[secret],
        payload_format=PayloadFormat.ENVELOPE,
        request_id=None,
    )
    assert headers["webhook-signature"].startswith("v1a,")
    assert not [name for name in headers if "hatched" in name.lower()]
