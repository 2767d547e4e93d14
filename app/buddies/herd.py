"""The buddies that one transaction has locked: loaded together, changed in memory, written as sets.

Every change of a buddy goes through here, the lane's and the administrator's alike. Locks are
taken in the order of the ids or users asked for, sorted; the lock of a buddy covers its balances
and its sequence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.buddies.models import buddy as table
from app.configs import pinning
from app.configs import service as configs
from app.engine.config import Config
from app.engine.state import BuddyState
from app.kit.clock import to_milliseconds
from app.kit.errors import Conflict, NotFound
from app.kit.tx import AnyRow, Tx
from app.ledger.service import Book
from app.operations import service as operations
from app.operations.service import NewOperation, OperationKind
from app.webhooks.outbox import About, Outbox

DEFAULT_NAME = "Buddy"
FIRST_STAGE = 1
VARIANTS = 1000
COLUMNS = tuple(column.name for column in table.columns)
KEY = ("customer_id", "buddy_id")
CHANGING = (
    "name",
    "stage",
    "variant",
    "status",
    "sequence",
    "state",
    "image",
    "thumb",
    "updated_at",
)

UserKey = tuple[str, str]
"""A user id and an audience: together they have at most one active buddy."""


class LostRace(Exception):
    """Another process made the same row first; the transaction must begin again."""


@dataclass(slots=True)
class Buddy:
    """A buddy in memory, with the engine's view of it."""

    id: str
    user_id: str
    audience: str
    name: str
    config_version_id: str
    stage: int
    variant: int
    status: str
    sequence: int
    image: str | None
    thumb: str | None
    created_at: datetime
    updated_at: datetime
    config: Config
    state: BuddyState
    is_new: bool = False
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
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

    @classmethod
    async def of_ids(cls, tx: Tx, ids: Sequence[str]) -> "Herd":
        """Lock buddies by id; ids that this customer does not have are simply not there.

        Raises ConfigVersionMismatch: the request expects one of them to follow other rules.
        """
        rows = await tx.lookup(table, COLUMNS, "buddy_id", sorted(ids), is_locking=True)
        pinning.require_expected(tx, (row.config_version_id for row in rows))
        return await cls._load(tx, rows)

    @classmethod
    async def of_users(cls, tx: Tx, keys: Iterable[UserKey], published: str | None) -> "Herd":
        """Lock the active buddies of users; those who have none get one, at stage 1.

        `published` is the version that new buddies are pinned to; without one nobody is made.
        A new buddy is inserted by `write`, and only if something happened to it.
        """
        wanted = set(keys)
        users = sorted({user_id for user_id, _ in wanted})
        rows = await tx.lookup(
            table, COLUMNS, "user_id", users, condition="status = 'active'", is_locking=True
        )
        herd = await cls._load(tx, rows)
        if published is not None:
            config = await configs.compiled(tx, published)
            for key in sorted(wanted - herd.by_user.keys()):
                herd._add(_new_buddy(tx, key, published, config))
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
    async def _load(cls, tx: Tx, rows: Sequence[AnyRow]) -> "Herd":
        book = await Book.open(tx, [row.buddy_id for row in rows])
        outbox = await Outbox.open(tx)
        buddies = [await _buddy(tx, book, row) for row in rows]
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
        self, kind: OperationKind, given: dict[str, Any], *, is_optional: bool = False
    ) -> str:
        """Promise work in this transaction; the id of the operation.

        If it costs credits and there are none, `write` refuses, or leaves out what is optional.
        """
        made = NewOperation(self.tx.new_id(), kind, given, is_optional)
        self._operations.append(made)
        return made.id

    async def write_new(self) -> None:
        """Insert the new buddies to whom something happened.

        Raises:
            LostRace: another process made one of them at the same moment.
        """
        new = [buddy for buddy in self.by_id.values() if buddy.is_new and buddy.is_changed]
        new.sort(key=lambda buddy: (buddy.user_id, buddy.audience))
        rows = [_row(self.tx, buddy, COLUMNS) for buddy in new]
        if len(await self.tx.insert_new(table, COLUMNS, rows, "buddy_id")) < len(rows):
            raise LostRace
        for buddy in new:
            buddy.is_new = buddy.is_changed = False

    async def write(self) -> None:
        """Write everything that changed: buddies, balances, transfers, operations, deliveries.

        Raises:
            LostRace: as `write_new`.
            CreditInsufficient: an operation costs more credits than there are.
        """
        await self.write_new()
        changed = [buddy for buddy in self.by_id.values() if buddy.is_changed]
        changed.sort(key=lambda buddy: buddy.id)
        rows = [_row(self.tx, buddy, KEY + CHANGING) for buddy in changed]
        await self.tx.update_set(table, KEY, CHANGING, rows)
        await self.book.write()
        await operations.start_set(self.tx, self._operations)
        await self.outbox.write()

    def _add(self, buddy: Buddy) -> None:
        self.by_id[buddy.id] = buddy
        self.by_user[buddy.user_id, buddy.audience] = buddy


async def _buddy(tx: Tx, book: Book, row: AnyRow) -> Buddy:
    config = await configs.compiled(tx, row.config_version_id)
    state = BuddyState.load(
        row.state,
        stage=row.stage,
        balances=book.balances(row.buddy_id, config.tokens),
        lifetime_earned=book.lifetime_earned(row.buddy_id, config.tokens),
    )
    return Buddy(
        row.buddy_id,
        row.user_id,
        row.audience,
        row.name,
        row.config_version_id,
        row.stage,
        row.variant,
        row.status,
        row.sequence,
        row.image,
        row.thumb,
        row.created_at,
        row.updated_at,
        config,
        state,
    )


def variant_of(id_: str) -> int:
    """The looks, 0–999, that an id stands for."""
    return int(id_.replace("-", "")[-12:], 16) % VARIANTS


def _new_buddy(tx: Tx, key: UserKey, config_version_id: str, config: Config) -> Buddy:
    buddy_id = tx.new_id()
    return Buddy(
        buddy_id,
        key[0],
        key[1],
        DEFAULT_NAME,
        config_version_id,
        FIRST_STAGE,
        variant_of(buddy_id),
        "active",
        0,
        None,
        None,
        tx.now,
        tx.now,
        config,
        BuddyState.fresh(),
        is_new=True,
    )


def _row(tx: Tx, buddy: Buddy, columns: tuple[str, ...]) -> tuple[Any, ...]:
    values = {
        "customer_id": tx.customer_id,
        "buddy_id": buddy.id,
        "user_id": buddy.user_id,
        "audience": buddy.audience,
        "name": buddy.name,
        "config_version_id": buddy.config_version_id,
        "stage": buddy.stage,
        "variant": buddy.variant,
        "status": buddy.status,
        "sequence": buddy.sequence,
        "state": buddy.state.dump(),
        "image": buddy.image,
        "thumb": buddy.thumb,
        "created_at": to_milliseconds(buddy.created_at),
        "updated_at": to_milliseconds(tx.now),
    }
    return tuple([values[name] for name in columns])
