"""Whether an egg may change its status. Pure."""

from enum import StrEnum


class EggStatus(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    HATCHING = "hatching"
    HATCHED = "hatched"
    CANCELLED = "cancelled"


NEXT = {
    EggStatus.WAITING: frozenset({EggStatus.READY, EggStatus.CANCELLED}),
    EggStatus.READY: frozenset({EggStatus.HATCHING, EggStatus.CANCELLED}),
    EggStatus.HATCHING: frozenset({EggStatus.HATCHED, EggStatus.READY}),  # ready: the art failed
    EggStatus.HATCHED: frozenset[EggStatus](),
    EggStatus.CANCELLED: frozenset[EggStatus](),
}
# What its owner may do; hatching and its end are the operation's.
BY_HAND = {
    EggStatus.WAITING: NEXT[EggStatus.WAITING],
    EggStatus.READY: frozenset({EggStatus.CANCELLED}),
    EggStatus.HATCHING: frozenset[EggStatus](),
    EggStatus.HATCHED: frozenset[EggStatus](),
    EggStatus.CANCELLED: frozenset[EggStatus](),
}
ACTIVE = (EggStatus.WAITING, EggStatus.READY, EggStatus.HATCHING)
REUSABLE = (EggStatus.WAITING, EggStatus.READY)
ACTIVE_MAX = 5
