"""The only writer of balances.

A `Book` holds the balances of buddies whose rows the transaction has locked; transfers are made
in memory, in order, and written as two sets. Because the buddy's lock covers its balances, no two
transactions ever hold the same account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import select

from app.kit.clock import to_milliseconds
from app.kit.errors import AppError
from app.kit.tx import Tx
from app.kit.wire import INTEGER_MAX
from app.ledger.chain import GENESIS, Transfer, sealed
from app.ledger.models import balance, transfer

ACCOUNT_COLUMNS = (
    "buddy_id",
    "token",
    "balance",
    "lifetime_earned",
    "lifetime_spent",
    "head",
)
TAKEN_BACK = {"earn": "unearn", "spend": "unspend"}
"""The direction of a transfer that takes another one back, by the other's."""


class InsufficientBalance(AppError):
    """The account holds less than is asked of it."""

    status = 400
    code = "insufficient_balance"

    def __init__(self, token: str, required: int, available: int) -> None:
        super().__init__(
            f"This costs {required} {token}, and the buddy has {available}.",
            details={"token": token, "required": required, "available": available},
        )


@dataclass(slots=True)
class Account:
    """A buddy's holding of one token; `head` is the hash of its last transfer."""

    balance: int = 0
    earned: int = 0
    spent: int = 0
    head: str = GENESIS
    is_changed: bool = False


class Posting(NamedTuple):
    """What a transfer is for. `counter_account` is the other side, e.g. `rule:<key>`."""

    counter_account: str
    reason: str
    reference_id: str | None = None
    event_id: str | None = None
    is_lucky: bool = False


class Book:
    """The transfers of one transaction, over accounts loaded under their buddies' locks."""

    def __init__(self, tx: Tx, accounts: dict[tuple[str, str], Account]) -> None:
        self._tx = tx
        self._accounts = accounts
        self._created_at = to_milliseconds(tx.now)
        self._transfers: list[Transfer] = []
        self._poured = 0

    @classmethod
    async def open(cls, tx: Tx, buddy_ids: Iterable[str]) -> "Book":
        """The accounts of buddies that this transaction has locked."""
        ids = list(buddy_ids)
        return cls(tx, await accounts(tx, ids) if ids else {})

    def account(self, buddy_id: str, token: str) -> Account:
        """The account, an empty one if nothing was ever booked on it."""
        found = self._accounts.get((buddy_id, token))
        if found is None:
            found = self._accounts[buddy_id, token] = Account()
        return found

    def balances(self, buddy_id: str, tokens: Iterable[str]) -> dict[str, int]:
        """Balances by token."""
        return {token: self.account(buddy_id, token).balance for token in tokens}

    def lifetime_earned(self, buddy_id: str, tokens: Iterable[str]) -> dict[str, int]:
        """What was ever earned, by token."""
        return {token: self.account(buddy_id, token).earned for token in tokens}

    def earn(
        self, buddy_id: str, token: str, amount: int, posting: Posting, sequence: int
    ) -> Transfer:
        """Credit `amount` > 0; the caller has clipped it to what the account can hold."""
        account = self.account(buddy_id, token)
        account.balance += amount
        account.earned += amount
        assert account.balance <= INTEGER_MAX, "credit was not clipped"
        return self._post(account, buddy_id, token, "earn", amount, posting, sequence)

    def spend(
        self, buddy_id: str, token: str, amount: int, posting: Posting, sequence: int
    ) -> Transfer:
        """Debit `amount` > 0.

        Raises:
            InsufficientBalance: the account holds less; nothing was booked.
        """
        account = self.account(buddy_id, token)
        if account.balance < amount:
            raise InsufficientBalance(token, amount, account.balance)
        account.balance -= amount
        account.spent += amount
        return self._post(account, buddy_id, token, "spend", amount, posting, sequence)

    def take_back(self, original: Transfer, amount: int, reason: str, sequence: int) -> Transfer:
        """Undo `amount` of a transfer by a new one between the same accounts that names it.

        Lifetime figures go back with it, so that what was taken back was never earned or spent.

        Raises:
            InsufficientBalance: the account holds less than is taken from it; nothing was booked.
        """
        account = self.account(original.buddy_id, original.token)
        if original.direction == "earn":
            if account.balance < amount:
                raise InsufficientBalance(original.token, amount, account.balance)
            account.balance -= amount
            account.earned -= amount
        else:
            assert original.direction == "spend", "what was taken back stays so"
            account.balance += amount
            account.spent -= amount
        posting = Posting(original.counter_account, reason, original.ledger_id)
        direction = TAKEN_BACK[original.direction]
        return self._post(
            account, original.buddy_id, original.token, direction, amount, posting, sequence
        )

    def made(self, ledger_id: str) -> Transfer:
        """A transfer of this transaction."""
        return next(each for each in self._transfers if each.ledger_id == ledger_id)

    def pour(self) -> None:
        """Begin to write the transfers since the last time, while the caller goes on."""
        self._tx.pour(transfer, Transfer._fields, self._transfers[self._poured :])
        self._poured = len(self._transfers)

    async def write(self) -> None:
        """Write the changed balances and the rest of the transfers."""
        self.pour()
        rows = [
            (self._tx.customer_id, buddy_id, token, a.balance, a.earned, a.spent, a.head)
            for (buddy_id, token), a in sorted(self._accounts.items())
            if a.is_changed
        ]
        await self._tx.upsert_set(
            balance,
            ("customer_id", "buddy_id", "token"),
            ("balance", "lifetime_earned", "lifetime_spent", "head"),
            rows,
        )

    def _post(
        self,
        account: Account,
        buddy_id: str,
        token: str,
        direction: str,
        amount: int,
        posting: Posting,
        sequence: int,
    ) -> Transfer:
        fields = (
            self._tx.customer_id,
            self._tx.new_id(),
            buddy_id,
            token,
            direction,
            amount,
            account.balance,
            posting.counter_account,
            posting.reason,
            posting.reference_id,
            posting.event_id,
            posting.is_lucky,
            sequence,
            self._created_at,
        )
        made = sealed(fields, account.head)
        account.head = made.hash
        account.is_changed = True
        self._transfers.append(made)
        return made


async def accounts(tx: Tx, buddy_ids: list[str]) -> dict[tuple[str, str], Account]:
    """Every account of the buddies, by buddy and token."""
    rows = await tx.lookup(balance, ACCOUNT_COLUMNS, "buddy_id", buddy_ids)
    return {(row[0], row[1]): Account(*row[2:]) for row in rows}


async def feed(tx: Tx, buddy_id: str, *, before: int | None, limit: int) -> list[Transfer]:
    """A buddy's transfers, newest first; `before` is the sequence to go on from."""
    c = transfer.c
    wanted: list[Any] = [c.customer_id == tx.customer_id, c.buddy_id == buddy_id]
    if before is not None:
        wanted.append(c.sequence < before)
    return await _transfers(tx, wanted, c.sequence.desc(), limit)


async def between(tx: Tx, buddy_id: str, first: int, last: int) -> list[Transfer]:
    """A buddy's transfers with sequences from `first` to `last`, in order."""
    c = transfer.c
    wanted = [
        c.customer_id == tx.customer_id,
        c.buddy_id == buddy_id,
        c.sequence.between(first, last),
    ]
    return await _transfers(tx, wanted, c.sequence, last - first + 1)


async def find(tx: Tx, buddy_id: str, ledger_id: str) -> Transfer | None:
    """A transfer of a buddy."""
    c = transfer.c
    wanted = [
        c.customer_id == tx.customer_id,
        c.ledger_id == ledger_id,
        c.buddy_id == buddy_id,
    ]
    return next(iter(await _transfers(tx, wanted, c.sequence, 1)), None)


async def taken_back(tx: Tx, original: Transfer) -> Transfer | None:
    """The transfer that takes this one back; the buddy is locked, so there will be no other."""
    c = transfer.c
    wanted = [
        c.customer_id == tx.customer_id,
        c.buddy_id == original.buddy_id,
        c.sequence > original.sequence,
        c.reference_id == original.ledger_id,
        c.direction == TAKEN_BACK[original.direction],
    ]
    return next(iter(await _transfers(tx, wanted, c.sequence, 1)), None)


async def _transfers(tx: Tx, wanted: list[Any], order: Any, limit: int) -> list[Transfer]:
    columns = [transfer.c[name] for name in Transfer._fields]
    rows = await tx.rows(select(*columns).where(*wanted).order_by(order).limit(limit))
    return [
        Transfer._make(row)._replace(created_at=to_milliseconds(row.created_at)) for row in rows
    ]
