"""The watch over game servers ends when it is told to, at whatever moment."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from app.hathora.controlplane.settings import Settings
from app.hathora.controlplane.store import Store
from app.hathora.controlplane.watcher import Watcher

STEPS = range(8)


@pytest.mark.parametrize("steps", STEPS)
async def test_a_watch_that_is_woken_and_ended_at_once_ends(tmp_path: Path, steps: int) -> None:
    """However far the waking has come when the end is told."""
    store = Store(tmp_path / "state.sqlite3")
    watcher = Watcher(Settings(data_dir=tmp_path), store, time.time, random.Random(1))
    watching = asyncio.create_task(watcher.run())
    for _ in STEPS:
        await asyncio.sleep(0)
    watcher.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    watching.cancel()
    ended, _ = await asyncio.wait({watching}, timeout=2)
    watching.cancel()
    assert ended
    store.close()
