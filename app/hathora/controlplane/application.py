"""The control plane as an ASGI application: handlers behind the door, the watcher beside it."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from enum import StrEnum

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app.hathora.controlplane import apps, deployments, logs, processes, rooms
from app.hathora.controlplane.door import Door, Handler, Plane
from app.hathora.controlplane.settings import Settings
from app.hathora.controlplane.store import Store
from app.hathora.controlplane.watcher import Watcher

HANDLERS: dict[str, Handler] = {
    **rooms.HANDLERS,
    **processes.HANDLERS,
    **apps.HANDLERS,
    **deployments.HANDLERS,
    **logs.HANDLERS,
}


class OnStop(StrEnum):
    """What becomes of the game servers when the control plane is asked to end."""

    STOP_PROCESSES = "stop_processes"
    KEEP_PROCESSES = "keep_processes"


class Application:
    """An ASGI application; opens its state and finds its children again when it starts.

    Only one at a time may run on a data directory; `serve` sees to that.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_stop: OnStop = OnStop.STOP_PROCESSES,
        is_closing: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.time,
        chance: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._on_stop = on_stop
        self._is_closing = is_closing
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        self._door: ASGIApp | None = None
        self._router = Router(lifespan=lambda _: self._live())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self._router if scope["type"] == "lifespan" else self._door
        assert handle is not None, "the application was not started"
        await handle(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _live(self) -> AsyncIterator[None]:
        settings = self._settings
        store = Store(settings.database_path)
        watcher = Watcher(settings, store, self._clock, self._chance)
        plane = Plane(settings, store, watcher.wake, self._is_closing, self._clock)
        self._door = Door(plane, HANDLERS)
        watching = asyncio.create_task(watcher.run())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            if self._on_stop is OnStop.STOP_PROCESSES:
                await watcher.stop_all("the control plane was stopped")
            await watcher.close()
            store.close()
