"""The load generator: a process of its own that sends prepared bytes and reads little.

Run as `python -m scripts.benchmark.load` with an `Order` as JSON on standard input; it answers
with a `Tally` as JSON. First it sends for a moment to learn how many requests it must prepare,
then it prepares them, then it measures.
"""

import asyncio
import resource
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import cast

import orjson
import uvloop

from scripts.benchmark import meters
from scripts.benchmark.traffic import SHAPES, Case, requests

LEARNING_SECONDS = 0.7
LEARNING_REQUESTS = 3000
HEADROOM = 1.7
ANSWER_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Order:
    """What to send where. `pids`: whose processor time to watch, by name."""

    case: Case
    port: int
    key: str
    seconds: float
    seed: str
    pids: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """What came back. Latencies are milliseconds of whole requests, `cpu` seconds by process."""

    events: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu: dict[str, float]
    machine_seconds: float


class AnswerFailed(Exception):
    """The server refused a request or closed its connection."""


class Sender(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last is whole."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._buffer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; `start` begins."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def start(self) -> None:
        """Send the next request, or stop when there is none or the time is up."""
        self._sent_at = perf_counter()
        request = self._run.next(self._sent_at)
        if request is None:
            self._run.ended()
        else:
            self._transport.write(request)

    def data_received(self, received: bytes) -> None:
        """Count an answer as soon as it is whole."""
        self._buffer = self._buffer + received if self._buffer else received
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer.find(b"content-length: ") + 16
        size = int(self._buffer[at : self._buffer.index(b"\r", at)])
        if len(self._buffer) < end + 4 + size:
            return
        if self._buffer[9:12] != b"200" or b'"error"' in self._buffer:
            self._run.fail(self._buffer[:2000].decode(errors="replace"))
            return
        self._buffer = b""
        self._run.answered(self._sent_at)
        self.start()

    def connection_lost(self, error: Exception | None) -> None:
        """A connection that the server closes is a failure."""
        self._run.fail(f"connection lost: {error}")


class Run:
    """Requests sent over all connections until the deadline."""

    def __init__(self, prepared: Iterable[bytes], seconds: float) -> None:
        self._prepared = deque(prepared)
        self._seconds = seconds
        self._running = 0
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.began = 0.0
        self.last = 0.0

    async def over(self, senders: list[Sender]) -> None:
        """Send until the time is up or nothing is left.

        Raises:
            AnswerFailed: something was not answered with 200.
        """
        self._running = len(senders)
        for sender in senders:
            sender._run = self
        self.began = perf_counter()
        for sender in senders:
            sender.start()
        await asyncio.wait_for(self._done, self._seconds + ANSWER_SECONDS)

    def next(self, now: float) -> bytes | None:
        """The next request."""
        if now - self.began >= self._seconds or not self._prepared:
            return None
        return self._prepared.popleft()

    def answered(self, sent_at: float) -> None:
        """Note how long a request took."""
        self.last = perf_counter()
        self.latencies.append(self.last - sent_at)

    def ended(self) -> None:
        """A connection has nothing more to send."""
        self._running -= 1
        if not self._running and not self._done.done():
            self._done.set_result(None)

    def fail(self, why: str) -> None:
        """Stop everything."""
        if not self._done.done():
            self._done.set_exception(AnswerFailed(why))


def headers(port: int, key: str) -> str:
    """The header lines that every request shares."""
    return (
        f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/json\r\n"
    )


async def send(prepared: Iterable[bytes], port: int, connections: int, seconds: float) -> Run:
    """Send requests over fresh connections; the finished run."""
    run = Run(prepared, seconds)
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Sender(run), "127.0.0.1", port)
        for _ in range(connections)
    ]
    try:
        await run.over([sender for _, sender in made])
    finally:
        for transport, _ in made:
            transport.close()
    return run


async def measure(order: Order) -> Tally:
    """Learn the rate, prepare enough requests, send them while watching the processor."""
    shape = SHAPES[order.case]
    head = headers(order.port, order.key)
    few = max(LEARNING_REQUESTS // shape.events, 200)
    tried = requests(f"{order.seed}/learn", few, shape, head)
    learnt = await send(tried, order.port, shape.connections, LEARNING_SECONDS)
    rate = len(learnt.latencies) / (learnt.last - learnt.began)
    count = int(rate * order.seconds * HEADROOM) + 100
    prepared = list(requests(order.seed, count, shape, head))
    before = _used(order.pids)
    machine = meters.machine_busy()
    run = await send(prepared, order.port, shape.connections, order.seconds)
    machine = meters.machine_busy() - machine
    cpu = {name: used - before[name] for name, used in _used(order.pids).items()}
    ranked = sorted(run.latencies)
    return Tally(
        events=len(ranked) * shape.events,
        seconds=run.last - run.began,
        p50_ms=_quantile(ranked, 0.5),
        p95_ms=_quantile(ranked, 0.95),
        p99_ms=_quantile(ranked, 0.99),
        cpu=cpu,
        machine_seconds=machine,
    )


def _used(pids: dict[str, int]) -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF)
    used = {name: meters.cpu_seconds(pid) for name, pid in pids.items()}
    return {"client": own.ru_utime + own.ru_stime, **used}


def _quantile(ranked: list[float], share: float) -> float:
    return 1000 * ranked[min(int(len(ranked) * share), len(ranked) - 1)]


if __name__ == "__main__":
    given = orjson.loads(sys.stdin.buffer.read())
    tally = uvloop.run(measure(Order(**{**given, "case": Case(given["case"])})))
    sys.stdout.buffer.write(orjson.dumps(asdict(tally)))
