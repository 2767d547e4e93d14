"""An artist elsewhere, asked over HTTP.

The request is a POST of the look as JSON (`looks.canonical`, with `side`, the px wanted) and
`X-Clutch-Look`, the look's key: the same key may be answered with the same picture. The answer is
200 with a PNG of at most `BODY_BYTES_MAX` bytes and 4 megapixels. A secret goes out as a bearer
token. Anything else, and no answer in time, is a failure; failures that may pass are tried again.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from app.art.breaker import Breaker
from app.art.drawing import PICTURE_SIDE, Drawing
from app.art.looks import Look, canonical, look_key
from app.art.outside import NotAPicture, redrawn
from app.art.service import UpstreamImageError
from app.kit.egress import Answer, Egress
from app.kit.egress_errors import EgressError, EgressForbidden

BODY_BYTES_MAX = 8 * 1024 * 1024
ATTEMPTS = 3
TOTAL_SECONDS = 15.0
PAUSE_SECONDS = 0.5
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Passing(Exception):
    """A failure that another attempt may not meet."""


@dataclass(slots=True)
class HttpArtist:
    """Draws by asking a URL. One for each process: it remembers whether the provider is well.

    A drawing takes at most `total_seconds`, attempts and pauses together.
    """

    egress: Egress
    url: str
    secret: str = ""
    attempts: int = ATTEMPTS
    total_seconds: float = TOTAL_SECONDS
    pause_seconds: float = PAUSE_SECONDS
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Random = field(default_factory=Random)
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.now)

    async def draw(self, look: Look) -> Drawing:
        """The provider's picture of a look, drawn again in our sizes; see `Artist.draw`.

        Raises:
            UpstreamImageError: it failed, or it has failed so often that it is left alone.
        """
        deadline = self.now() + self.total_seconds
        for attempt in range(1, self.attempts + 1):
            if not self.breaker.admits():
                raise UpstreamImageError("the art provider fails; it is left alone for a while")
            try:
                drawing = await self._ask(look, deadline - self.now())
            except _Passing as failure:
                self.breaker.failed()
                pause = self._pause(attempt)
                if attempt == self.attempts or self.now() + pause >= deadline:
                    raise UpstreamImageError(str(failure)) from failure
                await self.sleep(pause)
            else:
                self.breaker.succeeded()
                return drawing
        raise UpstreamImageError("the art provider was not asked")

    def close(self) -> None:
        """Nothing to end: the connections are the egress's."""

    @property
    def is_resting(self) -> bool:
        """Whether the provider is left alone now."""
        return self.breaker.is_resting

    def _pause(self, attempt: int) -> float:
        """Seconds before the next attempt: doubled each time, half of it by chance."""
        return self.pause_seconds * float(1 << (attempt - 1)) * self.chance.uniform(0.5, 1.0)

    async def _ask(self, look: Look, seconds: float) -> Drawing:
        try:
            answer = await self.egress.post(
                self.url,
                headers=self._headers(look),
                body=json.dumps({**canonical(look), "side": PICTURE_SIDE}).encode(),
                total_seconds=max(0.01, seconds),
                keep_bytes=BODY_BYTES_MAX,
            )
        except EgressForbidden as error:
            raise UpstreamImageError(f"the art provider may not be called: {error}") from error
        except EgressError as error:
            raise _Passing(f"no answer from the art provider: {error}") from error
        return await self._taken(answer)

    async def _taken(self, answer: Answer) -> Drawing:
        if answer.status in RETRIED:
            raise _Passing(f"the art provider answered {answer.status}")
        if answer.status != 200:
            self.breaker.succeeded()  # It is well, and does not want to draw this.
            raise UpstreamImageError(f"the art provider answered {answer.status}")
        if not answer.complete:
            raise _Passing(f"the picture broke off, or is over {BODY_BYTES_MAX} bytes")
        try:
            return await asyncio.to_thread(redrawn, answer.body_start)
        except NotAPicture as error:
            raise _Passing(f"the art provider's picture cannot be used: {error}") from error

    def _headers(self, look: Look) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "image/png",
            "X-Clutch-Look": look_key(look),
        }
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        return headers
