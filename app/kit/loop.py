"""How every worker loop runs: do what is due, then wait for a nudge, the next poll or the end."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.kit.nudge import Nudges

PAUSE_SECONDS_MAX = 15.0
NEVER = asyncio.Event()  # is never set: everything that is due is done
log = structlog.get_logger()


async def run_loop(
    run_due: Callable[[asyncio.Event], Awaitable[int]],
    *,
    name: str,
    nudges: Nudges,
    poll_seconds: float,
    stop: asyncio.Event,
) -> None:
    """Call `run_due` until `stop` is set; it takes nothing new from then on.

    Any fault is logged and waited out, never fatal.
    """
    faults = 0
    with nudges.listen(name) as listener:
        while not stop.is_set():
            pause = poll_seconds
            try:
                await run_due(stop)
                faults = 0
            except Exception as error:
                faults += 1
                pause = min(poll_seconds * 2**faults, PAUSE_SECONDS_MAX)
                log.warning("loop_fault", loop=name, faults=faults, error=repr(error))
            await _either(listener.wait(pause), stop)


async def _either(waiting: Awaitable[None], stop: asyncio.Event) -> None:
    tasks = [asyncio.ensure_future(waiting), asyncio.create_task(stop.wait())]
    _, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
