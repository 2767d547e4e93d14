"""Pictures are made while no transaction is open, and kept in the one that shows them."""

from dataclasses import dataclass

from app.art import service as art
from app.art.drawing import Drawing
from app.art.looks import Look
from app.art.service import Atelier, Picture
from app.buddies.appearance import bare
from app.kit.db import Database
from app.kit.tx import Tx
from app.operations import service as operations
from app.operations.service import Operation

TRIES_MAX = 5


class KeptChanging(Exception):
    """The buddy changed each time that its picture was done; it will be drawn later."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A look with its picture: one that was stored before, or a drawing that is still to be."""

    look: Look
    picture: Picture | Drawing


async def paint(database: Database, customer_id: str, look: Look, atelier: Atelier) -> Painted:
    """The picture of a look, drawn only where this customer has none.

    Raises:
        UpstreamImageError: it could not be drawn.
    """
    async with database.read(customer_id) as tx:
        found = await art.find(tx, look)
    return Painted(look, found or await atelier.artist.draw(look))


async def paint_both(
    database: Database, customer_id: str, look: Look, atelier: Atelier
) -> tuple[Painted, Painted]:
    """The creature by itself, and as it looks; the same where it wears nothing.

    Raises:
        UpstreamImageError: one of them could not be drawn.
    """
    base = await paint(database, customer_id, bare(look), atelier)
    if look == base.look:
        return base, base
    return base, await paint(database, customer_id, look, atelier)


async def keep(tx: Tx, painted: Painted, atelier: Atelier) -> Picture:
    """The stored picture; a fresh drawing is stored first."""
    if isinstance(painted.picture, Picture):
        return painted.picture
    return await art.store(tx, painted.look, painted.picture, media=atelier.media)


async def refund(tx: Tx, work: Operation, *painted: Painted) -> None:
    """Give back what was authorised for an operation whose pictures were all there before."""
    if not any(isinstance(each.picture, Drawing) for each in painted):
        await operations.refund(tx, work)
