"""A customer's backend that does as the documentation says: what was not answered is sent again.

Some of its answers get lost on the way: it hangs up too early to hear them.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from calls import PREFIX
from trouble import Trouble

PATIENCE_SECONDS = 90.0
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.05, 0.5
REQUEST_SECONDS = 10.0
LOST, SHORTEST_SECONDS = 0.3, 0.0005
IN_FLIGHT = "idempotency_in_flight"


@dataclass
class Honest:
    """Repeats the same bytes until there is a final answer; `faults` are answers of 500."""

    http: httpx.AsyncClient
    chance: random.Random
    faults: list[str] = field(default_factory=list)
    repeats: int = 0

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response:
        """The final answer: a success or a refusal.

        Raises:
            Trouble: there was none for a long time.
        """
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, PAUSE_SECONDS
        headers = {"Idempotency-Key": key} if key else {}
        said = ""
        while time.monotonic() < deadline:
            try:
                answer = await self.http.request(
                    method, PREFIX + path, json=body, headers=headers, timeout=self._timeout()
                )
            except httpx.TransportError as fault:
                said = repr(fault)
            else:
                if not _is_passing(answer):
                    return answer
                said = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code == 500:
                    self.faults.append(f"{method} {path}: {said}")
            self.repeats += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        raise Trouble(f"{method} {path} had no final answer for {PATIENCE_SECONDS:g} s: {said}")

    async def done(
        self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> Any:
        """The body of a success.

        Raises:
            Trouble: it was refused, or there was no final answer.
        """
        answer = await self.ask(method, path, body, key)
        if not answer.is_success:
            raise Trouble(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def _timeout(self) -> httpx.Timeout:
        patience = REQUEST_SECONDS
        if self.chance.random() < LOST:
            patience = SHORTEST_SECONDS * 50 ** self.chance.random()
        return httpx.Timeout(REQUEST_SECONDS, read=patience)


def _is_passing(answer: httpx.Response) -> bool:
    if answer.status_code == 409:
        return bool(answer.json()["error"]["code"] == IN_FLIGHT)
    return answer.status_code >= 500 or answer.status_code == 429
