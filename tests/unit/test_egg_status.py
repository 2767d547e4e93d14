"""The statuses of an egg: what can follow what."""

import pytest

from app.eggs.status import ACTIVE, BY_HAND, NEXT, REUSABLE, EggStatus

W, R, H, D, C = (
    EggStatus.WAITING,
    EggStatus.READY,
    EggStatus.HATCHING,
    EggStatus.HATCHED,
    EggStatus.CANCELLED,
)


@pytest.mark.parametrize(
    ("status", "following"), [(W, {R, C}), (R, {H, C}), (H, {D, R}), (D, set()), (C, set())]
)
def test_what_follows_a_status(status: EggStatus, following: set[EggStatus]) -> None:
    assert NEXT[status] == following


def test_an_owner_may_do_no_more_than_can_follow() -> None:
    assert BY_HAND.keys() == NEXT.keys() == set(EggStatus)
    assert all(BY_HAND[status] <= NEXT[status] for status in EggStatus)
    assert not any(BY_HAND[status] & {H, D} for status in EggStatus), "the operation's alone"
    assert BY_HAND[H] == set(), "nobody ends a hatching from outside"


def test_what_ends_an_egg_frees_its_place() -> None:
    assert set(ACTIVE) == {status for status in EggStatus if NEXT[status]}
    assert set(REUSABLE) == set(ACTIVE) - {H}
