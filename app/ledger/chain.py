"""The canonical row of a transfer and its place in the account's hash chain. Pure.

`hash = sha256(previous hash of the account ‖ canonical row)`; an account is one buddy's holding of
one token, its first previous hash is `GENESIS`.
"""

import hashlib
from typing import NamedTuple

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
    hash: str = ""


def sealed(transfer: Transfer, previous: str) -> Transfer:
    """The transfer with its hash."""
    return transfer._replace(hash=digest(transfer, previous))


def digest(transfer: Transfer, previous: str) -> str:
    """The hash that a transfer must carry when it follows `previous`."""
    return hashlib.sha256(previous.encode() + orjson.dumps(transfer[:-1])).hexdigest()
