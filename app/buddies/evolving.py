"""The operation that takes a buddy to its next stage and draws it anew."""

from sqlalchemy import insert

from app.art import service as art
from app.art.looks import Look
from app.art.service import Artist
from app.buddies.herd import Cause, Herd
from app.buddies.models import evolution
from app.buddies.service import settle
from app.kit.db import Database
from app.operations import service as operations
from app.operations.service import Operation
from app.webhooks.catalogue import EventName


async def evolve(database: Database, customer_id: str, work: Operation, artist: Artist) -> None:
    """Draw the new stage, then change stage and picture in one transaction.

    Killed at any moment it is simply done again: until the commit nothing has changed, after it
    the operation is complete.
    """
    buddy_id, to_stage = work.input["buddy_id"], int(work.input["to_stage"])
    async with database.read(customer_id) as tx:
        variant = (await Herd.looks(tx, buddy_id)).variant
    look = Look(variant, to_stage)
    drawing = await artist.draw(look)
    async with database.begin(customer_id) as tx:
        herd = await Herd.of_ids(tx, [buddy_id])
        buddy = herd.by_id[buddy_id]
        if buddy.status != "active" or buddy.stage >= to_stage:
            await operations.fail(tx, work, "the buddy is archived or past this stage", herd.outbox)
            await herd.write()
            return
        picture = await art.store(tx, look, drawing)
        previous, buddy.stage = buddy.stage, to_stage
        buddy.state.stage = to_stage
        buddy.image, buddy.thumb = picture.image, picture.thumb
        cause = Cause(work.input["event_id"])
        image_url = art.url(customer_id, picture.image)
        told = {"previous_stage": previous, "new_stage": to_stage, "image_url": image_url}
        herd.tell(buddy, EventName.BUDDY_EVOLVED, told, cause, herd.next_sequence(buddy))
        settle(herd, buddy, cause)
        done = {"buddy_id": buddy_id, "stage": to_stage}
        await operations.complete(tx, work, done, herd.outbox)
        await herd.write()
        await tx.execute(
            insert(evolution).values(
                customer_id=customer_id,
                evolution_id=tx.new_id(),
                buddy_id=buddy_id,
                from_stage=previous,
                to_stage=to_stage,
                triggered_by_event_id=work.input["event_id"],
                image=picture.image,
                source=work.input["source"],
                occurred_at=tx.now,
            )
        )
