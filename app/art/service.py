"""Pictures: drawn by an artist, kept by the hash of their content, found again by their look."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from app.art.drawing import Drawing
from app.art.looks import Look, look_key
from app.art.media import DATABASE, MediaStore
from app.art.models import picture
from app.kit.clock import to_milliseconds
from app.kit.errors import AppError, require
from app.kit.tx import Tx

COLUMNS = ("customer_id", "look_key", "image", "thumb", "created_at")


class UpstreamImageError(AppError):
    """The art provider could not draw; nothing was debited."""

    status = 502
    code = "upstream_image_error"


class Artist(Protocol):
    """Whoever draws buddies."""

    async def draw(self, look: Look) -> Drawing:
        """The picture of a look and its thumbnail.

        Raises:
            UpstreamImageError: it could not be drawn.
            ValueError: there is no such creature.
        """
        ...

    def close(self) -> None:
        """End what it holds; a later `draw` starts anew."""
        ...

    @property
    def is_resting(self) -> bool:
        """Whether it has failed so often that `draw` would refuse at once."""
        ...


@dataclass(frozen=True, slots=True)
class Atelier:
    """Who draws, and where the drawings are kept."""

    artist: Artist
    media: MediaStore = DATABASE

    def require_open(self) -> None:
        """Take an order for a drawing.

        Raises:
            UpstreamImageError: the artist is left alone for a while.
        """
        why = "The art provider fails and is left alone for a while. Try again in half a minute."
        require(not self.artist.is_resting, UpstreamImageError(why))


@dataclass(frozen=True, slots=True)
class Picture:
    """The hashes of a stored picture and its thumbnail."""

    image: str
    thumb: str


async def find(tx: Tx, look: Look) -> Picture | None:
    """The picture of a look that this customer's buddies had before, or None."""
    row = await tx.row(
        select(picture.c.image, picture.c.thumb).where(
            picture.c.customer_id == tx.customer_id, picture.c.look_key == look_key(look)
        )
    )
    return None if row is None else Picture(row.image, row.thumb)


async def store(tx: Tx, look: Look, drawing: Drawing, *, media: MediaStore = DATABASE) -> Picture:
    """Keep both sizes and remember the look; where it was drawn twice, the first is what counts.

    Raises:
        OSError: the media directory cannot be written.
    """
    images = {hashlib.sha256(png).hexdigest(): png for png in (drawing.png, drawing.thumb)}
    for sha256, png in sorted(images.items()):
        await media.keep(tx, sha256, png)
    image, thumb = (hashlib.sha256(png).hexdigest() for png in (drawing.png, drawing.thumb))
    row = (tx.customer_id, look_key(look), image, thumb, to_milliseconds(tx.now))
    await tx.insert_new(picture, COLUMNS, [row], "look_key")
    found = await find(tx, look)
    assert found is not None
    return found


def url(customer_id: str, sha256: str | None) -> str | None:
    """Where a stored picture is served, or None where there is none."""
    return None if sha256 is None else f"/media/{customer_id}/{sha256}.png"
