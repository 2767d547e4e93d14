"""Draws in a process of its own.

The renderer holds the interpreter's lock for the 60–110 ms that a drawing takes, so a thread would
stop the event loop. The process starts with the first drawing, is replaced when it dies, and ends
with its parent, however that ends.
"""

import asyncio
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process

from app.art.drawing import Drawing, draw
from app.art.looks import Look


class Studio:
    """One drawing process, shared by everything in this event loop."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def draw(self, look: Look) -> Drawing:
        """What `drawing.draw` returns, without stopping the loop.

        Raises:
            ValueError: the variant (0–999) or the stage (1–5) is out of range.
            BrokenProcessPool: the drawing process died twice over this drawing.
        """
        pool = self._open()
        try:
            return await _drawn_by(pool, look)
        except BrokenProcessPool:
            if self._pool is pool:
                self.close()
            return await _drawn_by(self._open(), look)

    def close(self) -> None:
        """End the drawing process; a later `draw` starts another."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    @property
    def is_resting(self) -> bool:
        """Never: a drawing process that dies is replaced."""
        return False

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), _end_with_parent)
        return self._pool


async def _drawn_by(pool: ProcessPoolExecutor, look: Look) -> Drawing:
    return await asyncio.get_running_loop().run_in_executor(pool, _draw, look)


def _draw(look: Look) -> Drawing:
    return draw(look.variant, look.stage, line=look.line, wearing=look.wearing)


def _end_with_parent() -> None:
    """A pool's worker outlives a killed parent otherwise: it holds both ends of its own queue."""
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)
