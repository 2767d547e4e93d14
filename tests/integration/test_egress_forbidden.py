"""However a forbidden address is spelled, nobody is called: seen by a canary and by the runtime."""

import asyncio
import socket
import sys
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from itertools import product

import pytest

from app.kit.egress import Egress
from app.kit.egress_addresses import networks
from app.kit.egress_errors import EgressError, EgressForbidden, ErrorClass
from tests.integration.egress_peers import NO_CONTENT, peer

V4 = (
    "127.0.0.1 127.1.2.3 0.0.0.0 10.0.0.1 10.255.255.255 172.16.0.1 172.31.0.9 192.168.1.1 "
    "169.254.169.254 100.64.0.1 100.100.100.200 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 "
    "203.0.113.1 224.0.0.1 255.255.255.255 192.88.99.1 168.63.129.16"
)
V6 = (
    "::1 :: fe80::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1 2001::1 2001:2::1 3fff::1 100::1 "
    "64:ff9b:1::1 fec0::1"
)


def spellings_of(address: str) -> Iterator[str]:
    """Every way known here to write an IPv4 address as the host of a URL."""
    value = int(IPv4Address(address))
    a, b, c, d = parts = address.split(".")
    low = value & 0xFFFFFF
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    circled = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
    yield from (address, address + ".", str(value), hex(value), f"0{value:o}", f"0x{value:08X}")
    yield from (f"{a}.{low}", f"{a}.{hex(low)}", f"{a}.{b}.{value & 0xFFFF}", f"0x{value:020x}")
    yield ".".join(f"0{int(part):o}" for part in parts)
    yield ".".join(hex(int(part)) for part in parts)
    yield ".".join(part.zfill(3) for part in parts)
    yield f"{hex(int(a))}.{b}.0{int(c):o}.{d}"
    yield from (address.translate(wide), address.translate(circled), address.replace(".", "。"))
    yield "".join(f"%{ord(character):02x}" for character in address)
    yield from (f"8.8.8.8@{address}", f"user:pass@{address}", f"{address}%00.example.com")
    yield from (f"example.com\\@{address}", f"{address}\t", f"\u200b{address}", f"{a}.{b}.{c}")
    yield from (str(value + 2**32), f"{address}.", f"{address}..", f"0{address}")


def embedded(address: str) -> Iterator[str]:
    """The same address inside IPv6: mapped, compatible, translated, 6to4, Teredo, NAT64."""
    value = int(IPv4Address(address))
    yield from (f"::ffff:{address}", f"::{address}", f"::ffff:0:{address}", f"64:ff9b::{address}")
    yield str(IPv6Address((0x2002 << 112) | (value << 80) | 1))
    yield str(IPv6Address((0x20010000 << 96) | (value ^ 0xFFFFFFFF)))
    yield IPv6Address(f"::ffff:{address}").exploded.upper()


def hosts() -> list[str]:
    found = [spelling for address in V4.split() for spelling in spellings_of(address)]
    found += [f"[{text}]" for address in V4.split() for text in embedded(address)]
    for text in V6.split():
        long = IPv6Address(text).exploded
        found += [f"[{text}]", f"[{long}]", f"[{long.upper()}]", f"[{text}%25lo]", f"[{text}%lo]"]
    return [*found, "localhost", "LocalHost.", "x.localhost", "ｌｏｃａｌｈｏｓｔ"]


class Canary:
    """A listening socket that must stay silent, and a count of every connect in this process."""

    def __init__(self, host: str) -> None:
        self.listening = socket.create_server((host, 0))
        self.listening.setblocking(False)
        self.port = int(self.listening.getsockname()[1])
        self.dialled: list[object] = []
        self._watching = True
        sys.addaudithook(self._notice)  # A hook stays for good; this one goes quiet at `close`.

    def _notice(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._watching and event == "socket.connect":
            self.dialled.append(arguments[1])

    def taken(self) -> int:
        """How many connections wait to be accepted."""
        count = 0
        while True:
            try:
                peer, _ = self.listening.accept()
            except BlockingIOError:
                return count
            peer.close()
            count += 1

    def close(self) -> None:
        self._watching = False
        self.listening.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary("127.0.0.1")
    yield made
    made.close()


class Scripted:
    """A resolver that gives one prepared answer after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


async def refusal(egress: Egress, url: str) -> ErrorClass:
    with pytest.raises(EgressForbidden) as refused:
        await egress.post(url, headers={}, body=b"{}", connect_seconds=1, total_seconds=2)
    return refused.value.kind


async def test_a_canary_hears_what_is_allowed(canary: Canary) -> None:
    """The proof that the other tests of this file would notice a connection."""
    async with Egress(networks(["127.0.0.0/8"])) as egress:
        with pytest.raises(EgressError) as failed:
            await egress.post(
                f"http://127.0.0.1:{canary.port}/", headers={}, body=b"", total_seconds=0.2
            )
    assert failed.value.kind == ErrorClass.TIMEOUT
    assert canary.taken() == 1
    assert canary.dialled == [("127.0.0.1", canary.port)]


async def test_no_spelling_of_a_forbidden_address_is_called(canary: Canary) -> None:
    resolver = Scripted(["127.0.0.1"])
    cases = [
        f"{scheme}://{host}{port}/hook"
        for scheme, host, port in product(
            ("http", "https"), hosts(), (f":{canary.port}", "", f":{canary.port}?x#", ":8080/a@b")
        )
    ]
    assert len(cases) >= 5000
    async with Egress(resolver=resolver) as egress:
        for url in cases:
            await refusal(egress, url)
    assert canary.taken() == 0
    assert canary.dialled == []


async def test_no_name_leads_to_a_forbidden_address(canary: Canary) -> None:
    addresses = [*V4.split(), *V6.split()]
    addresses += [text for address in V4.split() for text in embedded(address)]
    answers = [
        answer for bad in addresses for answer in ([bad], ["8.8.8.8", bad], [bad, "1.1.1.1"])
    ]
    answers += [["fe80::1%lo"], ["not an address"], ["127.1"], [""]]
    async with Egress(resolver=Scripted(*answers), lookup_kept_seconds=0) as egress:
        for at in range(len(answers)):
            url = f"http://name-{at}.example:{canary.port}/"
            assert await refusal(egress, url) == ErrorClass.FORBIDDEN_ADDRESS
    assert len(answers) > 500
    assert canary.taken() == 0
    assert canary.dialled == []


async def test_many_at_once_are_refused_like_one(canary: Canary) -> None:
    async with Egress(resolver=Scripted(["127.0.0.1"])) as egress:
        url = f"http://one-name.example:{canary.port}/"
        kinds = await asyncio.gather(*(refusal(egress, url) for _ in range(50)))
    assert set(kinds) == {ErrorClass.FORBIDDEN_ADDRESS}
    assert canary.taken() == 0
    assert canary.dialled == []


async def test_a_resolver_that_changes_its_mind_wins_nothing() -> None:
    forbidden = Canary("127.0.0.2")
    resolver = Scripted(["127.0.0.1"], ["127.0.0.2"])
    allow = networks(["127.0.0.1/32"])
    async with (
        peer(NO_CONTENT, port=forbidden.port) as honest,
        Egress(allow, resolver=resolver, lookup_kept_seconds=0) as egress,
    ):
        url = f"http://rebinding.example:{honest.port}/"
        assert (await egress.post(url, headers={}, body=b"")).status == 204
        assert await refusal(egress, url) == ErrorClass.FORBIDDEN_ADDRESS
    assert (resolver.asked, honest.connections) == (2, 1)
    assert forbidden.dialled == [("127.0.0.1", honest.port)]
    assert forbidden.taken() == 0
    forbidden.close()


async def test_a_peer_that_is_not_who_was_called_gets_no_request() -> None:
    # A connection to 0.0.0.0 ends at 127.0.0.1: allowed when asked for, forbidden when seen.
    async with peer(NO_CONTENT) as seen, Egress(networks(["0.0.0.0/32"])) as egress:
        assert await refusal(egress, f"http://0.0.0.0:{seen.port}/") == ErrorClass.FORBIDDEN_ADDRESS
    assert seen.requests == []


async def test_a_redirect_to_a_forbidden_address_is_an_answer_and_nothing_more(
    canary: Canary,
) -> None:
    place = f"http://127.0.0.1:{canary.port}/"
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n"
    async with (
        peer(head.encode(), host="127.0.0.3") as seen,
        Egress(networks(["127.0.0.3/32"])) as egress,
    ):
        answer = await egress.post(f"http://127.0.0.3:{seen.port}/", headers={}, body=b"{}")
    assert (answer.status, answer.headers["location"]) == (307, place)
    assert len(seen.requests) == 1
    assert canary.taken() == 0


async def test_a_proxy_named_in_the_environment_is_not_asked(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    async with (
        peer(NO_CONTENT, host="127.0.0.3") as seen,
        Egress(networks(["127.0.0.3/32"])) as egress,
    ):
        answer = await egress.post(f"http://127.0.0.3:{seen.port}/", headers={}, body=b"{}")
    assert answer.status == 204
    assert canary.taken() == 0
