"""What did not work is tried again where that is safe, and what takes long is waited for."""

import asyncio
from typing import Any

import httpx
import pytest

from app import sdk
from app.sdk import AsyncHatchedClient
from tests.sdk_support import (
    BASE,
    EGG,
    KEY,
    Network,
    answer,
    create,
    get,
    operation,
    refusal,
)

BOTH = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "awaited"])


@BOTH
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_write_is_retried_with_the_same_key_and_full_jitter(is_async: bool, status: int) -> None:
    network = Network(*[refusal(status, "unavailable") for _ in range(3)], answer(201, EGG))
    assert network.run(is_async, create).egg_id == "e"
    assert len(network.requests) == 4
    assert len(set(network.keys)) == 1
    assert network.pauses == [0.5, 1.0, 2.0]


@BOTH
@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")],
    ids=lambda fault: type(fault).__name__,
)
def test_a_broken_connection_is_tried_again(is_async: bool, fault: Exception) -> None:
    network = Network(fault, answer(201, EGG))
    assert network.run(is_async, create).egg_id == "e"
    assert len(set(network.keys)) == 1


@BOTH
def test_a_twin_that_still_runs_is_waited_for(is_async: bool) -> None:
    network = Network(refusal(409, "idempotency_in_flight", Retry_After="1"), answer(201, EGG))
    assert network.run(is_async, create).egg_id == "e"
    assert network.pauses == [1.0]


@BOTH
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 422])
def test_a_refusal_is_not_asked_for_twice(is_async: bool, status: int) -> None:
    network = Network(refusal(status, "no"))
    with pytest.raises(sdk.HatchedError) as refused:
        network.run(is_async, create)
    assert refused.value.status == status
    assert len(network.requests) == 1


@BOTH
def test_after_three_retries_the_last_refusal_is_raised(is_async: bool) -> None:
    network = Network(*[refusal(503, "unavailable", {"n": n}) for n in range(5)])
    with pytest.raises(sdk.HatchedError) as refused:
        network.run(is_async, get)
    assert (refused.value.code, refused.value.details) == ("unavailable", {"n": 3})
    assert network.keys == [None] * 4


@BOTH
def test_without_retries_there_is_one_attempt(is_async: bool) -> None:
    network = Network(httpx.ConnectError("refused"))
    with pytest.raises(sdk.NoAnswerError) as refused:
        network.run(is_async, get, max_retries=0)
    assert (refused.value.status, refused.value.code) == (0, "no_answer")
    assert isinstance(refused.value.__cause__, httpx.ConnectError)


def test_a_timeout_is_an_error_of_its_own_and_travels_with_the_request() -> None:
    network = Network(httpx.ReadTimeout("slow"))
    with pytest.raises(TimeoutError) as late:
        network.client(max_retries=0, timeout_ms=1_500).eggs.get("e")
    assert isinstance(late.value, sdk.RequestTimeoutError)
    assert set(network.requests[0].extensions["timeout"].values()) == {1.5}


@pytest.mark.parametrize(("asked", "pause"), [("2", 2.0), ("30", 30.0), ("0", 0.5), ("x", 0.5)])
def test_retry_after_is_honoured(asked: str, pause: float) -> None:
    network = Network(refusal(429, "rate_limited", Retry_After=asked), answer(200, EGG))
    network.client().eggs.get("e")
    assert network.pauses == [pause]


def test_a_server_that_asks_for_too_long_is_not_waited_for() -> None:
    network = Network(refusal(429, "rate_limited", Retry_After="31"))
    with pytest.raises(sdk.RateLimitError) as refused:
        network.client().eggs.get("e")
    assert (refused.value.retry_after_seconds, network.pauses) == (31.0, [])


def test_jitter_is_drawn_between_nothing_and_the_bound() -> None:
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    network = Network(*[refusal(500, "internal_error") for _ in range(6)], answer(200, EGG))
    network.client(uniform=uniform, max_retries=6).eggs.get("e")
    assert drawn == [(0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (0.0, 4.0), (0.0, 8.0), (0.0, 8.0)]
    assert network.pauses == [0.0] * 6


class Seconds:
    """A clock that every look moves on by a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@BOTH
def test_an_operation_is_waited_for_at_its_interval(is_async: bool) -> None:
    network = Network(operation("pending"), operation("processing"), operation("failed"))

    def wait(client: Any) -> Any:
        return client.operations.wait("o", timeout_ms=60_000, interval_ms=5_000)

    assert network.run(is_async, wait, clock=Seconds()).status == "failed"
    assert network.pauses == [4.0, 4.0]
    assert [request.url.params["wait_ms"] for request in network.requests] == ["5000"] * 3


@BOTH
def test_waiting_ends_with_the_operation_as_it_stood(is_async: bool) -> None:
    network = Network(*[operation("processing") for _ in range(3)])

    def wait(client: Any) -> Any:
        return client.operations.wait("o", timeout_ms=3_500, interval_ms=2_000)

    with pytest.raises(sdk.WaitTimeoutError) as late:
        network.run(is_async, wait, clock=Seconds())
    assert late.value.operation.status == "processing"
    assert isinstance(late.value, TimeoutError)


def test_waiting_takes_what_started_the_operation() -> None:
    network = Network(
        answer(202, {"operation_id": "o", "status": "pending"}), operation("completed")
    )
    client = network.client()
    assert client.operations.wait(client.eggs.hatch("e")).operation_id == "o"
    assert network.requests[1].url.path.endswith("/operations/o")


def test_the_old_name_of_waiting_warns_and_waits() -> None:
    network = Network(operation("completed"))
    with pytest.warns(DeprecationWarning, match=r"operations\.wait") as warned:
        found = network.client().operations.wait_for_completion("o", timeout=5, interval=1)
    assert found.status == "completed"
    assert warned[0].filename == __file__


async def test_cancelling_the_task_cancels_the_call() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError("nobody answers")

    async with AsyncHatchedClient(
        api_key=KEY, base_url=BASE, transport=httpx.MockTransport(hang)
    ) as client:
        task = asyncio.create_task(client.eggs.get("e"))
        await asyncio.wait_for(begun.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert ended.is_set()
