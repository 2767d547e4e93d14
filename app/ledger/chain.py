"""The canonical row of a transfer and its place in the account's hash chain. Pure.

`hash = sha256(previous hash of the account ‖ canonical row)`; an account is one buddy's holding of
one token, its first previous hash is `GENESIS`.
"""

import hashlib
from typing import Any, NamedTuple

import orjson

GENESIS = "0" * 64


class Transfer(NamedTuple):
    """One movement between a buddy's account and a counter-account; times in milliseconds.

    The fields stand in the order of the table's columns, `hash` last.
    """

    customer_id: str
    ledger_id: str
    buddy_id: str
    token: str
    direction: str
    amount: int
    balance_after: int
    counter_account: str
    reason: str
    reference_id: str | None
    event_id: str | None
    is_lucky: bool
    sequence: int
    created_at: int
    hash: str


def sealed(fields: tuple[Any, ...], previous: str) -> Transfer:
    """The transfer of these fields, all but its hash, as the one that follows `previous`."""
    return Transfer._make((*fields, digest(fields, previous)))


def digest(fields: tuple[Any, ...], previous: str) -> str:
    """The hash that a transfer of these fields, all but its hash, must carry after `previous`."""
    return hashlib.sha256(previous.encode() + orjson.dumps(fields)).hexdigest()
