"""The client: what it sends, and what it makes of every kind of answer."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from app.hathora.client import errors
from app.hathora.client.client import HathoraClient
from app.hathora.models.enums import ProcessStatus

CONNECTION = {"additionalExposedPorts": [], "status": "starting", "roomId": "r1"}
JSON = {"content-type": "application/json; charset=utf-8"}


def answering(answer: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> HathoraClient:
    def handle(request: httpx.Request) -> httpx.Response:
        return answer if isinstance(answer, httpx.Response) else answer(request)

    return HathoraClient("http://plane/pre/fix/", "TOKEN", transport=httpx.MockTransport(handle))


async def test_a_call_is_sent_as_the_official_sdk_sends_it() -> None:
    sent: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(201, json={**CONNECTION, "processId": "p1"})

    async with answering(record) as client:
        await client.create_room(
            "a/b c?d#e\N{LATIN SMALL LETTER E WITH ACUTE}!'()*",
            region="London",
            room_id="my-room",
            room_config='{"m":1}',
            client_ips=["1.2.3.4"],
            deployment_id="dep-1",
        )
    (request,) = sent
    assert request.method == "POST"
    assert request.url.raw_path == (
        b"/pre/fix/rooms/v2/a%2Fb%20c%3Fd%23e%C3%A9!'()*/create?roomId=my-room"
    )
    assert request.headers["authorization"] == "Bearer TOKEN"
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {
        "deploymentId": "dep-1",
        "clientIPs": ["1.2.3.4"],
        "roomConfig": '{"m":1}',
        "region": "London",
    }


async def test_the_token_is_kept_from_calls_that_need_none() -> None:
    def check(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200, json=CONNECTION)

    async with answering(check) as client:
        assert (await client.get_connection_info("app", "r1")).exposed_port is None


async def test_a_prefixed_token_is_not_prefixed_again() -> None:
    def check(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "bEarer abc"
        return httpx.Response(204)

    transport = httpx.MockTransport(check)
    async with HathoraClient("http://plane", "bEarer abc", transport=transport) as client:
        await client.destroy_room("app", "r1")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(404, headers=JSON, text='{"message":"no","more":1}'), errors.ApiError),
        (httpx.Response(403, headers=JSON, text='{"message":"no"}'), errors.SDKError),
        (httpx.Response(409, headers=JSON, text='{"message":"no"}'), errors.SDKError),
        (httpx.Response(404, html="<p>no"), errors.SDKError),
        (httpx.Response(503, html="<p>no"), errors.SDKError),
        (httpx.Response(404, headers=JSON, text="{}"), errors.ResponseValidationError),
        (httpx.Response(404, headers=JSON), errors.ResponseValidationError),
        (httpx.Response(201, json=CONNECTION), errors.SDKError),
        (httpx.Response(200, content=json.dumps(CONNECTION)), errors.SDKError),
        (
            httpx.Response(200, headers=JSON, text='{"roomId":"r1"'),
            errors.ResponseValidationError,
        ),
        (httpx.Response(200, json={"roomId": "r1"}), errors.ResponseValidationError),
    ],
)
async def test_each_unwelcome_answer_has_its_error(
    answer: httpx.Response, kind: type[errors.HathoraCloudError]
) -> None:
    async with answering(answer) as client:
        with pytest.raises(errors.HathoraCloudError) as refusal:
            await client.get_connection_info("app", "r1")
    assert type(refusal.value) is kind
    assert refusal.value.status_code == answer.status_code


async def test_values_and_keys_of_a_newer_api_pass_through() -> None:
    answer = httpx.Response(200, json={**CONNECTION, "status": "warming", "novel": 1})
    async with answering(answer) as client:
        assert (await client.get_connection_info("app", "r1")).status == "warming"
    process = {
        "status": "running",
        "roomsAllocated": 0,
        **dict.fromkeys(
            ("terminatedAt", "stoppingAt", "startedAt", "bootedAt", "scheduledAt", "exposedPort")
        ),
        "createdAt": "2026-01-02T03:04:05.678Z",
        "roomsPerProcess": 1,
        "additionalExposedPorts": [],
        "region": "Atlantis",
        "processId": "p",
        "deploymentId": "d",
        "appId": "a",
    }
    async with answering(httpx.Response(200, json=process)) as client:
        found = await client.get_process("a", "p")
    assert found.status is ProcessStatus.RUNNING
    assert found.region == "Atlantis"


async def test_arguments_that_cannot_fit_are_refused_before_anything_is_sent() -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("a request was sent")

    async with answering(never) as client:
        for call in (
            client.update_room_config("app", "r1", "x" * 10_001),
            client.get_room_info("app", ".."),
            client.get_room_info("", "r1"),
        ):
            with pytest.raises(errors.SDKValidationError, match="Input validation failed"):
                await call


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("refused"), errors.HathoraConnectionError),
        (httpx.ReadError("reset"), errors.HathoraConnectionError),
        (httpx.RemoteProtocolError("cut"), errors.HathoraConnectionError),
        (httpx.ReadTimeout("slow"), errors.RequestTimeoutError),
        (httpx.UnsupportedProtocol("gopher"), errors.InvalidRequestError),
        (httpx.TooManyRedirects("round and round"), errors.UnexpectedClientError),
    ],
)
async def test_each_fault_of_the_transport_has_its_error(
    fault: Exception, kind: type[errors.HTTPClientError]
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault

    async with answering(fail) as client:
        with pytest.raises(errors.HTTPClientError) as refusal:
            await client.get_app("app")
    assert type(refusal.value) is kind
    assert refusal.value.__cause__ is fault


async def served(answer: bytes, pauses: float, timeout_seconds: float) -> HathoraClient:
    """A client of a server that dribbles an answer, byte after byte."""

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in answer:
            writer.write(bytes([byte]))
            await asyncio.sleep(pauses)
        writer.close()

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return HathoraClient(f"http://127.0.0.1:{port}", "T", timeout_seconds=timeout_seconds)


async def test_a_call_has_one_time_limit_however_its_answer_dribbles() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"
    async with await served(head + b"{" * 99, 0.01, 0.3) as client:
        with pytest.raises(errors.RequestTimeoutError):
            await client.get_app("app")


async def test_a_followed_log_may_pause_for_longer_than_the_time_limit() -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    async with await served(head, 0, 0.3) as quick, quick.follow_log("app", "p") as chunks:
        assert [chunk async for chunk in chunks] == []
    slow = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"

    async def pause(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(slow + b"a")
        await asyncio.sleep(0.8)
        writer.write(b"b")
        writer.close()

    server = await asyncio.start_server(pause, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = HathoraClient(f"http://127.0.0.1:{port}", "T", timeout_seconds=0.3)
    async with client, client.follow_log("app", "p") as chunks:
        assert await anext(chunks) == b"a"
        assert await anext(chunks) == b"b"
        with pytest.raises(errors.HathoraConnectionError):
            await anext(chunks)
    server.close()


async def test_a_body_cut_short_is_a_connection_error() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"
    async with await served(head + b"{", 0, 5) as client:
        with pytest.raises(errors.HathoraConnectionError):
            await client.get_app("app")
