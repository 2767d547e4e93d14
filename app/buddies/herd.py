"""The buddies that one transaction has locked: loaded together, changed in memory, written as sets.

Every change of a buddy goes through here, the lane's and the administrator's alike. Locks are
taken in the order of the ids or users asked for, sorted; the lock of a buddy covers its balances
and its sequence.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any, NamedTuple

from sqlalchemy import select

from app.buddies import census, ranking
from app.buddies.buddy import (
    CHANGING,
    COLUMNS,
    FIRST_STAGE,
    KEY,
    PLAYED,
    Buddy,
    fresh,
    loaded,
    looks,
    row_of,
    variant_of,
)
from app.buddies.models import buddy as table
from app.configs import pinning
from app.configs import service as configs
from app.configs.choices import with_choices
from app.customers import service as customers
from app.customers.service import Settled
from app.kit.errors import Conflict, NotFound
from app.kit.tx import AnyRow, Tx
from app.ledger.service import Book
from app.operations import service as operations
from app.operations.service import NewOperation, OperationKind
from app.users import service as users
from app.webhooks.outbox import About, Outbox

__all__ = ["FIRST_STAGE", "Buddy", "Cause", "Herd", "LostRace", "UserKey", "variant_of"]

UserKey = tuple[str, str]
"""A user id and an audience: together they have at most one active buddy."""

IS_ACTIVE = "status = 'active'"


class LostRace(Exception):
    """Another process made the same row first; the transaction must begin again."""


class Cause(NamedTuple):
    """Why a buddy changes. `id` goes into `caused_by`, `event_id` into the ledger."""

    id: str | None = None
    event_id: str | None = None
    request_id: str | None = None


class Herd:
    """Locked buddies, with the ledger's book and the outbox that their changes fill."""

    def __init__(self, tx: Tx, book: Book, outbox: Outbox, buddies: Iterable[Buddy]) -> None:
        self.tx = tx
        self.book = book
        self.outbox = outbox
        self.by_id = {buddy.id: buddy for buddy in buddies}
        self.by_user = {
            (buddy.user_id, buddy.audience): buddy
            for buddy in self.by_id.values()
            if buddy.status == "active"
        }
        self._operations: list[NewOperation] = []
        self._looks = {buddy.id: looks(buddy) for buddy in self.by_id.values()}
        self._metrics = {buddy.id: ranking.metrics(buddy) for buddy in self.by_id.values()}
        self._standing = {buddy.id: census.standing(buddy) for buddy in self.by_id.values()}

    @classmethod
    async def of_ids(cls, tx: Tx, ids: Sequence[str]) -> "Herd":
        """Lock buddies by id; ids that this customer does not have are simply not there.

        Raises ConfigVersionMismatch: the request expects one of them to follow other rules.
        """
        rows = await tx.lookup(table, COLUMNS, "buddy_id", sorted(ids), is_locking=True)
        pinning.require_expected(tx, (row.config_version_id for row in rows))
        return await cls._load(tx, rows, await customers.settled(tx))

    @classmethod
    async def of_users(
        cls,
        tx: Tx,
        keys: Iterable[UserKey],
        published: str | None,
        settled: Settled | None = None,
    ) -> "Herd":
        """Lock the active buddies of users; those who have none get one, at stage 1.

        `published` is the version that new buddies are pinned to; without one nobody is made.
        A new buddy is inserted by `write`, and only if something happened to it. `settled` is
        looked up unless it is given.
        """
        settled = settled or await customers.settled(tx)
        wanted = set(keys)
        user_ids = sorted({user_id for user_id, _ in wanted})
        rows = await tx.lookup(
            table, COLUMNS, "user_id", user_ids, condition=IS_ACTIVE, is_locking=True
        )
        herd = await cls._load(tx, rows, settled)
        missing = sorted(wanted - herd.by_user.keys()) if published is not None else []
        if published is not None and missing:
            config = await configs.compiled(tx, published)
            config = with_choices(published, config, settled.active_paths)
            zones = await users.zones(tx, dict(missing)) if settled.has_zones else {}
            for key in missing:
                herd._add(fresh(tx, key, published, config, zones.get(key[0], UTC)))
        return herd

    @classmethod
    async def one(cls, tx: Tx, buddy_id: str) -> tuple["Herd", Buddy]:
        """Lock one active buddy to change it.

        Raises:
            NotFound: this customer has no such buddy.
            Conflict: it is archived.
        """
        herd = await cls.of_ids(tx, [buddy_id])
        buddy = herd.by_id.get(buddy_id)
        if buddy is None:
            raise NotFound("buddy", buddy_id)
        if buddy.status != "active":
            raise Conflict(
                "This buddy is archived and can't be changed any more.",
                details={"status": buddy.status, "allowed": ["active"]},
            )
        return herd, buddy

    @staticmethod
    async def looks(tx: Tx, buddy_id: str) -> AnyRow:
        """A buddy's row without a lock, for work that is prepared outside of a transaction.

        Raises:
            NotFound: this customer has no such buddy.
        """
        mine = (table.c.customer_id == tx.customer_id, table.c.buddy_id == buddy_id)
        row = await tx.row(select(table).where(*mine))
        if row is None:
            raise NotFound("buddy", buddy_id)
        return row

    @classmethod
    async def _load(cls, tx: Tx, rows: Sequence[AnyRow], settled: Settled) -> "Herd":
        book = await Book.open(tx, [row.buddy_id for row in rows])
        outbox = await Outbox.open(tx)
        rules = {}
        for version in {row.config_version_id for row in rows}:
            config = await configs.compiled(tx, version)
            rules[version] = with_choices(version, config, settled.active_paths)
        buddies = [loaded(book, row, rules[row.config_version_id]) for row in rows]
        if settled.has_zones:
            zones = await users.zones(tx, (buddy.user_id for buddy in buddies))
            for buddy in buddies:
                buddy.zone = zones.get(buddy.user_id, UTC)
        return cls(tx, book, outbox, buddies)

    def next_sequence(self, buddy: Buddy) -> int:
        """The number of the buddy's next fact; raised under its lock."""
        buddy.sequence += 1
        buddy.is_changed = True
        return buddy.sequence

    def tell(
        self, buddy: Buddy, type_: str, data: dict[str, Any], cause: Cause, sequence: int
    ) -> None:
        """Queue a webhook event about the buddy."""
        about = About(buddy.id, sequence, cause.id, cause.request_id)
        self.outbox.tell(type_, {"buddy_id": buddy.id, "user_id": buddy.user_id, **data}, about)

    def start_operation(
        self, kind: OperationKind, given: dict[str, Any], *, can_wait: bool = False
    ) -> str:
        """Promise work in this transaction; the id of the operation.

        If it costs credits and there are none, `write` refuses, unless it can wait for them.
        """
        made = NewOperation(self.tx.new_id(), kind, given, can_wait)
        self._operations.append(made)
        return made.id

    def pour(self) -> None:
        """Begin to write the transfers and deliveries so far, while the caller goes on."""
        self.book.pour()
        self.outbox.pour()

    async def write_new(self) -> None:
        """Insert the new buddies to whom something happened.

        Raises:
            LostRace: another process made one of them at the same moment.
        """
        new = [buddy for buddy in self.by_id.values() if buddy.is_new and buddy.is_changed]
        new.sort(key=lambda buddy: (buddy.user_id, buddy.audience))
        rows = [row_of(self.tx, buddy, COLUMNS) for buddy in new]
        if len(await self.tx.insert_new(table, COLUMNS, rows, "buddy_id")) < len(rows):
            raise LostRace
        for buddy in new:
            buddy.is_new = buddy.is_changed = False

    async def write(self) -> None:
        """Write everything that changed: buddies, balances, transfers, operations, deliveries.

        Raises:
            LostRace: as `write_new`.
            CreditInsufficient: an operation that can't wait costs more credits than there are.
        """
        self.pour()
        await self.write_new()
        changed = [buddy for buddy in self.by_id.values() if buddy.is_changed]
        changed.sort(key=lambda buddy: buddy.id)
        groups: dict[tuple[str, ...], list[Buddy]] = {PLAYED: [], CHANGING: []}
        for one in changed:
            groups[PLAYED if looks(one) == self._looks[one.id] else CHANGING].append(one)
        for columns, buddies in groups.items():
            await self._update(columns, buddies)
        await self.book.write()
        await operations.start_set(self.tx, self._operations)
        self.outbox.pour()
        await ranking.record(
            self.tx, ((buddy, self._metrics[buddy.id]) for buddy in self.by_id.values())
        )
        await census.record(
            self.tx, ((buddy, self._standing.get(buddy.id)) for buddy in self.by_id.values())
        )

    async def _update(self, columns: tuple[str, ...], buddies: Sequence[Buddy]) -> None:
        rows = [row_of(self.tx, buddy, KEY + columns) for buddy in buddies]
        await self.tx.update_set(table, KEY, columns, rows)

    def _add(self, buddy: Buddy) -> None:
        self.by_id[buddy.id] = buddy
        self._looks[buddy.id] = looks(buddy)
        self._metrics[buddy.id] = ranking.metrics(buddy)
        self.by_user[buddy.user_id, buddy.audience] = buddy
