"""Receivers that answer slowly, endlessly, brokenly or not at all: classified, never a crash."""

import asyncio
import gzip
import os
import resource
import time
from collections.abc import AsyncIterator

import pytest

from app.kit.egress import Answer, Egress
from app.kit.egress_addresses import networks
from app.kit.egress_errors import EgressError, ErrorClass
from tests.integration.egress_peers import NO_CONTENT, Behaviour, peer, read_request

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
LOOPBACK = networks(["127.0.0.0/8"])


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(LOOPBACK) as opened:
        yield opened


async def post(egress: Egress, port: int, *, total_seconds: float = 5.0) -> Answer:
    return await egress.post(
        f"http://127.0.0.1:{port}/hook?x=1",
        headers={"webhook-id": "d1"},
        body=b'{"a": 1}',
        total_seconds=total_seconds,
    )


async def failure(egress: Egress, port: int, *, total_seconds: float = 5.0) -> ErrorClass:
    with pytest.raises(EgressError) as failed:
        await post(egress, port, total_seconds=total_seconds)
    assert failed.value.message
    return failed.value.kind


async def test_a_request_says_what_was_asked_and_an_answer_is_kept(egress: Egress) -> None:
    said = (
        b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Type: text/plain\r\nX-Secret: s\r\n"
        b"Set-Cookie: a=b\r\nContent-Length: 4\r\n\r\nlate"
    )
    async with peer(said) as receiver:
        answer = await post(egress, receiver.port)
        again = await post(egress, receiver.port)
    assert (answer.status, answer.retry_after, answer.body_start) == (503, "60", b"late")
    assert answer.complete
    assert answer.headers == {
        "retry-after": "60",
        "content-type": "text/plain",
        "content-length": "4",
    }
    assert answer.address == again.address == "127.0.0.1"
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert b"\r\nwebhook-id: d1" in head
    assert b"Accept-Encoding: identity" in head
    assert body == b'{"a": 1}'
    assert b"cookie" not in receiver.requests[1].lower()


@pytest.mark.parametrize("length", [0, 1, 4095, 4096])
async def test_a_body_up_to_the_limit_is_kept_whole(egress: Egress, length: int) -> None:
    body = os.urandom(length)
    said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (length, body)
    async with peer(said) as receiver:
        answer = await post(egress, receiver.port)
    assert (answer.body_start, answer.complete) == (body, True)


async def test_connections_are_kept_and_used_again(egress: Egress) -> None:
    async def serve_on(reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await read_request(reader)

    async with peer(serve_on) as receiver:
        answers = [await post(egress, receiver.port) for _ in range(20)]
    assert receiver.connections == 1
    assert {answer.address for answer in answers} == {"127.0.0.1"}


async def test_a_kept_connection_that_was_closed_is_replaced_at_once(egress: Egress) -> None:
    async def hang_up_on_the_second(reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await read_request(reader)

    async with peer(hang_up_on_the_second) as receiver:
        assert (await post(egress, receiver.port)).status == 200
        assert (await post(egress, receiver.port)).status == 200
    assert receiver.connections == 2


async def test_an_endless_body_costs_its_beginning(egress: Egress) -> None:
    sent = 0

    async def pour(reader: Reader, writer: Writer) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            sent += 65536
            await writer.drain()

    async with peer(pour) as receiver:
        answer = await post(egress, receiver.port)
    assert (answer.status, answer.complete) == (200, False)
    assert answer.body_start == b"x" * 4096
    assert sent < 64 * 2**20


async def test_a_compressed_bomb_stays_compressed(egress: Egress) -> None:
    bomb = gzip.compress(bytes(64 * 2**20))
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with peer(said + bomb) as receiver:
        answer = await post(egress, receiver.port)
    assert answer.body_start == bomb[:4096]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


async def drip_head(reader: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X")
        await writer.drain()
        await asyncio.sleep(0.01)


async def drip_body(reader: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def say_nothing(reader: Reader, writer: Writer) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("behaviour", [drip_head, say_nothing])
async def test_a_head_that_does_not_come_is_cut_off_in_time(
    egress: Egress, behaviour: Behaviour
) -> None:
    began = time.monotonic()
    async with peer(behaviour) as receiver:
        assert await failure(egress, receiver.port, total_seconds=0.3) == ErrorClass.TIMEOUT
    assert 0.3 <= time.monotonic() - began < 4


async def test_a_dripping_body_is_cut_off_and_the_status_stands(egress: Egress) -> None:
    began = time.monotonic()
    async with peer(drip_body) as receiver:
        answer = await post(egress, receiver.port, total_seconds=0.3)
    assert (answer.status, answer.complete) == (200, False)
    assert answer.body_start.startswith(b"x")
    assert 0.3 <= time.monotonic() - began < 4


async def test_a_flood_of_interim_answers_is_cut_off_early(egress: Egress) -> None:
    async def flood(reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
            await writer.drain()

    began = time.monotonic()
    async with peer(flood) as receiver:
        assert await failure(egress, receiver.port) == ErrorClass.PROTOCOL
    assert time.monotonic() - began < 4


async def test_a_few_interim_answers_are_passed_over(egress: Egress) -> None:
    async with peer(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 5 + NO_CONTENT) as receiver:
        assert (await post(egress, receiver.port)).status == 204


async def test_endless_headers_are_cut_off_early(egress: Egress) -> None:
    async def pour(reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for at in range(10**9):
            writer.write(b"X-%d: %s\r\n" % (at, b"y" * 1000))
            await writer.drain()

    began = time.monotonic()
    async with peer(pour) as receiver:
        assert await failure(egress, receiver.port) == ErrorClass.PROTOCOL
    assert time.monotonic() - began < 4


async def test_an_endless_header_line_is_cut_off_early(egress: Egress) -> None:
    async def pour(reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"y" * 65536)
            await writer.drain()

    began = time.monotonic()
    async with peer(pour) as receiver:
        assert await failure(egress, receiver.port) == ErrorClass.TOO_LARGE
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"", ErrorClass.DISCONNECTED),
        (b"HTTP/1.1", ErrorClass.DISCONNECTED),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ErrorClass.DISCONNECTED),
        (b"garbage\r\n\r\n", ErrorClass.PROTOCOL),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ErrorClass.PROTOCOL),
        (b"HTTP/1.1 abc OK\r\n\r\n", ErrorClass.PROTOCOL),
        (b"HTTP/1.1 99999 OK\r\n\r\n", ErrorClass.PROTOCOL),
        (b"HTTP/9.9 200 OK\r\n\r\n", ErrorClass.PROTOCOL),
        (b"\x00\x01\x02\x03" * 100, ErrorClass.PROTOCOL),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ErrorClass.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", ErrorClass.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ErrorClass.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", ErrorClass.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", ErrorClass.PROTOCOL),
    ],
)
async def test_what_is_no_answer_is_classified(
    egress: Egress, said: bytes, kind: ErrorClass
) -> None:
    async with peer(said) as receiver:
        assert await failure(egress, receiver.port) == kind


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
    ],
)
async def test_a_body_that_breaks_off_changes_nothing_about_the_status(
    egress: Egress, said: bytes
) -> None:
    async with peer(said) as receiver:
        answer = await post(egress, receiver.port)
    assert (answer.status, answer.complete) == (200, False)


async def test_garbage_of_every_kind_ends_in_an_answer_or_an_egress_error(egress: Egress) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"
    for at in range(len(head)):
        said = head[:at] + bytes([(head[at] * 7 + at) % 256]) + head[at + 1 :]
        async with peer(said) as receiver:
            try:
                answer = await post(egress, receiver.port, total_seconds=1)
            except EgressError:
                continue
            assert isinstance(answer, Answer)


async def test_an_upgrade_nobody_asked_for_is_only_a_status(egress: Egress) -> None:
    said = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
        + b"z" * 9999
    )
    async with peer(said) as receiver:
        assert (await post(egress, receiver.port)).status == 101
        assert (await post(egress, receiver.port)).status == 101
    assert receiver.connections == 2


async def test_an_egress_can_be_closed_and_used_again(egress: Egress) -> None:
    async with peer(NO_CONTENT) as receiver:
        assert (await post(egress, receiver.port)).status == 204
        await egress.close()
        assert (await post(egress, receiver.port)).status == 204
