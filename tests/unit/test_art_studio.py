"""Drawing in a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.art.drawing import draw
from app.art.looks import Look
from app.art.studio import Studio

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20.0


@pytest.fixture
def studio() -> Iterator[Studio]:
    one = Studio()
    yield one
    one.close()


def drawing_processes(parent: int) -> list[psutil.Process]:
    children = psutil.Process(parent).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


async def test_a_studio_draws_what_the_drawing_is(studio: Studio) -> None:
    assert await studio.draw(Look(3, 2)) == draw(3, 2)


async def test_the_loop_goes_on_while_a_picture_is_drawn(studio: Studio) -> None:
    await studio.draw(Look(1, 1))
    drawing = asyncio.create_task(studio.draw(Look(13, 5)))
    turns = 0
    while not drawing.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


async def test_a_bad_stage_is_the_callers_error(studio: Studio) -> None:
    with pytest.raises(ValueError, match="stage must be"):
        await studio.draw(Look(1, 9))


async def test_a_killed_drawing_process_is_replaced_for_all_who_wait(studio: Studio) -> None:
    before = await studio.draw(Look(8, 3))
    waiting = [asyncio.create_task(studio.draw(Look(8, 3))) for _ in range(4)]
    await asyncio.sleep(0)
    (child,) = drawing_processes(os.getpid())
    child.kill()
    assert await asyncio.gather(*waiting) == [before] * 4


def test_the_drawing_process_ends_with_a_killed_parent() -> None:
    program = (
        "import asyncio, time\n"
        "from app.art.looks import Look\n"
        "from app.art.studio import Studio\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(Studio().draw(Look(1, 1)))\n"
        "    print('drawn', flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "drawn\n"
    children = drawing_processes(parent.pid)
    assert children
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
    assert alive == []
