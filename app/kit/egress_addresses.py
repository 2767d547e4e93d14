"""Which URLs and addresses we may connect to on a customer's behalf. Pure.

A URL is read once, by one strict grammar, into a `Target`; what was checked is what is connected
to. Names are judged again by the addresses they resolve to, in `app/kit/egress.py`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import quote

import idna

from app.kit.egress_errors import EgressForbidden, ErrorClass

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_LENGTH_MAX = 2048
HOST_LENGTH_MAX = 253
DEFAULT_PORTS = {"http": 80, "https": 443}
PRIVILEGED_PORTS_END = 1024

# Where an HTTP request can do harm.
FORBIDDEN_PORTS = frozenset(
    {1433, 1521, 3306, 5432, 6379, 9200, 9300, 11211, 27017}  # databases and caches
    | {2375, 2376, 2379, 2380, 10250, 2049, 4045}  # orchestration, file shares
    | {3389, 5900, 6000, 10080, 1719, 1720, 1723, 3659}  # remote control, calls, tunnels
    | {4190, 5060, 5061, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697}  # mail, chat
)

# RFC 6890 and the IANA special-purpose registries, plus one public address that a cloud answers on
# from inside.
_FORBIDDEN_V4 = (
    IPv4Network("0.0.0.0/8"),  # this network
    IPv4Network("10.0.0.0/8"),  # private
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT
    IPv4Network("127.0.0.0/8"),  # loopback
    IPv4Network("168.63.129.16/32"),  # a cloud's own services
    IPv4Network("169.254.0.0/16"),  # link-local, cloud metadata
    IPv4Network("172.16.0.0/12"),  # private
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.0.2.0/24"),  # documentation
    IPv4Network("192.31.196.0/24"),  # AS112
    IPv4Network("192.52.193.0/24"),  # AMT
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("192.168.0.0/16"),  # private
    IPv4Network("192.175.48.0/24"),  # AS112
    IPv4Network("198.18.0.0/15"),  # benchmarks
    IPv4Network("198.51.100.0/24"),  # documentation
    IPv4Network("203.0.113.0/24"),  # documentation
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),  # reserved, broadcast
)
# Outside the global unicast space lie loopback, mapped, NAT64, unique-local, link-local, multicast.
_GLOBAL_V6 = IPv6Network("2000::/3")
_FORBIDDEN_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo, ORCHID, benchmarks
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("2620:4f:8000::/48"),  # AS112
    IPv6Network("3fff::/20"),  # documentation
)

_URL = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{0,5}))?", re.I)
_UNWANTED = re.compile(r"[\x00-\x20\x7f-\xa0\\\u200b-\u200f\u2028-\u202f\ufeff\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "/%:@!$&'()*+,;=-._~?[]"


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: `host` is ASCII and lower case, `address` is set where it is a literal."""

    scheme: str
    host: str
    port: int
    path: str
    query: str
    address: Address | None

    @property
    def url(self) -> str:
        """The one spelling of this target, all ASCII, its port written out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{host}:{self.port}{self.path}{query}"


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read an allow-list such as `127.0.0.0/8`.

    Raises:
        ValueError: not a network, or with host bits set.
    """
    return tuple(ip_network(text.strip()) for text in texts if text.strip())


def check_url(url: str, allow: Sequence[Network]) -> Target:
    """Read a URL and refuse what is forbidden by its text alone; no name is resolved.

    `http` and `https`; no user-info; ports 80, 443 and from 1024 on without the forbidden ones;
    IPv4 in four decimal numbers only; international names in any spelling IDNA (UTS 46) knows.

    Raises:
        EgressForbidden: with the reason, fit for the customer who gave the URL.
    """
    target = parse_url(url)
    if target.address is not None:
        check_address(target.address, allow)
    elif target.host == "localhost" or target.host.endswith(".localhost"):
        check_address(IPv4Address("127.0.0.1"), allow)
    return target


def check_address(address: Address | str, allow: Sequence[Network]) -> None:
    """Refuse an address outside the public internet, unless the allow-list has it.

    Raises:
        EgressForbidden: the address lies in a private or special network.
    """
    try:
        parsed = ip_address(address) if isinstance(address, str) else address
    except ValueError:
        raise EgressForbidden(
            ErrorClass.FORBIDDEN_ADDRESS, "what the name leads to is no address"
        ) from None
    if _is_public(parsed) or any(parsed in network for network in allow):
        return
    raise EgressForbidden(
        ErrorClass.FORBIDDEN_ADDRESS, f"{parsed} is not on the public internet; it is not called"
    )


def parse_url(url: str) -> Target:
    """Take a URL apart.

    Raises:
        EgressForbidden: it is not of the one form that is understood.
    """
    if len(url) > URL_LENGTH_MAX:
        raise _fault(f"a URL has at most {URL_LENGTH_MAX} characters")
    if _UNWANTED.search(url):
        raise _fault("a URL has no spaces, control characters or backslashes")
    parts = _URL.fullmatch(url)
    if parts is None or parts["scheme"].lower() not in DEFAULT_PORTS:
        raise _fault("a URL begins with https:// or http://")
    if "@" in parts["authority"]:
        raise _fault("a URL carries no user name or password")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None:
        raise _fault("a URL names a host, and a port in digits if any")
    scheme = parts["scheme"].lower()
    host, address = _read_host(authority["host"])
    return Target(
        scheme=scheme,
        host=host,
        port=_read_port(authority["port"], scheme),
        path=quote(parts["path"] or "/", safe=_SAFE),
        query=quote(parts["query"] or "", safe=_SAFE),
        address=address,
    )


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _FORBIDDEN_V4)
    # A zone (fe80::1%eth0) only means something on a local link.
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _FORBIDDEN_V6)


def _read_host(text: str) -> tuple[str, Address | None]:
    if text.startswith("["):
        try:
            literal = IPv6Address(text[1:-1])
        except ValueError:
            raise _fault("the host is not an IPv6 address") from None
        return str(literal), literal
    host = _to_ascii(text).removesuffix(".")
    labels = host.split(".")
    if len(host) > HOST_LENGTH_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise _fault("the host is not a name")
    if not _NUMBER.fullmatch(labels[-1]):
        return host, None
    # Resolvers read 0177.1, 0x7f000001 and 2130706433 as addresses, each in its own way.
    try:
        return host, IPv4Address(host)
    except ValueError:
        raise _fault("an IPv4 address is written as four decimal numbers") from None


def _to_ascii(host: str) -> str:
    lowered = host.lower()
    if lowered.isascii():
        return lowered
    try:
        return idna.encode(lowered, uts46=True).decode()
    except UnicodeError:
        raise _fault("the host is not an international name") from None


def _read_port(text: str | None, scheme: str) -> int:
    if not text:
        return DEFAULT_PORTS[scheme]
    port = int(text)
    if port > 65535:
        raise _fault("a port is at most 65535")
    closed = port < PRIVILEGED_PORTS_END and port not in DEFAULT_PORTS.values()
    if closed or port in FORBIDDEN_PORTS:
        raise _fault(f"port {port} is not called; use 80, 443 or one from 1024 on")
    return port


def _fault(message: str) -> EgressForbidden:
    return EgressForbidden(ErrorClass.FORBIDDEN_URL, message)
