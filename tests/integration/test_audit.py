"""The audit finds whatever was changed behind the ledger's back, and names the row."""

from typing import Any
from uuid import UUID

import pytest

from app.commands.audit import audit_all
from app.kit.db import Database
from tests import rows
from tests.factories import Api

# Every column of a transfer, with an expression that changes it.
TRANSFER = {
    "token": "'xp'",
    "direction": "CASE direction WHEN 'earn' THEN 'spend' ELSE 'earn' END",
    "amount": "amount + 1",
    "balance_after": "balance_after + 1",
    "counter_account": "'admin2'",
    "reason": "reason || '!'",
    "reference_id": "'another'",
    "event_id": "'another'",
    "sequence": "sequence + 1000",
    "created_at": "created_at + 1",
    "hash": "'0' || substr(hash, 2, 62) || 'x'",
}
BALANCE = {
    "balance": "balance + 1",
    "lifetime_earned": "lifetime_earned + 1",
    "lifetime_spent": "lifetime_spent + 1",
    "head": "'0' || substr(head, 2, 62) || 'x'",
    "token": "'gold'",
}


@pytest.fixture
async def middle(api: Api, database: Database) -> str:
    """A ledger with some history; the id of a transfer in the middle of an account."""
    for n in range(3):
        await api.send(f"e{n}", "match_won")
    await api.send("b1", "match_won", "bob")
    buddy = await api.buddy_of("ann")
    spend = {"amount": 5, "reason": "x"}
    await api.post(f"/buddies/{buddy['id']}/coins/spend", spend, status=201)
    await api.post(f"/buddies/{buddy['id']}/coins", spend, status=201)
    assert await rows.differences(database) == []
    found = await rows.fetch(
        database,
        "SELECT ledger_id FROM transfer WHERE buddy_id = :buddy AND token = 'coins'"
        " ORDER BY sequence",
        buddy=_id(database, buddy["id"]),
    )
    return str(found[len(found) // 2].ledger_id)


def _id(database: Database, text: str) -> Any:
    """An id as this database's driver takes it in raw SQL."""
    return text if database.is_sqlite else UUID(text)


@pytest.mark.parametrize("column", TRANSFER)
async def test_a_changed_transfer_is_the_first_row_that_is_named(
    database: Database, middle: str, column: str
) -> None:
    statement = f"UPDATE transfer SET {column} = {TRANSFER[column]} WHERE ledger_id = :ledger_id"
    assert await rows.sql(database, statement, ledger_id=_id(database, middle)) == 1
    named = await rows.differences(database)
    assert named
    if column not in ("token", "sequence"):  # these move it to another place of the walk
        assert middle in named[0], named
    assert any(middle in line for line in named), named


async def test_a_changed_flag_is_named(database: Database, middle: str) -> None:
    statement = "UPDATE transfer SET is_lucky = NOT is_lucky WHERE ledger_id = :ledger_id"
    await rows.sql(database, statement, ledger_id=_id(database, middle))
    assert middle in (await rows.differences(database))[0]


async def test_a_deleted_transfer_is_noticed_at_the_next_one(
    database: Database, middle: str
) -> None:
    statement = "DELETE FROM transfer WHERE ledger_id = :ledger_id"
    await rows.sql(database, statement, ledger_id=_id(database, middle))
    named = await rows.differences(database)
    assert any("the hash does not follow" in line for line in named)


async def test_the_last_transfer_cannot_be_deleted_unseen_either(
    database: Database, middle: str
) -> None:
    statement = (
        "DELETE FROM transfer WHERE sequence = (SELECT max(sequence) FROM transfer AS t"
        " WHERE t.buddy_id = transfer.buddy_id AND t.token = transfer.token)"
    )
    assert await rows.sql(database, statement) > 0
    named = await rows.differences(database)
    assert any(line.startswith("balance ") for line in named)


@pytest.mark.parametrize("column", BALANCE)
async def test_a_changed_balance_is_named(database: Database, middle: str, column: str) -> None:
    statement = f"UPDATE balance SET {column} = {BALANCE[column]} WHERE token = 'coins'"
    assert await rows.sql(database, statement) == 2
    named = await rows.differences(database)
    assert named[0].startswith("balance ")


async def test_a_missing_balance_is_named(database: Database, middle: str) -> None:
    await rows.sql(database, "DELETE FROM balance WHERE token = 'xp'")
    assert "the row is missing" in (await rows.differences(database))[0]


async def test_an_answer_that_promised_something_else_is_named(
    database: Database, middle: str
) -> None:
    await rows.sql(
        database,
        'UPDATE event SET answer = replace(answer, \'"tokens":["coins:\', \'"tokens":["coins:9\')'
        " WHERE event_id = 'e1'",
    )
    assert (await rows.differences(database))[0].startswith("event e1: answered")


async def test_one_customers_fault_is_not_another_ones(
    database: Database, middle: str, customer: dict[str, Any], other_customer: dict[str, Any]
) -> None:
    await rows.sql(database, "UPDATE balance SET balance = balance + 1")
    [theirs] = await audit_all(database, other_customer["customer_id"])
    [mine] = await audit_all(database, customer["customer_id"])
    assert theirs.differences == []
    assert len(mine.differences) == mine.accounts == 4


async def test_counter_accounts_mirror_what_the_buddies_hold(
    database: Database, middle: str, customer: dict[str, Any]
) -> None:
    [report] = await audit_all(database, customer["customer_id"])
    for token, held in report.balances.items():
        mirrored = sum(
            amount for name, amount in report.counter_accounts.items() if name.startswith(token)
        )
        assert mirrored == -held
    assert report.counter_accounts["coins rule:win-coins"] < 0
