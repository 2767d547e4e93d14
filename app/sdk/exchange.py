"""One request and its answer, with retries; no I/O of its own.

A generator says what to do next (`Send`, `Pause`) and is told what came of it; the clients carry
it out, one blocking, one awaiting. So everything but the waiting itself stands here once.

Retried, at most `max_retries` times: 408, 429, 5xx, a twin of the same request that still runs,
and connection faults. Every write carries an `Idempotency-Key`, the same one in each attempt, so a
retry cannot count twice. Pauses have full jitter, 0 to min(8 s, 0.5 s x 2^n) (M. Brooker,
"Exponential Backoff And Jitter"), and are at least `Retry-After`; a server that asks for more than
30 s is not waited for.
"""

import json
import random
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import httpx

from .decoding import Unreadable, decode
from .errors import (
    HatchedError,
    NoAnswerError,
    PublishableKeyScopeError,
    RequestTimeoutError,
    UnexpectedAnswerError,
    error_of,
)
from .results import RateLimitInfo

PAUSE_SECONDS_FIRST = 0.5
PAUSE_SECONDS_MAX = 8.0
RETRY_AFTER_SECONDS_MAX = 30.0
PUBLISHABLE_PREFIX = "hatch_pk_"
BASE_PATH = "/api/v1"
USER_AGENT = "hatched-python/1.0"
TRANSIENT_STATUS = frozenset({408, 429})
TRANSIENT_CODE = frozenset({"idempotency_in_flight"})
TRANSIENT_FAULTS = (
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send this and tell what came back: the whole answer, or the fault."""

    request: httpx.Request


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait; then go on with None."""

    seconds: float


Outcome = httpx.Response | httpx.RequestError | None
Steps = Generator[Send | Pause, Outcome, T]
"""What a call does, step by step; it returns what the caller gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """A request to be made. `result` is the type of its answer, `accepts` statuses beside 2xx."""

    name: str
    method: str
    path: str
    result: Any
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None
    idempotency_key: str | None = None
    is_publishable: bool = False
    accepts: frozenset[int] = frozenset()


class Exchange:
    """What the calls of one client share: where to, as whom, how often, and the last answer."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        publishable_key: str | None = None,
        base_url: str = "http://127.0.0.1:8080/api/v1",
        timeout_ms: int = 15_000,
        max_retries: int = 3,
        uniform: Callable[[float, float], float] = random.uniform,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        key = _one_key(api_key, publishable_key)
        self._base_url = _base(base_url)
        self._is_publishable = publishable_key is not None
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        self._timeout = httpx.Timeout(timeout_ms / 1000).as_dict()
        self._max_retries = max_retries
        self._uniform = uniform
        self.timeout_ms = timeout_ms
        self.clock = clock
        self.rate_limit: RateLimitInfo | None = None
        self.last_request_id: str | None = None

    def steps(self, call: Call[T]) -> Steps[T]:
        """Make a call until it is answered, refused, or tried often enough.

        Raises:
            HatchedError: see `errors`.
        """
        if self._is_publishable and not call.is_publishable:
            raise PublishableKeyScopeError(
                f"{call.name} needs a secret key; a publishable key may not do it.",
                status=403,
                code="publishable_key_scope",
            )
        request = self._request(call)
        attempt = 0
        while True:
            outcome = yield Send(request)
            assert outcome is not None
            if isinstance(outcome, httpx.Response):
                self._note(outcome)
                if outcome.is_success or outcome.status_code in call.accepts:
                    return self._read(call, outcome)
                refusal = error_of(outcome)
                is_transient = _is_transient(refusal)
            else:
                refusal, is_transient = _no_answer(outcome), isinstance(outcome, TRANSIENT_FAULTS)
            least = refusal.retry_after_seconds or 0.0
            if not is_transient or attempt == self._max_retries or least > RETRY_AFTER_SECONDS_MAX:
                raise refusal from (outcome if isinstance(outcome, Exception) else None)
            yield Pause(max(least, self._jitter(attempt)))
            attempt += 1

    def _request(self, call: Call[Any]) -> httpx.Request:
        headers = dict(self._headers)
        if call.method != "GET":
            headers["Idempotency-Key"] = call.idempotency_key or str(uuid.uuid4())
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            text = json.dumps(call.body, ensure_ascii=False, allow_nan=False, default=_text_of)
            content = text.encode()
        return httpx.Request(
            call.method,
            self._base_url + call.path,
            params={name: _text_of(value) for name, value in call.query.items()},
            headers=headers,
            content=content,
            extensions={"timeout": self._timeout},
        )

    def _jitter(self, attempt: int) -> float:
        return self._uniform(0.0, min(PAUSE_SECONDS_MAX, PAUSE_SECONDS_FIRST * 2.0**attempt))

    def _note(self, answer: httpx.Response) -> None:
        self.last_request_id = answer.headers.get("X-Request-Id", self.last_request_id)
        self.rate_limit = _rate_limit(answer) or self.rate_limit

    def _read(self, call: Call[T], answer: httpx.Response) -> T:
        try:
            value = answer.json() if answer.content else None
            result: T = decode(call.result, value)
        except (ValueError, Unreadable) as fault:
            raise UnexpectedAnswerError(
                f"{call.name} was answered with something else than expected: {fault}",
                status=answer.status_code,
                code="unexpected_answer",
                request_id=answer.headers.get("X-Request-Id"),
            ) from fault
        return result


def _one_key(api_key: str | None, publishable_key: str | None) -> str:
    key = api_key or publishable_key
    if not key or (api_key and publishable_key):
        raise ValueError("give either an api_key or a publishable_key")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("the key has characters that no key has")
    if key.startswith(PUBLISHABLE_PREFIX) != (key == publishable_key):
        raise ValueError(f"publishable keys, and no others, begin with {PUBLISHABLE_PREFIX}")
    return key


def _base(url: str) -> str:
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("base_url is where the service is, like http://127.0.0.1:8080/api/v1")
    return str(parsed).rstrip("/") + ("" if parsed.path.strip("/") else BASE_PATH)


def _is_transient(refusal: HatchedError) -> bool:
    status = refusal.status
    return status in TRANSIENT_STATUS or status >= 500 or refusal.code in TRANSIENT_CODE


def _no_answer(fault: httpx.RequestError) -> NoAnswerError:
    what = str(fault) or type(fault).__name__
    if isinstance(fault, httpx.TimeoutException):
        return RequestTimeoutError(f"No answer in time: {what}.", status=0, code="request_timeout")
    return NoAnswerError(f"The server could not be asked: {what}.", status=0, code="no_answer")


def _rate_limit(answer: httpx.Response) -> RateLimitInfo | None:
    try:
        limit, remaining, reset = (
            int(answer.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining", "Reset")
        )
    except (KeyError, ValueError):
        return None
    after = error_of(answer).retry_after_seconds if answer.status_code == 429 else None
    return RateLimitInfo(limit=limit, remaining=remaining, reset=reset, retry_after=after)


def _text_of(value: Any) -> Any:
    """How a value that JSON does not have is written."""
    if not isinstance(value, datetime):
        if isinstance(value, (str, int, float)):
            return value
        raise TypeError(f"{value!r} cannot be sent as JSON")
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; give one, like datetime.now(UTC)")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
