"""The operation that hatches an egg: it draws the buddy, and names it."""

from sqlalchemy import select

from app.art import service as art
from app.art.looks import DEFAULT_LINE, Look
from app.art.service import Atelier, UpstreamImageError
from app.buddies import appearance
from app.buddies.appearance import Appearance
from app.buddies.herd import Buddy, Cause, Herd
from app.buddies.models import buddy as buddy_table
from app.buddies.painting import TRIES_MAX, KeptChanging, Painted, keep, paint_both, refund
from app.configs import service as configs
from app.eggs import service as eggs
from app.eggs.models import egg as egg_table
from app.eggs.names import name_of
from app.eggs.status import EggStatus
from app.engine.state import FIRST_STAGE
from app.kit.db import Database
from app.kit.tx import AnyRow, Tx
from app.operations import service as operations
from app.operations.service import Operation
from app.webhooks.catalogue import EventName


async def hatch(database: Database, customer_id: str, work: Operation, atelier: Atelier) -> None:
    """Draw the buddy, then make it, name it and finish the egg in one transaction.

    Killed at any moment it is simply done again: until the commit nothing has changed, after it
    the operation is complete. When the art fails the egg is ready again; also when another egg of
    the same user was quicker, for a buddy comes out of one egg.

    Raises:
        KeptChanging: to be tried again later.
    """
    for _ in range(TRIES_MAX):
        async with database.read(customer_id) as tx:
            look = await _look(tx, work.input["egg_id"])
        try:
            base, dressed = await paint_both(database, customer_id, look, atelier)
        except UpstreamImageError as error:
            async with database.begin(customer_id) as tx:
                await operations.fail_with(tx, work, f"upstream_image_error: {error}", give_back)
            return
        async with database.begin(customer_id) as tx:
            if await _ended(tx, work, base, dressed, atelier):
                return
    raise KeptChanging


async def give_back(tx: Tx, work: Operation) -> None:
    """Make the egg of a failed operation ready again, so that it can be hatched anew."""
    row = await eggs.locked(tx, work.input["egg_id"])
    if row.status == EggStatus.HATCHING and row.operation_id == work.id:
        await eggs.move(tx, row.egg_id, EggStatus.READY)


async def _look(tx: Tx, egg_id: str) -> Look:
    """What will come out: a hatchling, or a buddy that an event made, as far as it is by now."""
    e, b = egg_table.c, buddy_table.c
    egg = await tx.row(select(egg_table).where(e.customer_id == tx.customer_id, e.egg_id == egg_id))
    assert egg is not None, "eggs are never deleted"
    living = await tx.row(
        select(b.buddy_id, b.stage).where(
            b.customer_id == tx.customer_id,
            b.user_id == egg.user_id,
            b.audience == egg.audience,
            b.status == "active",
        )
    )
    worn = Appearance("") if living is None else await appearance.read(tx, living.buddy_id)
    worn.line = await _line(tx, egg)
    return worn.look(egg.variant, FIRST_STAGE if living is None else living.stage)


async def _line(tx: Tx, egg: AnyRow) -> str:
    """The line of creatures that the egg's config had under its `preset_id`."""
    if egg.preset_id is None:
        return DEFAULT_LINE
    config = await configs.compiled(tx, egg.config_version_id)
    return config.creatures[egg.preset_id].line


async def _ended(
    tx: Tx, work: Operation, base: Painted, dressed: Painted, atelier: Atelier
) -> bool:
    """Hatch the egg, or refuse it; False where the buddy looks different by now."""
    row = await eggs.locked(tx, work.input["egg_id"])
    if row.status != EggStatus.HATCHING or row.operation_id != work.id:
        await operations.fail_with(tx, work, "the egg is not hatching any more", give_back)
        return True
    key = (row.user_id, row.audience)
    herd = await Herd.of_users(tx, [key], row.config_version_id)
    buddy = herd.by_user[key]
    if await eggs.is_hatched(tx, row.user_id, buddy.id):
        why = "conflict: the user's buddy lives; archive it before hatching another egg"
        await operations.fail_with(tx, work, why, give_back)
        return True
    worn = await appearance.read(tx, buddy.id)
    worn.line = dressed.look.line
    if worn.look(row.variant, buddy.stage) != dressed.look:
        return False
    appearance.show(buddy, worn, *[await keep(tx, each, atelier) for each in (base, dressed)])
    _come_out(herd, buddy, row)
    await refund(tx, work, base, dressed)
    await operations.complete(tx, work, {"buddy_id": buddy.id}, herd.outbox)
    await herd.write()
    await appearance.write(tx, worn)
    await eggs.move(tx, row.egg_id, EggStatus.HATCHED, buddy_id=buddy.id)
    return True


def _come_out(herd: Herd, buddy: Buddy, egg: AnyRow) -> None:
    """Name the buddy; one that an event made keeps its stage and what it has earned."""
    buddy.name = name_of(egg.variant)
    buddy.variant = egg.variant
    told = {
        "egg_id": egg.egg_id,
        "name": buddy.name,
        "image_url": art.url(herd.tx.customer_id, buddy.image),
        "thumb_url": art.url(herd.tx.customer_id, buddy.thumb),
        "evolution_stage": buddy.stage,
    }
    cause = Cause(egg.operation_id)
    herd.tell(buddy, EventName.BUDDY_HATCHED, told, cause, herd.next_sequence(buddy))
