"""Recomputes a customer's whole ledger and names every row that does not fit.

Every account is walked from its first transfer: its hash chain, its running balance, and at the
end the balance row. The sums by counter-account must mirror the sums of the buddies' accounts.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy import select, tuple_

from app.kit.clock import to_milliseconds
from app.kit.tx import Tx
from app.ledger.chain import Transfer, digest
from app.ledger.models import balance, transfer
from app.ledger.service import Account

PAGE_ROWS = 5000


@dataclass(slots=True)
class LedgerAudit:
    """What the audit found. `counter_accounts` are sums by token and name, credits negative."""

    transfers: int = 0
    accounts: int = 0
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    counter_accounts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    differences: list[str] = field(default_factory=list)


async def audit_ledger(tx: Tx) -> LedgerAudit:
    """Walk every account of this transaction's customer; bounded memory, any size of ledger."""
    found = LedgerAudit()
    account_rows = _balances(tx)
    current: dict[str, Account] = {}
    current_buddy: str | None = None
    waiting = await anext(account_rows, None)
    async for moved in _transfers(tx):
        if moved.buddy_id != current_buddy:
            waiting = await _close(found, current_buddy, current, account_rows, waiting)
            current_buddy, current = moved.buddy_id, {}
        _walk(found, current.setdefault(moved.token, Account()), moved)
    waiting = await _close(found, current_buddy, current, account_rows, waiting)
    while waiting is not None:
        found.differences.append(f"balance {waiting[0]}/{waiting[1]}: no transfers made it")
        waiting = await anext(account_rows, None)
    _check_sums(found)
    return found


BalanceRow = tuple[str, str, int, int, int, str]


def _walk(found: LedgerAudit, account: Account, moved: Transfer) -> None:
    where = f"transfer {moved.ledger_id} of buddy {moved.buddy_id}, token {moved.token}"
    signed = moved.amount if moved.direction in ("earn", "unspend") else -moved.amount
    account.balance += signed
    if moved.direction in ("earn", "unearn"):
        account.earned += signed
    else:
        account.spent -= signed
    if account.balance != moved.balance_after:
        found.differences.append(
            f"{where}: balance_after is {moved.balance_after}, the transfers make {account.balance}"
        )
        account.balance = moved.balance_after
    if digest(moved[:-1], account.head) != moved.hash:
        found.differences.append(f"{where}: the hash does not follow from the row before")
    account.head = moved.hash
    found.transfers += 1
    found.balances[moved.token] += signed
    found.counter_accounts[moved.token, moved.counter_account] -= signed


async def _close(
    found: LedgerAudit,
    buddy_id: str | None,
    walked: dict[str, Account],
    rows: AsyncIterator[BalanceRow],
    waiting: BalanceRow | None,
) -> BalanceRow | None:
    """Compare a buddy's walked accounts with its balance rows; the next row that waits."""
    if buddy_id is None:
        return waiting
    left = dict(walked)
    while waiting is not None and waiting[0] <= buddy_id:
        account = left.pop(waiting[1], None) if waiting[0] == buddy_id else None
        made = (
            None
            if account is None
            else (account.balance, account.earned, account.spent, account.head)
        )
        if made != waiting[2:]:
            found.differences.append(
                f"balance {waiting[0]}/{waiting[1]}: the row says {waiting[2:]}, "
                f"the transfers make {made}"
            )
        found.accounts += 1
        waiting = await anext(rows, None)
    for token in left:
        found.differences.append(f"balance {buddy_id}/{token}: the row is missing")
    return waiting


async def _transfers(tx: Tx) -> AsyncIterator[Transfer]:
    c = transfer.c
    columns = [c[name] for name in Transfer._fields]
    position: tuple[str, int] | None = None
    while True:
        wanted = [c.customer_id == tx.customer_id]
        if position is not None:
            wanted.append(tuple_(c.buddy_id, c.sequence) > tuple_(*position))
        rows = await tx.rows(
            select(*columns).where(*wanted).order_by(c.buddy_id, c.sequence).limit(PAGE_ROWS)
        )
        for row in rows:
            yield Transfer._make(row)._replace(created_at=to_milliseconds(row.created_at))
        if len(rows) < PAGE_ROWS:
            return
        position = (rows[-1].buddy_id, rows[-1].sequence)


async def _balances(tx: Tx) -> AsyncIterator[BalanceRow]:
    c = balance.c
    position: tuple[str, str] | None = None
    while True:
        wanted = [c.customer_id == tx.customer_id]
        if position is not None:
            wanted.append(tuple_(c.buddy_id, c.token) > tuple_(*position))
        rows = await tx.rows(
            select(c.buddy_id, c.token, c.balance, c.lifetime_earned, c.lifetime_spent, c.head)
            .where(*wanted)
            .order_by(c.buddy_id, c.token)
            .limit(PAGE_ROWS)
        )
        for row in rows:
            yield (row[0], row[1], row[2], row[3], row[4], row[5])
        if len(rows) < PAGE_ROWS:
            return
        position = (rows[-1].buddy_id, rows[-1].token)


def _check_sums(found: LedgerAudit) -> None:
    mirrored: defaultdict[str, int] = defaultdict(int)
    for (token, _), amount in found.counter_accounts.items():
        mirrored[token] -= amount
    for token, amount in found.balances.items():
        if mirrored[token] != amount:
            found.differences.append(f"token {token}: the two sides differ")
