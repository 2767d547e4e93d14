"""The operation that takes a buddy to its next stage and draws it anew, in what it wears."""

from sqlalchemy import insert

from app.art import service as art
from app.art.service import Atelier, Picture, UpstreamImageError
from app.buddies import appearance
from app.buddies.appearance import NEEDS_RERENDER, bare
from app.buddies.herd import Buddy, Cause, Herd
from app.buddies.models import evolution
from app.buddies.painting import TRIES_MAX, KeptChanging, Painted, keep, paint, refund
from app.buddies.service import settle
from app.kit.db import Database
from app.kit.tx import Tx
from app.operations import service as operations
from app.operations.service import Operation
from app.webhooks.catalogue import EventName

AUTO = "auto"


async def evolve(database: Database, customer_id: str, work: Operation, atelier: Atelier) -> None:
    """Draw the new stage, then change stage and picture in one transaction.

    Killed at any moment it is simply done again: until the commit nothing has changed, after it
    the operation is complete. An outfit that can't be drawn does not hold the stage back: the
    buddy then shows itself without, and needs to be rendered again.

    Raises:
        KeptChanging: to be tried again later.
        UpstreamImageError: the same, of an evolution that nobody is waiting for.
    """
    for _ in range(TRIES_MAX):
        try:
            base, dressed = await _painted(database, customer_id, work, atelier)
        except UpstreamImageError as error:
            if work.input["source"] == AUTO:
                raise
            async with database.begin(customer_id) as tx:
                await operations.fail_with(tx, work, f"upstream_image_error: {error}", None)
            return
        async with database.begin(customer_id) as tx:
            if await _ended(tx, work, base, dressed, atelier):
                return
    raise KeptChanging


async def _painted(
    database: Database, customer_id: str, work: Operation, atelier: Atelier
) -> tuple[Painted, Painted | UpstreamImageError]:
    """The buddy at its new stage by itself, and in its outfit if that could be drawn."""
    buddy_id, to_stage = work.input["buddy_id"], int(work.input["to_stage"])
    async with database.read(customer_id) as tx:
        row = await Herd.looks(tx, buddy_id)
        look = (await appearance.read(tx, buddy_id)).look(row.variant, to_stage)
    base = await paint(database, customer_id, bare(look), atelier)
    if look == base.look:
        return base, base
    try:
        return base, await paint(database, customer_id, look, atelier)
    except UpstreamImageError as error:
        return base, error


async def _ended(
    tx: Tx,
    work: Operation,
    base: Painted,
    dressed: Painted | UpstreamImageError,
    atelier: Atelier,
) -> bool:
    """Carry the evolution out, or refuse it; False where the buddy wears something else by now."""
    buddy_id, to_stage = work.input["buddy_id"], int(work.input["to_stage"])
    herd = await Herd.of_ids(tx, [buddy_id])
    buddy = herd.by_id[buddy_id]
    if buddy.status != "active":
        await operations.fail_with(tx, work, "the buddy is archived", None)
        return True
    if buddy.stage >= to_stage:
        await operations.refund(tx, work)
        done = {"buddy_id": buddy_id, "stage": buddy.stage}
        await operations.complete(tx, work, done, herd.outbox)
        await herd.write()
        return True
    worn = await appearance.read(tx, buddy_id)
    look = worn.look(buddy.variant, to_stage)
    if bare(look) != base.look:
        return False
    if isinstance(dressed, Painted):
        if look != dressed.look:
            return False
        await refund(tx, work, base, dressed)
        appearance.show(buddy, worn, *[await keep(tx, each, atelier) for each in (base, dressed)])
    else:
        await refund(tx, work, base)
        _show_without(buddy, worn, await keep(tx, base, atelier))
    await _evolved(herd, buddy, work, to_stage)
    await appearance.write(tx, worn)
    return True


def _show_without(buddy: Buddy, worn: appearance.Appearance, base: Picture) -> None:
    appearance.show(buddy, worn, base, base)
    worn.rendered, worn.error_code = (), NEEDS_RERENDER


async def _evolved(herd: Herd, buddy: Buddy, work: Operation, to_stage: int) -> None:
    tx, event_id = herd.tx, work.input["event_id"]
    previous, buddy.stage = buddy.stage, to_stage
    buddy.state.stage = to_stage
    cause = Cause(event_id or work.id)
    image_url = art.url(tx.customer_id, buddy.image)
    told = {"previous_stage": previous, "new_stage": to_stage, "image_url": image_url}
    herd.tell(buddy, EventName.BUDDY_EVOLVED, told, cause, herd.next_sequence(buddy))
    settle(herd, buddy, cause)
    done = {"buddy_id": buddy.id, "stage": to_stage}
    await operations.complete(tx, work, done, herd.outbox)
    await herd.write()
    await tx.execute(
        insert(evolution).values(
            customer_id=tx.customer_id,
            evolution_id=tx.new_id(),
            buddy_id=buddy.id,
            from_stage=previous,
            to_stage=to_stage,
            triggered_by_event_id=event_id,
            image=buddy.image,
            source=work.input["source"],
            occurred_at=tx.now,
        )
    )
