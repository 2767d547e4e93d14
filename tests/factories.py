"""Stories in a line: what tests need before they begin."""

from datetime import datetime, timedelta
from typing import Any

import httpx

PREFIX = "/api/v1"


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant that it was moved to."""
        return self._now

    def advance(self, **duration: float) -> None:
        """Move on by a `timedelta` of these arguments."""
        self._now += timedelta(**duration)


class Api:
    """The API as a test sees it: paths below the base path, answers as JSON."""

    def __init__(self, client: httpx.AsyncClient, app: Any) -> None:
        self.client = client
        self.app = app

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any call; the whole answer."""
        return await self.client.request(method, f"{PREFIX}{path}", **more)

    async def get(self, path: str, **more: Any) -> Any:
        """A GET that must be answered with 200; its JSON."""
        return self._read(await self.call("GET", path, **more), 200)

    async def post(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """A POST that must be answered with `status`; its JSON."""
        return self._read(await self.call("POST", path, json=body, **more), status)

    async def send(self, event_id: str, type_: str, user_id: str = "ann", **more: Any) -> Any:
        """Send an event; its effects."""
        event = {"event_id": event_id, "user_id": user_id, "type": type_, **more}
        return await self.post("/events", event)

    async def buddy_of(self, user_id: str) -> Any:
        """The active buddy of a user."""
        found = await self.get("/buddies", params={"user_id": user_id, "status": "active"})
        [buddy] = found["data"]
        return buddy

    async def work(self) -> int:
        """Let the worker do everything that is due."""
        done: int = await self.app.state.worker.run_due()
        return done

    @staticmethod
    def _read(response: httpx.Response, status: int) -> Any:
        assert response.status_code == status, response.text
        return response.json() if response.content else None
