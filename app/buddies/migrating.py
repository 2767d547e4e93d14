"""Moving buddies to another config version: rules are swapped, state never changes.

The operation walks the customer's buddies by id, a batch a transaction, and keeps its place and
its counts in the transaction of each batch. Buddies made after it began are not its business.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, update

from app.buddies.herd import IS_ACTIVE, Herd
from app.buddies.models import buddy as table
from app.configs import service as configs
from app.configs.audiences import UnknownAudience
from app.kit.clock import MILLISECOND
from app.kit.db import Database
from app.kit.errors import Conflict, require
from app.kit.ids import first_id
from app.kit.tx import AnyRow, Tx
from app.operations import progress
from app.operations import service as operations
from app.operations.service import NewOperation, Operation, OperationKind
from app.webhooks.outbox import Outbox

BATCH_BUDDIES = 500
TARGETS = ("published", "archived")
FIRST = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the walk stands: buddies up to `cursor` are done."""

    cursor: str = FIRST
    moved: int = 0
    skipped: int = 0

    def result(self) -> dict[str, Any]:
        """What the operation answers at its end."""
        return {"moved": self.moved, "skipped": self.skipped}


async def start(
    tx: Tx, config_version_id: str, *, buddy_id: str | None = None, audience: str | None = None
) -> Operation:
    """Promise to move one buddy, an audience, or (neither given) all to a version.

    Raises:
        NotFound: no such version, or no such buddy.
        Conflict: the version is a draft, or the buddy is archived.
        ConfigVersionMismatch: the request expects the buddy to follow other rules.
        UnknownAudience: the version has no such audience.
    """
    version = await configs.read(tx, config_version_id)
    require(
        version.status in TARGETS,
        Conflict(
            "Buddies can't follow a draft. Publish it first.",
            details={"status": version.status, "allowed": list(TARGETS)},
        ),
    )
    if buddy_id is not None:
        await Herd.one(tx, buddy_id)
    if audience is not None:
        known = (await configs.compiled(tx, version.id)).audiences
        require(audience in known, UnknownAudience(known, audience))
    given = {"config_version_id": version.id, "buddy_id": buddy_id, "audience": audience}
    operation_id = tx.new_id()
    await operations.start_set(tx, [NewOperation(operation_id, OperationKind.MIGRATE, given)])
    return await operations.read(tx, operation_id)


async def migrate(
    database: Database, customer_id: str, work: Operation, *, batch: int = BATCH_BUDDIES
) -> None:
    """Move the next batch, in one transaction; after the last, finish the operation.

    Killed at any moment it goes on where the last commit left it, and its counts are exact.
    """
    async with database.begin(customer_id) as tx:
        kept = await progress.resume(tx, work.id)
        if kept is None:
            return
        done = Progress(**kept)
        found = await _next(tx, work, done.cursor, batch)
        done = await _move(tx, work.input["config_version_id"], found, done)
        if len(found) == batch:
            state = {"cursor": done.cursor, **done.result()}
            await progress.keep(tx, work.id, work.input, state)
            return
        outbox = await Outbox.open(tx)
        await operations.complete(tx, work, done.result(), outbox)
        outbox.pour()


async def _next(tx: Tx, work: Operation, cursor: str, batch: int) -> list[AnyRow]:
    """The next buddies that were asked for, archived ones too, by id."""
    c = table.c
    wanted: list[ColumnElement[bool]] = [
        c.customer_id == tx.customer_id,
        c.buddy_id > cursor,
        c.buddy_id < first_id(work.created_at + MILLISECOND),
    ]
    asked = ((column, work.input[column.name]) for column in (c.buddy_id, c.audience))
    wanted += [column == value for column, value in asked if value is not None]
    rows = await tx.rows(
        select(c.buddy_id, c.user_id).where(*wanted).order_by(c.buddy_id).limit(batch)
    )
    return list(rows)


async def _move(tx: Tx, target: str, found: list[AnyRow], done: Progress) -> Progress:
    """Pin those of the buddies that live and follow other rules."""
    if not found:
        return done
    asked = {row.buddy_id for row in found}
    # Locked user by user, as the lane locks them: neither waits for the other in a circle.
    active = await tx.lookup(
        table,
        ("buddy_id", "config_version_id"),
        "user_id",
        sorted({row.user_id for row in found}),
        condition=IS_ACTIVE,
        is_locking=True,
    )
    leaving = [
        row.buddy_id for row in active if row.buddy_id in asked and row.config_version_id != target
    ]
    c = table.c
    await tx.execute(
        update(table)
        .where(c.customer_id == tx.customer_id, tx.among(c.buddy_id, leaving))
        .values(config_version_id=target, updated_at=tx.now)
    )
    skipped = done.skipped + len(found) - len(leaving)
    return Progress(found[-1].buddy_id, done.moved + len(leaving), skipped)
