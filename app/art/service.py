"""Pictures: drawn by an artist, kept by the hash of their content."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Select, select

from app.art.drawing import Drawing
from app.art.models import media
from app.kit.clock import to_milliseconds
from app.kit.errors import NotFound
from app.kit.tx import Tx

COLUMNS = ("customer_id", "sha256", "png", "created_at")


class UpstreamImageError(Exception):
    """The art provider could not draw."""


class Artist(Protocol):
    """Whoever draws buddies."""

    async def draw(self, variant: int, stage: int) -> Drawing:
        """A buddy's picture and its thumbnail; `variant` 0–999, `stage` 1–5.

        Raises:
            UpstreamImageError: it could not be drawn.
        """
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """The hashes of a stored picture and its thumbnail."""

    image: str
    thumb: str


async def store(tx: Tx, drawing: Drawing) -> Picture:
    """Keep both sizes; a picture that is there already is not written again."""
    images = {hashlib.sha256(png).hexdigest(): png for png in (drawing.png, drawing.thumb)}
    for sha256, png in sorted(images.items()):
        found = await tx.value(_of(tx, sha256).with_only_columns(media.c.sha256))
        if found is None:
            row = (tx.customer_id, sha256, png, to_milliseconds(tx.now))
            await tx.upsert_set(media, COLUMNS[:2], COLUMNS[2:], [row])
    return Picture(
        hashlib.sha256(drawing.png).hexdigest(), hashlib.sha256(drawing.thumb).hexdigest()
    )


async def read(tx: Tx, sha256: str) -> bytes:
    """The PNG of a hash.

    Raises:
        NotFound: this customer has no such picture.
    """
    png: bytes | None = await tx.value(_of(tx, sha256))
    if png is None:
        raise NotFound("media", sha256)
    return png


def url(customer_id: str, sha256: str | None) -> str | None:
    """Where a stored picture is served, or None where there is none."""
    return None if sha256 is None else f"/media/{customer_id}/{sha256}.png"


def _of(tx: Tx, sha256: str) -> Select[tuple[bytes]]:
    return select(media.c.png).where(
        media.c.customer_id == tx.customer_id, media.c.sha256 == sha256
    )
