"""Pictures kept in the database or in a directory, and found again by their look."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.art import service as art
from app.art.drawing import Drawing, draw
from app.art.items import Category, WornItem
from app.art.looks import Look
from app.art.media import DATABASE, DirectoryMedia, MediaStore, open_media
from app.art.models import media as media_table
from app.kit.db import Database
from app.kit.errors import NotFound

LOOK = Look(4, 2, wearing=(WornItem("crown", Category.HEAD), WornItem("robe", Category.BODY)))
DRAWING = draw(4, 2)
"""One drawing for all tests; what it shows does not matter to them."""
OTHER = draw(5, 2)


def sha256_of(png: bytes) -> str:
    return hashlib.sha256(png).hexdigest()


@pytest.fixture(params=["database", "directory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    return open_media(tmp_path / "media" if request.param == "directory" else None)


@pytest.fixture
def owner(customer: dict[str, Any]) -> str:
    return str(customer["customer_id"])


async def keep(database: Database, owner: str, store: MediaStore, drawing: Drawing) -> art.Picture:
    async with database.begin(owner) as tx:
        return await art.store(tx, LOOK, drawing, media=store)


async def test_a_look_drawn_before_is_found_without_drawing(
    database: Database, owner: str, store: MediaStore
) -> None:
    async with database.read(owner) as tx:
        assert await art.find(tx, LOOK) is None
    stored = await keep(database, owner, store, DRAWING)
    async with database.read(owner) as tx:
        turned = Look(4, 2, wearing=LOOK.wearing[::-1])
        assert await art.find(tx, turned) == stored
        assert await art.find(tx, Look(4, 2)) is None
        assert await store.read(tx, stored.image) == DRAWING.png
        assert await store.read(tx, stored.thumb) == DRAWING.thumb


async def test_a_look_drawn_twice_keeps_its_first_picture(
    database: Database, owner: str, store: MediaStore
) -> None:
    first = await keep(database, owner, store, DRAWING)
    assert await keep(database, owner, store, OTHER) == first
    assert first.image == sha256_of(DRAWING.png)


async def test_pictures_and_looks_are_a_customers_own(
    database: Database, owner: str, other_customer: dict[str, Any], store: MediaStore
) -> None:
    stored = await keep(database, owner, store, DRAWING)
    async with database.read(other_customer["customer_id"]) as tx:
        assert await art.find(tx, LOOK) is None
        with pytest.raises(NotFound):
            await store.read(tx, stored.image)


async def test_a_crash_between_file_and_row_leaves_nothing_that_stands_in_the_way(
    database: Database, owner: str, tmp_path: Path
) -> None:
    store = DirectoryMedia(tmp_path / "media")

    class Crash(Exception):
        pass

    async def crash() -> None:
        async with database.begin(owner) as tx:
            await art.store(tx, LOOK, DRAWING, media=store)
            raise Crash

    with pytest.raises(Crash):
        await crash()
    files = sorted((tmp_path / "media").rglob("*.png"))
    assert len(files) == 2
    async with database.read(owner) as tx:
        assert await art.find(tx, LOOK) is None
        with pytest.raises(NotFound):
            await store.read(tx, sha256_of(DRAWING.png))
    stored = await keep(database, owner, store, DRAWING)
    assert sorted((tmp_path / "media").rglob("*.png")) == files
    async with database.read(owner) as tx:
        assert await store.read(tx, stored.image) == DRAWING.png


async def test_a_file_half_written_is_never_seen(
    database: Database, owner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryMedia(tmp_path / "media")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        await keep(database, owner, store, DRAWING)
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    stored = await keep(database, owner, store, DRAWING)
    async with database.read(owner) as tx:
        assert await store.read(tx, stored.image) == DRAWING.png


async def test_a_directory_leaves_the_bytes_out_of_the_database_and_reads_what_is_in_it(
    database: Database, owner: str, tmp_path: Path
) -> None:
    directory = DirectoryMedia(tmp_path / "media")
    old = await keep(database, owner, DATABASE, DRAWING)
    async with database.begin(owner) as tx:
        new = await art.store(tx, Look(5, 2), OTHER, media=directory)
        inside = select(func.count()).where(media_table.c.png.is_not(None))
        assert await tx.value(inside) == 2
        assert await directory.read(tx, old.image) == DRAWING.png
        assert await directory.read(tx, new.image) == OTHER.png
        with pytest.raises(NotFound):
            await DATABASE.read(tx, new.image)


async def test_a_file_that_was_removed_is_not_found_rather_than_a_fault(
    database: Database, owner: str, tmp_path: Path
) -> None:
    directory = DirectoryMedia(tmp_path / "media")
    stored = await keep(database, owner, directory, DRAWING)
    next((tmp_path / "media").rglob(f"{stored.image}.png")).unlink()
    async with database.read(owner) as tx:
        with pytest.raises(NotFound):
            await directory.read(tx, stored.image)
