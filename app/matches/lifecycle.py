"""Which way a match may go, and who may move it. Pure.

allocating ─▶ waiting ─▶ live ─▶ reported | pending_verification ─▶ applied ─▶ voided

Every status before `reported` may also become `abandoned`; a result that comes within
`LATE_RESULT` still moves an abandoned match on. `reported` and `applied` are reached in one
transaction, so `reported` is seen in histories only.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

LATE_RESULT = timedelta(hours=24)
TOKEN_LIFE = timedelta(hours=24)
SPOOL_LIFE = timedelta(hours=24)
"""How much longer than it says a match token is taken, for results that were spooled."""


class MatchStatus(StrEnum):
    ALLOCATING = "allocating"
    WAITING = "waiting"
    LIVE = "live"
    REPORTED = "reported"
    PENDING_VERIFICATION = "pending_verification"
    APPLIED = "applied"
    ABANDONED = "abandoned"
    REJECTED = "rejected"
    VOIDED = "voided"


class Actor(StrEnum):
    """Who moves a match."""

    BRIDGE = "bridge"
    GAME_SERVER = "game_server"
    CALLER = "caller"


_S = MatchStatus
_BRIDGE = frozenset({Actor.BRIDGE})
_SERVER = frozenset({Actor.GAME_SERVER})
_EITHER = _BRIDGE | _SERVER
_CALLER = frozenset({Actor.CALLER})

NEXT: Mapping[MatchStatus, Mapping[MatchStatus, frozenset[Actor]]] = {
    # A server may claim before the bridge has written down that its room exists.
    _S.ALLOCATING: {_S.WAITING: _BRIDGE, _S.LIVE: _SERVER, _S.ABANDONED: _BRIDGE},
    _S.WAITING: {_S.LIVE: _SERVER, _S.ABANDONED: _BRIDGE},
    _S.LIVE: {_S.REPORTED: _EITHER, _S.PENDING_VERIFICATION: _SERVER, _S.ABANDONED: _BRIDGE},
    _S.REPORTED: {_S.APPLIED: _BRIDGE},
    _S.PENDING_VERIFICATION: {_S.REPORTED: _EITHER, _S.REJECTED: _BRIDGE, _S.VOIDED: _CALLER},
    _S.APPLIED: {_S.VOIDED: _CALLER},
    _S.ABANDONED: {_S.REPORTED: _EITHER, _S.PENDING_VERIFICATION: _SERVER, _S.VOIDED: _CALLER},
    _S.REJECTED: {},
    _S.VOIDED: {},
}
CLAIMABLE = frozenset({_S.ALLOCATING, _S.WAITING})


def may_move(before: MatchStatus, after: MatchStatus, actor: Actor) -> bool:
    """Whether this actor may take a match from one status to the other."""
    return actor in NEXT[before].get(after, frozenset())
