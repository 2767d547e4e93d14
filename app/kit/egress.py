"""The one way out to every URL that a customer gave.

What may be relied on: no connection is made to an address that `egress_addresses` forbids, however
the URL spells it and whatever a name resolves to; redirects are not followed, no proxy is read from
the environment, nothing is decompressed, no cookie is kept; an answer costs at most `keep_bytes` of
body, 16 interim answers and the time allowed. Connections are kept and used again.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from types import TracebackType
from typing import Protocol, Self

import aiohttp
from aiohttp.http_exceptions import LineTooLong
from yarl import URL

from app.kit.egress_addresses import Network, check_url
from app.kit.egress_errors import EgressError, EgressForbidden, ErrorClass
from app.kit.egress_guard import Call, GuardedConnector

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
KEEP_BYTES = 4096
LOOKUP_KEPT_SECONDS = 10
LOOKUP_THREADS = 32
PARSED_URLS_KEPT = 4096
HEADER_LENGTH_MAX = 256
KEPT_HEADERS = ("content-type", "content-length", "date", "location", "retry-after", "server")
USER_AGENT = "Clutch"

_CALL: ContextVar[Call] = ContextVar("egress_call")


class Resolver(Protocol):
    """Whoever turns a name into addresses."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses of a name as texts; raises OSError where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body_start` is the raw, still compressed beginning of the body.

    `complete` is false where the body was longer, broken off, or still dripping when time was up;
    the status stands all the same.
    """

    status: int
    headers: Mapping[str, str]
    body_start: bytes
    complete: bool
    retry_after: str | None
    address: str
    seconds: float


class Egress:
    """A client for customers' URLs; one for each process, made inside or outside a loop."""

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        lookup_kept_seconds: int = LOOKUP_KEPT_SECONDS,
    ) -> None:
        """Take the networks that are open besides the public internet.

        A name's addresses are asked for again when a connection is made and the last answer is
        older than `lookup_kept_seconds`.
        """
        self._allow = tuple(allow)
        self._resolver = resolver or SystemResolver()
        self._tls = tls or _trusting_the_system()
        self._lookup_kept_seconds = lookup_kept_seconds
        self._session: aiohttp.ClientSession | None = None
        self._target = lru_cache(PARSED_URLS_KEPT)(self._check)

    async def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        keep_bytes: int = KEEP_BYTES,
    ) -> Answer:
        """Send one POST and return its answer, whatever its status.

        `connect_seconds` covers look-up, TCP and TLS, `total_seconds` everything. A kept connection
        that turns out to be closed is replaced once, so a receiver may see the request twice.

        Raises:
            EgressForbidden: the URL, or an address it leads to, is not to be called.
            EgressError: no answer; its `kind` says why.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = started + total_seconds
        call = Call()
        _CALL.set(call)
        timeout = aiohttp.ClientTimeout(total=None, connect=connect_seconds, ceil_threshold=1e9)
        send = _Request(self._target(url), headers, body, timeout, deadline)
        try:
            response = await send.by(self._open_session())
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if not call.reused:
                raise _explain(error) from error
            response = await send.again_by(self._open_session())
        except _FAILURES as error:
            raise _explain(error) from error
        start, complete = await _read_start(response, keep_bytes, deadline)
        return Answer(
            status=response.status,
            headers=_kept(response),
            body_start=start,
            complete=complete,
            retry_after=response.headers.get("Retry-After"),
            address=call.address,
            seconds=loop.time() - started,
        )

    async def close(self) -> None:
        """Close every connection; a later `post` opens new ones."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _check(self, url: str) -> URL:
        return URL(check_url(url, self._allow).url, encoded=True)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = GuardedConnector(
                self._allow,
                self._resolver.resolve,
                self._tls,
                call=_CALL,
                lookup_kept_seconds=self._lookup_kept_seconds,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            )
        return self._session


class SystemResolver:
    """The machine's resolver, on threads of its own so that slow names delay only each other."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="egress-lookup")

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses of a name; raises OSError where it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True, slots=True)
class _Request:
    url: URL
    headers: Mapping[str, str]
    body: bytes
    timeout: aiohttp.ClientTimeout
    deadline: float

    async def by(self, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        async with asyncio.timeout_at(self.deadline):
            return await session.post(
                self.url,
                data=self.body,
                headers=self.headers,
                allow_redirects=False,
                timeout=self.timeout,
            )

    async def again_by(self, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        try:
            return await self.by(session)
        except _FAILURES as error:
            raise _explain(error) from error


@cache
def _trusting_the_system() -> ssl.SSLContext:
    """Reading the system's certificates takes 20 ms; they are read once a process."""
    return ssl.create_default_context()


_FAILURES = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


async def _read_start(
    response: aiohttp.ClientResponse, keep_bytes: int, deadline: float
) -> tuple[bytes, bool]:
    """Read the beginning of a body; give the connection back if that was all, else close it."""
    start = bytearray()
    complete = False
    try:
        async with asyncio.timeout_at(deadline):
            while len(start) <= keep_bytes:
                piece = await response.content.read(keep_bytes + 1 - len(start))
                if not piece:
                    complete = True
                    break
                start += piece
    except (aiohttp.ClientError, TimeoutError, OSError):
        complete = False  # The status line has decided already; a broken body changes nothing.
    finally:
        if complete:
            response.release()
        else:
            response.close()
    return bytes(start[:keep_bytes]), complete


def _kept(response: aiohttp.ClientResponse) -> dict[str, str]:
    found = response.headers
    return {name: found[name][:HEADER_LENGTH_MAX] for name in KEPT_HEADERS if name in found}


def _explain(error: Exception) -> EgressError:
    """Return the one error class of whatever the HTTP library raised."""
    if isinstance(error, EgressForbidden):
        return error
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return EgressError(ErrorClass.CONNECT_TIMEOUT, "no connection was made in time")
    if isinstance(error, TimeoutError):
        return EgressError(ErrorClass.TIMEOUT, "no answer came in time")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return EgressError(ErrorClass.DNS, "the host has no address")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return EgressError(ErrorClass.TLS, f"no trusted TLS connection: {error}"[:300])
    hung_up = isinstance(getattr(error, "os_error", None), ConnectionResetError)
    if isinstance(error, aiohttp.ClientConnectorError) and not hung_up:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        kind = ErrorClass.REFUSED if refused else ErrorClass.UNREACHABLE
        return EgressError(kind, "the host did not take the connection")
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return EgressError(ErrorClass.DISCONNECTED, "the connection ended before an answer")
    if _came_from(error, LineTooLong):
        return EgressError(ErrorClass.TOO_LARGE, "a line of the answer's head is too long")
    return EgressError(ErrorClass.PROTOCOL, f"what came is not an HTTP answer: {error}"[:300])


def _came_from(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__
    return False
