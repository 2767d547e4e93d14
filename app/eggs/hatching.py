"""The operation that hatches an egg: it draws the buddy, and names it."""

from app.art import service as art
from app.art.drawing import Drawing
from app.art.looks import Look
from app.art.service import Artist, UpstreamImageError
from app.buddies.herd import Buddy, Cause, Herd
from app.eggs import service as eggs
from app.eggs.names import name_of
from app.eggs.status import EggStatus
from app.kit.db import Database
from app.kit.tx import AnyRow, Tx
from app.operations import service as operations
from app.operations.service import Operation
from app.webhooks.catalogue import EventName


async def hatch(database: Database, customer_id: str, work: Operation, artist: Artist) -> None:
    """Draw the buddy, then make it, name it and finish the egg in one transaction.

    Killed at any moment it is simply done again: until the commit nothing has changed, after it
    the operation is complete. When the art fails the egg is ready again; also when another egg of
    the same user was quicker, for a buddy comes out of one egg.
    """
    egg_id = work.input["egg_id"]
    async with database.read(customer_id) as tx:
        egg = await eggs.read(tx, egg_id)
    try:
        drawing = await artist.draw(Look(egg.visual_variant, 1))
    except UpstreamImageError as error:
        async with database.begin(customer_id) as tx:
            await operations.fail_with(tx, work, f"upstream_image_error: {error}", give_back)
        return
    async with database.begin(customer_id) as tx:
        row = await eggs.locked(tx, egg_id)
        if row.status != EggStatus.HATCHING or row.operation_id != work.id:
            await operations.fail_with(tx, work, "the egg is not hatching any more", give_back)
            return
        key = (row.user_id, row.audience)
        herd = await Herd.of_users(tx, [key], row.config_version_id)
        buddy = herd.by_user[key]
        if await eggs.is_hatched(tx, row.user_id, buddy.id):
            why = "conflict: the user's buddy lives; archive it before hatching another egg"
            await operations.fail_with(tx, work, why, give_back)
            return
        await _come_out(herd, buddy, row, drawing)
        done = {"buddy_id": buddy.id}
        await operations.complete(tx, work, done, herd.outbox)
        await herd.write()
        await eggs.move(tx, egg_id, EggStatus.HATCHED, buddy_id=buddy.id)


async def give_back(tx: Tx, work: Operation) -> None:
    """Make the egg of a failed operation ready again, so that it can be hatched anew."""
    row = await eggs.locked(tx, work.input["egg_id"])
    if row.status == EggStatus.HATCHING and row.operation_id == work.id:
        await eggs.move(tx, row.egg_id, EggStatus.READY)


async def _come_out(herd: Herd, buddy: Buddy, egg: AnyRow, drawing: Drawing) -> None:
    """Give the buddy its looks; one that an event made keeps its stage and what it has earned."""
    picture = await art.store(herd.tx, Look(egg.variant, 1), drawing)
    buddy.name = name_of(egg.variant)
    buddy.variant = egg.variant
    buddy.image, buddy.thumb = picture.image, picture.thumb
    told = {
        "egg_id": egg.egg_id,
        "name": buddy.name,
        "image_url": art.url(herd.tx.customer_id, picture.image),
        "thumb_url": art.url(herd.tx.customer_id, picture.thumb),
        "evolution_stage": buddy.stage,
    }
    cause = Cause(egg.operation_id)
    herd.tell(buddy, EventName.BUDDY_HATCHED, told, cause, herd.next_sequence(buddy))
