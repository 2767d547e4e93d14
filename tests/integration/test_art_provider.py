"""The artist over HTTP, on real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from random import Random

import pytest

from app.art.drawing import draw
from app.art.items import Category, WornItem
from app.art.looks import Look, look_key
from app.art.provider import BODY_BYTES_MAX, HttpArtist
from app.art.service import UpstreamImageError
from app.kit.egress import Egress
from tests.integration.egress_peers import Behaviour, Peer, peer
from tests.unit.test_art_pictures import size_of

LOOK = Look(12, 3, "ocean", (WornItem("red-hat", Category.HEAD),))
PICTURE = draw(12, 3).png
QUIET = "left alone"


def answer(status: int, body: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def saying(*answers: bytes) -> Behaviour:
    """One answer after the other; the last is repeated."""
    left = list(answers)

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return behave


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress([ip_network("127.0.0.0/8")]) as one:
        yield one


@pytest.fixture
def time() -> Time:
    return Time()


def artist_of(egress: Egress, at: Peer, time: Time, *, total_seconds: float = 15.0) -> HttpArtist:
    return HttpArtist(
        egress,
        f"http://127.0.0.1:{at.port}/draw",
        "s3cret",
        total_seconds=total_seconds,
        now=time.now,
        sleep=time.sleep,
        chance=Random(1),
    )


async def test_a_look_is_posted_and_the_picture_comes_back_in_our_sizes(
    egress: Egress, time: Time
) -> None:
    async with peer(answer(200, PICTURE)) as there:
        drawing = await artist_of(egress, there, time).draw(LOOK)
    assert (size_of(drawing.png), size_of(drawing.thumb)) == ((512, 512), (128, 128))
    head, _, body = there.requests[0].partition(b"\r\n\r\n")
    assert b"authorization: bearer s3cret" in head.lower()
    assert f"x-clutch-look: {look_key(LOOK)}".encode() in head.lower()
    assert json.loads(body) == {
        "variant": 12,
        "stage": 3,
        "line": "ocean",
        "side": 512,
        "wearing": [{"item_id": "red-hat", "category": "head", "layer_order": 70, "look": ""}],
    }


@pytest.mark.parametrize(
    "bad",
    [
        answer(500),
        answer(503),
        answer(429),
        answer(200, b"no picture at all"),
        answer(200, PICTURE[:900]),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nshort",
        b"no http at all\r\n\r\n",
        b"",
    ],
)
async def test_a_failure_that_may_pass_is_tried_again(
    egress: Egress, time: Time, bad: bytes
) -> None:
    async with peer(saying(bad, answer(200, PICTURE))) as there:
        drawing = await artist_of(egress, there, time).draw(LOOK)
    assert size_of(drawing.png) == (512, 512)
    assert there.connections == 2
    assert 0.25 <= time.pauses[0] <= 0.5


async def test_after_three_attempts_with_growing_pauses_it_is_given_up(
    egress: Egress, time: Time
) -> None:
    async with peer(answer(500)) as there:
        with pytest.raises(UpstreamImageError, match="answered 500"):
            await artist_of(egress, there, time).draw(LOOK)
    assert there.connections == 3
    assert len(time.pauses) == 2
    assert 0.5 <= time.pauses[1] <= 1.0


@pytest.mark.parametrize("status", [400, 401, 404, 422, 301, 204])
async def test_a_provider_that_does_not_want_to_is_not_asked_again(
    egress: Egress, time: Time, status: int
) -> None:
    async with peer(answer(status)) as there:
        artist = artist_of(egress, there, time)
        for _ in range(7):
            with pytest.raises(UpstreamImageError, match=f"answered {status}"):
                await artist.draw(LOOK)
    assert there.connections == 7
    assert time.pauses == []


async def test_a_provider_that_never_answers_costs_no_more_than_the_time_allowed(
    egress: Egress, time: Time
) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with peer(silent) as there:
        started = asyncio.get_running_loop().time()
        with pytest.raises(UpstreamImageError, match="no answer"):
            await artist_of(egress, there, time, total_seconds=0.2).draw(LOOK)
        assert asyncio.get_running_loop().time() - started < 5


async def test_a_picture_that_drips_is_cut_off(egress: Egress, time: Time) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        while True:
            writer.write(b"\x89")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with peer(drip) as there:
        with pytest.raises(UpstreamImageError, match="broke off"):
            await artist_of(egress, there, time, total_seconds=0.3).draw(LOOK)


async def test_a_body_without_end_is_not_read_to_its_end(egress: Egress, time: Time) -> None:
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        while sent < 20 * BODY_BYTES_MAX:
            writer.write(b"\x00" * 65536)
            await writer.drain()
            sent += 65536

    async with peer(flood) as there:
        artist = artist_of(egress, there, time)
        artist.attempts = 1
        with pytest.raises(UpstreamImageError, match="over"):
            await artist.draw(LOOK)
    assert sent < 3 * BODY_BYTES_MAX


async def test_an_address_that_is_not_allowed_is_not_called(time: Time) -> None:
    async with peer(answer(200, PICTURE)) as there, Egress() as closed:
        with pytest.raises(UpstreamImageError, match="may not be called"):
            await artist_of(closed, there, time).draw(LOOK)
    assert there.connections == 0


async def test_a_provider_that_keeps_failing_is_left_alone_and_probed_after_a_while(
    egress: Egress, time: Time
) -> None:
    async with peer(saying(*[answer(500)] * 5, answer(500), answer(200, PICTURE))) as there:
        artist = artist_of(egress, there, time)
        with pytest.raises(UpstreamImageError, match="answered 500"):
            await artist.draw(LOOK)
        with pytest.raises(UpstreamImageError, match=QUIET):
            await artist.draw(LOOK)
        assert there.connections == 5
        for _ in range(4):
            with pytest.raises(UpstreamImageError, match=QUIET):
                await artist.draw(LOOK)
        assert there.connections == 5
        time.seconds += 31
        with pytest.raises(UpstreamImageError, match=QUIET):
            await artist.draw(LOOK)
        assert there.connections == 6
        time.seconds += 31
        several = await asyncio.gather(
            *(artist.draw(LOOK) for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(one, UpstreamImageError) for one in several) == 2
        assert there.connections == 7
        assert size_of((await artist.draw(LOOK)).png) == (512, 512)


async def test_nobody_there_is_a_failure_like_any_other(egress: Egress, time: Time) -> None:
    async with peer(b"") as there:
        pass
    with pytest.raises(UpstreamImageError, match="no answer"):
        await artist_of(egress, there, time).draw(LOOK)
