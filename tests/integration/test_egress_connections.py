"""Connections that are not made: refused, late, nameless, or not to be trusted."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.kit.egress import Answer, Egress
from app.kit.egress_addresses import networks
from app.kit.egress_errors import EgressError, ErrorClass
from tests.integration.egress_peers import NO_CONTENT, peer

LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(LOOPBACK) as opened:
        yield opened


def ipv6_is_there() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not ipv6_is_there(), reason="this machine has no IPv6 loopback")
async def test_an_ipv6_literal_is_called_as_it_is_written() -> None:
    async with peer(NO_CONTENT, host="::1") as receiver, Egress(networks(["::1/128"])) as egress:
        answer = await https(egress, f"http://[::1]:{receiver.port}/h")
    assert (answer.status, answer.address) == (204, "::1")
    assert b"Host: [::1]:" in receiver.requests[0]


async def test_a_cookie_is_not_sent_back() -> None:
    said = NO_CONTENT.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n")
    async with peer(said) as receiver, Egress(LOOPBACK, resolver=Names()) as egress:
        for _ in range(2):
            await https(egress, f"http://known.example:{receiver.port}/")
    assert len(receiver.requests) == 2
    assert b"cookie" not in receiver.requests[1].lower()


async def test_nobody_listening_is_refused(egress: Egress) -> None:
    async with peer(b"") as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
    assert await kind_of_failure(egress, url) == ErrorClass.REFUSED


async def test_a_connection_that_is_not_taken_in_time_is_a_connect_timeout(egress: Egress) -> None:
    with socket.socket() as full:  # A backlog of one that nobody accepts from.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(EgressError) as failed:
            await egress.post(
                f"http://127.0.0.1:{port}/", headers={}, body=b"", connect_seconds=0.3
            )
        for filler in fillers:
            filler.close()
    assert failed.value.kind == ErrorClass.CONNECT_TIMEOUT
    assert time.monotonic() - began < 4


class Names:
    """A resolver for one name, and no other."""

    async def resolve(self, host: str) -> list[str]:
        if host == "slow.example":
            await asyncio.sleep(30)
        if host != "known.example":
            raise OSError(-2, "Name or service not known")
        return ["127.0.0.1"]


@pytest.mark.parametrize(
    ("host", "kind"),
    [("unknown.example", ErrorClass.DNS), ("slow.example", ErrorClass.CONNECT_TIMEOUT)],
)
async def test_names_without_an_address_are_told_apart(host: str, kind: ErrorClass) -> None:
    async with Egress(LOOPBACK, resolver=Names()) as egress:
        with pytest.raises(EgressError) as failed:
            await egress.post(f"http://{host}/", headers={}, body=b"", connect_seconds=0.2)
    assert failed.value.kind == kind


def certificate(directory: Path, name: str) -> ssl.SSLContext:
    """A server context with a self-signed certificate for a name, written to `cert.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (directory / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    return context


async def https(egress: Egress, url: str) -> Answer:
    return await egress.post(url, headers={}, body=b"{}", connect_seconds=1, total_seconds=3)


async def kind_of_failure(egress: Egress, url: str) -> ErrorClass:
    with pytest.raises(EgressError) as failed:
        await https(egress, url)
    return failed.value.kind


async def test_tls_is_verified_against_the_name_that_was_asked_for(tmp_path: Path) -> None:
    server = certificate(tmp_path, "known.example")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with (
        peer(NO_CONTENT, tls=server) as receiver,
        Egress(LOOPBACK, resolver=Names(), tls=trusting) as trusts,
        Egress(LOOPBACK, resolver=Names()) as doubts,
    ):
        named = f"https://known.example:{receiver.port}/"
        assert (await https(trusts, named)).status == 204
        assert await kind_of_failure(doubts, named) == ErrorClass.TLS
        numbered = f"https://127.0.0.1:{receiver.port}/"
        assert await kind_of_failure(trusts, numbered) == ErrorClass.TLS
    assert len(receiver.requests) == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_old_tls_and_no_tls_get_no_request(tmp_path: Path) -> None:
    server = certificate(tmp_path, "known.example")
    server.minimum_version = ssl.TLSVersion.TLSv1
    server.maximum_version = ssl.TLSVersion.TLSv1_1
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))

    async def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(NO_CONTENT)
        await writer.drain()
        writer.close()

    async with (
        peer(NO_CONTENT, tls=server) as old,
        Egress(LOOPBACK, resolver=Names(), tls=trusting) as egress,
    ):
        kind = await kind_of_failure(egress, f"https://known.example:{old.port}/")
        assert kind in (ErrorClass.TLS, ErrorClass.DISCONNECTED)
        plain = await asyncio.start_server(speak_first, "127.0.0.1", 0)
        port = plain.sockets[0].getsockname()[1]
        assert await kind_of_failure(egress, f"https://known.example:{port}/") == ErrorClass.TLS
        plain.close()
    assert old.requests == []
