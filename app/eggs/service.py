"""Eggs: laid, made ready, cancelled, hatched."""

from collections.abc import Sequence, Set
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from app.art.service import Atelier
from app.buddies.herd import variant_of
from app.buddies.models import buddy
from app.configs import service as configs
from app.configs.audiences import MissingAudience, UnknownAudience
from app.customers import credits
from app.eggs.models import egg as table
from app.eggs.schemas import CreateEgg, Egg, EggStatusChange
from app.eggs.status import ACTIVE, ACTIVE_MAX, BY_HAND, NEXT, REUSABLE, EggStatus
from app.kit.errors import Conflict, NotFound, ValidationFailed, require
from app.kit.pages import Page
from app.kit.tx import AnyRow, Tx
from app.operations import service as operations
from app.operations.service import NewOperation, Operation, OperationKind


class ActiveEggLimit(Conflict):
    """The user has as many eggs in the nest as it can have."""

    code = "active_egg_limit"

    def __init__(self, active: Sequence[AnyRow]) -> None:
        super().__init__(
            f"The user already has {len(active)} active eggs. Hatch or cancel one first.",
            details={
                "max": ACTIVE_MAX,
                "active": [{"egg_id": row.egg_id, "status": row.status} for row in active],
            },
        )


class IllegalTransition(Conflict):
    """The egg's status does not allow this."""

    def __init__(self, status: EggStatus, allowed: Set[EggStatus]) -> None:
        next_ones = ", ".join(sorted(allowed)) or "nothing"
        super().__init__(
            f"The egg is {status}; from there it can only become: {next_ones}.",
            details={"status": status, "allowed": sorted(allowed)},
        )


async def create(tx: Tx, given: CreateEgg) -> tuple[Egg, bool]:
    """Lay an egg, or reuse one where asked to; the egg, and whether it is new.

    Raises:
        NoPublishedConfig: there are no rules to pin it to.
        MissingAudience, UnknownAudience: by `metadata.audience`.
        ValidationFailed: an unknown `preset_id`.
        ActiveEggLimit: five are enough.
    """
    version_id = await configs.published(tx)
    config = await configs.compiled(tx, version_id)
    audience = _audience(given.metadata.get("audience"), config.audiences)
    if given.preset_id is not None and given.preset_id not in config.creatures:
        raise ValidationFailed.of("/preset_id", "the published config has no such creature line")
    await configs.lock_customer(tx)  # so that two requests can't lay a sixth egg together
    active = await _active(tx, given.user_id, audience)
    reusable = [row for row in active if row.status in REUSABLE]
    if given.ensure and reusable:
        return _egg(reusable[0]), False
    require(len(active) < ACTIVE_MAX, ActiveEggLimit(active))
    egg_id = tx.new_id()
    await tx.execute(
        insert(table).values(
            customer_id=tx.customer_id,
            egg_id=egg_id,
            user_id=given.user_id,
            audience=audience,
            status=EggStatus.WAITING.value,
            variant=variant_of(egg_id),
            preset_id=given.preset_id,
            config_version_id=version_id,
            metadata=orjson.dumps(given.metadata).decode(),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    return await read(tx, egg_id), True


async def read(tx: Tx, egg_id: str) -> Egg:
    """One egg.

    Raises:
        NotFound: this customer has no such egg.
    """
    row = await tx.row(_one(tx, egg_id))
    if row is None:
        raise NotFound("egg", egg_id)
    return _egg(row)


async def list_eggs(
    tx: Tx, *, user_id: str | None, status: EggStatus | None, page: Page
) -> list[Egg]:
    """A page of eggs, newest first."""
    wanted: list[Any] = [table.c.customer_id == tx.customer_id]
    if user_id is not None:
        wanted.append(table.c.user_id == user_id)
    if status is not None:
        wanted.append(table.c.status == status.value)
    rows = await tx.rows(
        select(table)
        .where(*wanted)
        .order_by(table.c.egg_id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return [_egg(row) for row in rows]


async def change_status(tx: Tx, egg_id: str, wanted: EggStatus) -> EggStatusChange:
    """Make an egg ready, or cancel it; the same status again changes nothing.

    Raises:
        NotFound: this customer has no such egg.
        IllegalTransition: its status does not allow it.
    """
    row = await locked(tx, egg_id)
    previous = EggStatus(row.status)
    if previous != wanted:
        allowed = BY_HAND[previous]
        require(wanted in allowed, IllegalTransition(previous, allowed))
        await move(tx, egg_id, wanted)
    return EggStatusChange(egg_id=egg_id, status=wanted, previous_status=previous)


async def start_hatching(tx: Tx, egg_id: str, atelier: Atelier) -> Operation:
    """Begin to hatch a ready egg; the operation it returns will make the buddy.

    Raises:
        NotFound: this customer has no such egg.
        CreditInsufficient: a drawing costs more credits than there are.
        IllegalTransition: its status does not allow it; nothing was changed.
        Conflict: another egg's buddy lives for this user and audience.
        UpstreamImageError: the artist is left alone for a while.
    """
    row = await locked(tx, egg_id)
    status = EggStatus(row.status)
    if status in (EggStatus.HATCHING, EggStatus.HATCHED):
        return await operations.read(tx, row.operation_id)
    await credits.require_one(tx)
    require(EggStatus.HATCHING in NEXT[status], IllegalTransition(status, NEXT[status]))
    await _require_room(tx, row)
    atelier.require_open()
    promised = NewOperation(tx.new_id(), OperationKind.HATCH, {"egg_id": egg_id})
    await operations.start_set(tx, [promised])
    await move(tx, egg_id, EggStatus.HATCHING, operation_id=promised.id)
    return await operations.read(tx, promised.id)


async def locked(tx: Tx, egg_id: str) -> AnyRow:
    """An egg's row, locked.

    Raises:
        NotFound: this customer has no such egg.
    """
    row = await tx.row(_one(tx, egg_id).with_for_update())
    if row is None:
        raise NotFound("egg", egg_id)
    return row


async def move(tx: Tx, egg_id: str, status: EggStatus, **values: Any) -> None:
    """Write a status that the caller has found to be allowed."""
    await tx.execute(
        update(table)
        .where(table.c.customer_id == tx.customer_id, table.c.egg_id == egg_id)
        .values(status=status.value, updated_at=tx.now, **values)
    )


async def is_hatched(tx: Tx, user_id: str, buddy_id: str) -> bool:
    """Whether an egg of the user has become this buddy; an event's buddy came out of none."""
    found = await tx.value(
        select(table.c.egg_id).where(
            table.c.customer_id == tx.customer_id,
            table.c.user_id == user_id,
            table.c.buddy_id == buddy_id,
        )
    )
    return found is not None


async def _require_room(tx: Tx, row: AnyRow) -> None:
    """A user and audience have one living buddy; one that an event made may still be hatched."""
    living: str | None = await tx.value(
        select(buddy.c.buddy_id).where(
            buddy.c.customer_id == tx.customer_id,
            buddy.c.user_id == row.user_id,
            buddy.c.audience == row.audience,
            buddy.c.status == "active",
        )
    )
    if living is not None and await is_hatched(tx, row.user_id, living):
        raise Conflict(
            "The user's buddy lives. Archive it before hatching another egg.",
            details={"buddy_id": living, "status": "active", "allowed": ["archived"]},
        )
    active = await _active(tx, row.user_id, row.audience)
    hatching = [each.egg_id for each in active if each.status == EggStatus.HATCHING]
    if hatching:
        raise Conflict(
            "Another egg of this user is hatching. Its buddy must be archived first.",
            details={"egg_id": hatching[0], "status": "hatching", "allowed": []},
        )


async def _active(tx: Tx, user_id: str, audience: str) -> Sequence[AnyRow]:
    return await tx.rows(
        select(table)
        .where(
            table.c.customer_id == tx.customer_id,
            table.c.user_id == user_id,
            table.c.audience == audience,
            table.c.status.in_([status.value for status in ACTIVE]),
        )
        .order_by(table.c.egg_id)
    )


def _audience(given: Any, audiences: tuple[str, ...]) -> str:
    if given is None and len(audiences) > 1:
        raise MissingAudience(audiences, "metadata.audience")
    if given is not None and given not in audiences:
        raise UnknownAudience(audiences, given)
    return audiences[0] if given is None else str(given)


def _one(tx: Tx, egg_id: str) -> Any:
    return select(table).where(table.c.customer_id == tx.customer_id, table.c.egg_id == egg_id)


def _egg(row: AnyRow) -> Egg:
    return Egg(
        egg_id=row.egg_id,
        user_id=row.user_id,
        status=EggStatus(row.status),
        visual_variant=row.variant,
        config_version_id=row.config_version_id,
        metadata=orjson.loads(row.metadata),
        buddy_id=row.buddy_id,
        created_at=row.created_at,
    )
