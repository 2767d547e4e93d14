"""The API as a customer's backend calls it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
from trouble import Trouble

PREFIX = "/api/v1"
PAGE = 200


@dataclass(frozen=True)
class Clutch:
    """A customer's backend with its secret key in the client's headers."""

    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> Any:
        """What a GET answers.

        Raises:
            Trouble: anything but a success.
        """
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What a POST answers; raises as `get` does."""
        return await self._call("POST", path, json=body)

    async def refused(self, path: str, code: str) -> dict[str, Any]:
        """The error of a POST that must be refused with this code."""
        answer = await self.http.post(PREFIX + path)
        error = dict(answer.json().get("error") or {})
        if error.get("code") != code:
            raise Trouble(f"POST {path} should be refused with {code}: {_said(answer)}")
        return error

    async def patch(self, path: str, body: dict[str, Any]) -> Any:
        """What a PATCH answers; raises as `get` does."""
        return await self._call("PATCH", path, json=body)

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        """What a PUT answers; raises as `get` does."""
        return await self._call("PUT", path, json=body)

    async def each(self, path: str, **query: Any) -> AsyncIterator[dict[str, Any]]:
        """Every entry of a feed, page after page."""
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=PAGE, **query, **cursor)
            for entry in page["data"]:
                yield entry
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = await self.http.request(method, PREFIX + path, **more)
        except httpx.TransportError as fault:
            raise Trouble(f"{method} {path}: {type(fault).__name__} {fault}") from fault
        if not answer.is_success:
            raise Trouble(f"{method} {path} was answered {_said(answer)}")
        return answer.json() if answer.content else None


def _said(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:500]}"
