"""Where the bytes of pictures are kept: in the database, or as files of a directory.

Pictures are addressed by their SHA-256. A row of `media` says that a customer has the picture, in
either store; in a directory the file is written first, whole or not at all, so a crash leaves at
most a file that no row knows, which the next attempt simply uses.
"""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Protocol

from sqlalchemy import Select, select

from app.art.models import media
from app.kit.clock import to_milliseconds
from app.kit.errors import NotFound
from app.kit.tx import Tx

COLUMNS = ("customer_id", "sha256", "png", "created_at")


class MediaStore(Protocol):
    """Keeps pictures by their hash."""

    async def keep(self, tx: Tx, sha256: str, png: bytes) -> None:
        """Keep a picture; one that is there already is not written again.

        Raises:
            OSError: the directory cannot be written.
        """
        ...

    async def read(self, tx: Tx, sha256: str) -> bytes:
        """The PNG of a hash.

        Raises:
            NotFound: this customer has no such picture.
        """
        ...


class DatabaseMedia:
    """Pictures in the `media` table."""

    async def keep(self, tx: Tx, sha256: str, png: bytes) -> None:
        """Keep a picture as a row."""
        await _note(tx, sha256, png)

    async def read(self, tx: Tx, sha256: str) -> bytes:
        """The PNG of a hash; see `MediaStore.read`."""
        png = await _row(tx, sha256)
        if png is None:
            raise NotFound("media", sha256)
        return png


class DirectoryMedia:
    """Pictures as files named by their hash; rows that hold their bytes are still read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def keep(self, tx: Tx, sha256: str, png: bytes) -> None:
        """Write the file, then note the customer's right to it."""
        await asyncio.to_thread(_write_whole, self._path(sha256), png)
        await _note(tx, sha256, None)

    async def read(self, tx: Tx, sha256: str) -> bytes:
        """The PNG of a hash; see `MediaStore.read`."""
        png = await _row(tx, sha256)
        if png is not None:
            return png
        try:
            return await asyncio.to_thread(self._path(sha256).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("media", sha256) from error

    def _path(self, sha256: str) -> Path:
        return self._directory / sha256[:2] / f"{sha256}.png"


DATABASE = DatabaseMedia()


def open_media(directory: Path | None) -> MediaStore:
    """The store that the settings ask for: a directory, or the database where there is none."""
    return DATABASE if directory is None else DirectoryMedia(directory)


def _write_whole(path: Path, png: bytes) -> None:
    """Make the file appear complete under its name, and stay after a power cut."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(png)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _note(tx: Tx, sha256: str, png: bytes | None) -> None:
    found = await tx.value(_of(tx, sha256).with_only_columns(media.c.sha256))
    if found is None:
        row = (tx.customer_id, sha256, png, to_milliseconds(tx.now))
        await tx.upsert_set(media, COLUMNS[:2], COLUMNS[2:], [row])


async def _row(tx: Tx, sha256: str) -> bytes | None:
    """The bytes in the row, or None where they are a file.

    Raises:
        NotFound: there is no row.
    """
    row = await tx.row(_of(tx, sha256))
    if row is None:
        raise NotFound("media", sha256)
    png: bytes | None = row.png
    return png


def _of(tx: Tx, sha256: str) -> Select[tuple[bytes | None]]:
    return select(media.c.png).where(
        media.c.customer_id == tx.customer_id, media.c.sha256 == sha256
    )
