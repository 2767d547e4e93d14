"""The atelier of the settings over HTTP: an art provider that fails, a directory for pictures."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.art.provider import HttpArtist
from app.kit.db import Database
from app.settings import Settings
from tests import rows
from tests.credits_support import PLANS, balance, let_move, ready
from tests.factories import Api, ManualClock
from tests.items_support import Painter, loop_of


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Drawings are ordered where nobody listens; their price is left to the provider."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        art = {"art_url": f"http://127.0.0.1:{port}/draw", "media_dir": tmp_path / "media"}
        given = {"plans": PLANS, "default_plan": "free"} | art
        yield Settings(**{**settings.model_dump(), **given})


@pytest.fixture
def artist(api: Api) -> HttpArtist:
    """The provider's client, which does not wait between its attempts."""
    found = api.app.state.atelier.artist
    assert isinstance(found, HttpArtist)

    async def at_once(_: float) -> None:
        return None

    found.sleep = at_once
    return found


async def test_a_provider_that_fails_debits_nothing_and_then_takes_no_orders(
    api: Api, artist: HttpArtist, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_move(clock, monkeypatch)
    paths = [await ready(api, user_id) for user_id in ("ann", "bob", "cid")]
    for path in paths[:2]:
        started = await api.post(f"{path}/hatch", status=202)
        assert (await balance(api))["total_spendable"] == 1
        await api.work()
        operation = await api.get(f"/operations/{started['operation_id']}")
        assert operation["status"] == "failed"
        assert operation["error"].startswith("upstream_image_error: ")
        assert (await api.get(path))["status"] == "ready"
        assert (await balance(api))["total_spendable"] == 2
    database = api.app.state.database
    before = await rows.counts(database)
    refused = await api.call("POST", f"{paths[2]}/hatch")
    assert (refused.status_code, refused.json()["error"]["code"]) == (502, "upstream_image_error")
    assert await rows.counts(database) == before
    assert (await api.get(paths[2]))["status"] == "ready"
    assert await rows.differences(database) == []


async def test_while_the_provider_is_left_alone_nothing_but_drawings_is_refused(
    api: Api, artist: HttpArtist
) -> None:
    for _ in range(5):
        artist.breaker.failed()
    await api.send("hello", "match_completed")
    buddy_id = (await api.buddy_of("ann"))["id"]
    answer = await api.call("POST", f"/buddies/{buddy_id}/rerender")
    assert answer.json()["error"]["code"] == "upstream_image_error"
    artist.breaker.succeeded()
    await api.post(f"/buddies/{buddy_id}/rerender", status=202)


async def test_pictures_of_a_media_directory_are_files_and_are_served(
    api: Api, database: Database, settings: Settings, customer: dict[str, Any]
) -> None:
    path = await ready(api, "ann")
    await api.post(f"{path}/hatch", status=202)
    await loop_of(database, Painter(), media=api.app.state.atelier.media).run_due()
    buddy = await api.buddy_of("ann")
    files = {each.stem: each for each in (settings.data_dir / "media").rglob("*.png")}
    for url in (buddy["image_url"], buddy["thumb_url"]):
        picture = await api.client.get(url, headers={"Authorization": ""})
        assert picture.status_code == 200
        assert picture.content == files.pop(Path(url).stem).read_bytes()
    assert files == {}
    assert await rows.fetch(database, "SELECT 1 FROM media WHERE png IS NOT NULL") == []
    foreign = buddy["image_url"].replace(customer["customer_id"], buddy["id"])
    assert (await api.client.get(foreign)).status_code == 404
