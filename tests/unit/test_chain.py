"""The hash chain of an account: every member of a row counts, and so does the row before."""

from typing import Any

import pytest

from app.ledger.chain import GENESIS, Transfer, digest, sealed
from app.ledger.models import transfer

ROW: dict[str, Any] = {
    "customer_id": "c",
    "ledger_id": "l",
    "buddy_id": "b",
    "token": "coins",
    "direction": "earn",
    "amount": 5,
    "balance_after": 5,
    "counter_account": "admin",
    "reason": "why",
    "reference_id": None,
    "event_id": None,
    "is_lucky": False,
    "sequence": 1,
    "created_at": 1_700_000_000_000,
}
CHANGED: dict[str, Any] = {
    "customer_id": "c2",
    "ledger_id": "l2",
    "buddy_id": "b2",
    "token": "xp",
    "direction": "spend",
    "amount": 6,
    "balance_after": 6,
    "counter_account": "rule:x",
    "reason": "other",
    "reference_id": "r",
    "event_id": "e",
    "is_lucky": True,
    "sequence": 2,
    "created_at": 1_700_000_000_001,
}
# Stored ledgers hold hashes like this one: a change of the canonical row makes all look forged.
HASH = "fe3c7573aa5eba8e45b0f21e9521ecae535784dd721076463afe5ee81fa8edd9"


def _digest(**changes: Any) -> str:
    return digest(tuple((ROW | changes).values()), GENESIS)


def test_the_row_is_that_of_the_table() -> None:
    assert Transfer._fields == tuple(column.name for column in transfer.columns)
    assert (*ROW, "hash") == (*CHANGED, "hash") == Transfer._fields


def test_the_hash_is_the_one_that_stored_ledgers_hold() -> None:
    assert _digest() == HASH


@pytest.mark.parametrize("name", CHANGED)
def test_every_member_is_part_of_the_hash(name: str) -> None:
    assert _digest(**{name: CHANGED[name]}) != HASH


def test_a_row_is_sealed_with_the_hash_of_its_members() -> None:
    made = sealed(tuple(ROW.values()), GENESIS)
    assert made == Transfer(**ROW, hash=HASH)
    assert digest(made[:-1], GENESIS) == made.hash


def test_the_row_before_is_part_of_it_too() -> None:
    first = sealed(tuple(ROW.values()), GENESIS)
    assert sealed(tuple(ROW.values()), first.hash).hash != first.hash


def test_members_cannot_flow_into_each_other() -> None:
    one = _digest(counter_account="ab", reason="c")
    assert one != _digest(counter_account="a", reason="bc")
