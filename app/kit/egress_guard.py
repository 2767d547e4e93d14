"""The connector behind `egress`: it asks before, while and after it connects.

Every address is checked where a name is resolved, again where its socket is made (that is the one
place which sees literals too), and the peer once more before the first byte of a request.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import aiohttp
from aiohttp import http_exceptions
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType, Connection
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader
from aiohttp.tracing import Trace

from app.kit.egress_addresses import Network, check_address

KEEP_ALIVE_SECONDS = 30.0
INTERIM_ANSWERS_MAX = 16
SWITCHING_PROTOCOLS = 101

Lookup = Callable[[str], Awaitable[Sequence[str]]]


@dataclass(slots=True)
class Call:
    """What the connector tells the caller of one request."""

    address: str = ""
    reused: bool = False


class GuardedConnector(aiohttp.TCPConnector):
    """Connects to checked addresses only; the number of connections is the caller's to bound."""

    def __init__(
        self,
        allow: Sequence[Network],
        lookup: Lookup,
        tls: ssl.SSLContext,
        *,
        call: ContextVar[Call],
        lookup_kept_seconds: int,
    ) -> None:
        super().__init__(
            resolver=_CheckedResolver(allow, lookup),
            ssl=tls,
            limit=0,
            ttl_dns_cache=lookup_kept_seconds,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            socket_factory=partial(_checked_socket, allow),
        )
        self._allow = allow
        self._call = call
        # The library has no argument for this; the interim flood test fails if it stops working.
        handler: type[ResponseHandler] = _BoundedAnswers
        self._factory = partial(handler, loop=self._loop)

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a connection whose peer was checked; say to the caller who it is."""
        connection = await super().connect(req, traces, timeout)
        protocol = connection.protocol
        assert isinstance(protocol, _BoundedAnswers)
        call = self._call.get()
        call.reused = protocol.address is not None
        if protocol.address is None:
            try:
                protocol.address = self._checked_peer(connection)
            except BaseException:
                connection.close()
                raise
        protocol.interim_answers = 0
        call.address = protocol.address
        return connection

    def _checked_peer(self, connection: Connection) -> str:
        transport = connection.transport
        peer = transport.get_extra_info("peername") if transport is not None else None
        if peer is None:
            raise aiohttp.ServerDisconnectedError
        check_address(peer[0], self._allow)
        return str(peer[0])


class _CheckedResolver(AbstractResolver):
    """Refuses a name as soon as one of its addresses is forbidden."""

    def __init__(self, allow: Sequence[Network], lookup: Lookup) -> None:
        self._allow = allow
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host)
        if not addresses:
            raise OSError(None, "the name has no address")
        for address in addresses:
            check_address(address, self._allow)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _BoundedAnswers(ResponseHandler):
    """A connection that is cut when its peer keeps sending interim (1xx) answers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.address: str | None = None
        self.interim_answers = 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        code = data[0].code
        if 100 <= code < 200 and code != SWITCHING_PROTOCOLS:
            self.interim_answers += 1
            if self.interim_answers > INTERIM_ANSWERS_MAX:
                self._cut()
            return  # Nobody waits for them, and the queue has no bound.
        super().feed_data(data, size)

    def _cut(self) -> None:
        if self.exception() is None:
            self.set_exception(http_exceptions.BadHttpMessage("too many interim answers"))
            if self.transport is not None:
                self.transport.abort()


def _checked_socket(allow: Sequence[Network], address_info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, sockaddr = address_info
    check_address(str(sockaddr[0]), allow)
    return socket.socket(family, kind, protocol)
