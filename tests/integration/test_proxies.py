"""Whose address counts: the caller's, as trusted proxies saw it, and nobody else's word."""

from typing import Any

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.factories import ManualClock

PROXY = "10.1.2.3"
STRANGER = "203.0.113.9"
FAILURES_MAX = 3
FORWARDED = "X-Forwarded-For"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    changes = {
        "trusted_proxies": "10.0.0.0/8, 2001:db8::/32",
        "failed_authentications_per_minute": FAILURES_MAX,
    }
    return settings.model_copy(update=changes)


def caller(app: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def fails(client: httpx.AsyncClient, *forwarded: str) -> int:
    """One failed authentication with these headers; its status."""
    headers = [(FORWARDED, each) for each in forwarded] + [("Authorization", "Bearer nonsense")]
    return (await client.get("/api/v1/buddies", headers=headers)).status_code


async def statuses(client: httpx.AsyncClient, *forwarded: str, times: int) -> list[int]:
    return [await fails(client, *forwarded) for _ in range(times)]


async def test_behind_a_trusted_proxy_each_caller_has_a_count_of_its_own(app: Any) -> None:
    async with caller(app, PROXY) as proxy:
        one = await statuses(proxy, "198.51.100.1", times=FAILURES_MAX + 1)
        assert one == [401] * FAILURES_MAX + [429]
        assert await fails(proxy, "198.51.100.2") == 401
        assert await fails(proxy, "198.51.100.1:55512") == 429


async def test_a_stranger_cannot_choose_its_address(app: Any) -> None:
    async with caller(app, STRANGER) as stranger:
        found = [await fails(stranger, f"198.51.100.{n}") for n in range(FAILURES_MAX + 1)]
        assert found == [401] * FAILURES_MAX + [429]
    async with caller(app, PROXY) as proxy:
        assert await fails(proxy, "198.51.100.0") == 401, "somebody else was blamed"


@pytest.mark.parametrize(
    "claimed",
    [
        ("1.1.1.{n}, 198.51.100.7",),
        ("10.9.9.{n}, 198.51.100.7",),
        ("1.1.1.{n}", "198.51.100.7"),
        ("1.1.1.{n}, 198.51.100.7, 10.4.4.4",),
        ("unknown, [::{n}]:1, 198.51.100.7, 2001:db8::1",),
    ],
)
async def test_what_a_caller_wrote_before_the_proxies_counts_for_nothing(
    app: Any, claimed: tuple[str, ...]
) -> None:
    """Proxies append; the last address that is not one of them is the caller's."""
    async with caller(app, PROXY) as proxy:
        found = [
            await fails(proxy, *(each.format(n=n) for each in claimed))
            for n in range(FAILURES_MAX + 1)
        ]
        assert found == [401] * FAILURES_MAX + [429]
        assert await fails(proxy, "198.51.100.7") == 429


async def test_claims_of_a_match_are_counted_by_the_same_address(app: Any) -> None:
    body = {"code": "c" * 20, "room_id": "r", "process_id": "p", "claim_nonce": "n" * 16}
    async with caller(app, PROXY) as proxy:
        for _ in range(FAILURES_MAX):
            headers = {FORWARDED: "198.51.100.8"}
            await proxy.post("/api/v1/matches/m/claim", json=body, headers=headers)
        assert await fails(proxy, "198.51.100.8") == 429
        assert await fails(proxy, "198.51.100.9") == 401


async def test_nobody_is_believed_unless_the_settings_say_so(
    settings: Settings, clock: ManualClock
) -> None:
    closed = create_app(
        settings.model_copy(update={"trusted_proxies": ""}), clock=clock, with_worker=False
    )
    async with closed.router.lifespan_context(closed), caller(closed, PROXY) as proxy:
        found = [await fails(proxy, f"198.51.100.{n}") for n in range(FAILURES_MAX + 1)]
        assert found == [401] * FAILURES_MAX + [429]
