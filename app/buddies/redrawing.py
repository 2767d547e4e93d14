"""The operations that draw a buddy in its outfit: `compose` for a new one, `rerender` again."""

from app.art import service as art
from app.art.service import Atelier, UpstreamImageError
from app.buddies import appearance
from app.buddies.herd import Herd
from app.buddies.painting import TRIES_MAX, KeptChanging, Painted, keep, paint_both, refund
from app.customers import credits
from app.kit.db import Database
from app.kit.tx import Tx
from app.operations import service as operations
from app.operations.service import Operation, OperationKind


async def rerender(tx: Tx, buddy_id: str, atelier: Atelier) -> Operation:
    """Promise to draw a buddy again as it is now; a drawing that is under way is enough.

    Raises:
        NotFound, Conflict: see `Herd.one`.
        CreditInsufficient: a drawing costs more credits than there are.
        UpstreamImageError: the artist is left alone for a while.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    worn = await appearance.read(tx, buddy.id)
    if worn.operation_id is None:
        await credits.require_one(tx)
        atelier.require_open()
    operation_id = appearance.promise(herd, worn, OperationKind.RERENDER)
    await herd.write()
    await appearance.write(tx, worn)
    return await operations.read(tx, operation_id)


async def redraw(database: Database, customer_id: str, work: Operation, atelier: Atelier) -> None:
    """Draw what the buddy wears now, then show it, in one transaction.

    Killed at any moment it is simply done again: until the commit nothing has changed, after it
    the operation is complete. Whoever changes in the meantime is drawn once more.

    Raises:
        KeptChanging: to be tried again later.
    """
    buddy_id = work.input["buddy_id"]
    for _ in range(TRIES_MAX):
        async with database.read(customer_id) as tx:
            row = await Herd.looks(tx, buddy_id)
            worn = await appearance.read(tx, buddy_id)
        try:
            look = worn.look(row.variant, row.stage)
            base, dressed = await paint_both(database, customer_id, look, atelier)
        except UpstreamImageError as error:
            async with database.begin(customer_id) as tx:
                why = f"upstream_image_error: {error}"
                await operations.fail_with(tx, work, why, appearance.give_up)
            return
        async with database.begin(customer_id) as tx:
            if await _shown(tx, work, base, dressed, atelier):
                return
    raise KeptChanging


async def _shown(
    tx: Tx, work: Operation, base: Painted, dressed: Painted, atelier: Atelier
) -> bool:
    """Show the pictures and finish; False where the buddy looks different by now."""
    buddy_id = work.input["buddy_id"]
    herd = await Herd.of_ids(tx, [buddy_id])
    buddy = herd.by_id[buddy_id]
    if buddy.status != "active":
        await operations.fail_with(tx, work, "the buddy is archived", appearance.give_up)
        return True
    worn = await appearance.read(tx, buddy_id)
    if worn.look(buddy.variant, buddy.stage) != dressed.look:
        return False
    appearance.show(buddy, worn, *[await keep(tx, each, atelier) for each in (base, dressed)])
    image_url = art.url(tx.customer_id, buddy.image)
    done = {"buddy_id": buddy_id, "image_url": image_url}
    await refund(tx, work, base, dressed)
    await operations.complete(tx, work, done, herd.outbox)
    await herd.write()
    await appearance.write(tx, worn)
    return True
