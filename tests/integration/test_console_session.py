"""The console's cookie: who gets it, for which requests it counts, and how it ends."""

from typing import Any

import httpx
import pytest

from tests.factories import PREFIX, Api, ManualClock

OURS = {"X-Clutch-Console": "1"}


class Browser:
    """What a browser would send: its cookie instead of a key."""

    def __init__(self, api: Api) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(api.app), base_url="http://test"
        )

    async def sign_in(self, secret: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}"}
        return await self._client.post(f"{PREFIX}/console-session", headers=headers)

    async def call(self, method: str, path: str, **headers: str) -> httpx.Response:
        return await self._client.request(method, f"{PREFIX}{path}", headers={**OURS, **headers})

    async def status(self, path: str = "/console-session", **headers: str) -> int:
        return (await self.call("GET", path, **headers)).status_code

    @property
    def value(self) -> str:
        return self._client.cookies["clutch_console"]

    @value.setter
    def value(self, value: str) -> None:
        self._client.cookies.clear()
        self._client.cookies.set("clutch_console", value, domain="test.local", path=PREFIX)


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api)


async def test_a_secret_key_buys_a_cookie_that_scripts_cannot_read(
    browser: Browser, customer: dict[str, Any]
) -> None:
    answer = await browser.sign_in(customer["secret_key"])
    assert answer.status_code == 201
    assert answer.json()["customer_name"] == "Tests"
    value, *flags = answer.headers["set-cookie"].split("; ")
    assert flags == ["Path=/api/v1", "Max-Age=3600", "HttpOnly", "SameSite=Strict"]
    assert customer["secret_key"] not in value
    assert customer["customer_id"] not in value
    shown = (await browser.call("GET", "/console-session")).json()
    assert shown == answer.json()


async def test_over_https_the_cookie_is_secure(api: Api, customer: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {customer['secret_key']}"}
    answer = await api.client.post("https://test/api/v1/console-session", headers=headers)
    assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Clutch-Console": ""},
        {"Origin": "http://test:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://test"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
async def test_another_page_cannot_use_the_cookie(
    browser: Browser, customer: dict[str, Any], headers: dict[str, str]
) -> None:
    await browser.sign_in(customer["secret_key"])
    answer = await browser.call("GET", "/api-keys", **headers)
    assert answer.status_code == 401
    assert "the console's own pages alone" in answer.json()["error"]["message"]
    own = {"Origin": "http://test", "Sec-Fetch-Site": "same-origin"}
    assert await browser.status("/api-keys", **own) == 200


async def test_signing_out_makes_the_cookie_worthless(
    browser: Browser, customer: dict[str, Any]
) -> None:
    await browser.sign_in(customer["secret_key"])
    stolen = browser.value
    answer = await browser.call("DELETE", "/console-session")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    browser.value = stolen
    assert await browser.status() == 401


async def test_a_session_ends_by_itself_and_cannot_prolong_itself(
    browser: Browser, customer: dict[str, Any], clock: ManualClock
) -> None:
    await browser.sign_in(customer["secret_key"])
    clock.advance(minutes=59)
    again = await browser.call("POST", "/console-session")
    assert (again.status_code, again.json()["error"]["code"]) == (403, "forbidden")
    kept = browser.value
    clock.advance(minutes=1)
    browser.value = kept
    ended = await browser.call("GET", "/console-session")
    assert ended.status_code == 401
    assert "Sign in again" in ended.json()["error"]["message"]


@pytest.mark.parametrize("how", ["revoked", "rotated"])
async def test_a_session_ends_with_its_key(browser: Browser, api: Api, how: str) -> None:
    key = await api.post("/api-keys", {"label": "of a colleague"}, status=201)
    await browser.sign_in(key["secret"])
    assert await browser.status() == 200
    if how == "revoked":
        await api.call("DELETE", f"/api-keys/{key['key_id']}")
    else:
        await api.post(f"/api-keys/{key['key_id']}/rotate")
    assert await browser.status() == 401


async def test_a_session_may_do_no_more_than_its_key(browser: Browser, api: Api) -> None:
    scopes = ["read:buddies", "write:console-session"]
    key = await api.post("/api-keys", {"label": "reader", "scopes": scopes}, status=201)
    assert (await browser.sign_in(key["secret"])).json()["scopes"] == scopes
    assert await browser.status("/buddies") == 200
    assert await browser.status("/events") == 403


async def test_nobody_but_the_holder_of_a_secret_key_signs_in(browser: Browser, api: Api) -> None:
    assert (await browser.sign_in("hatch_live_" + "x" * 43)).status_code == 401
    wish = {"kind": "publishable", "label": "page"}
    publishable = await api.post("/api-keys", wish, status=201)
    assert (await browser.sign_in(publishable["secret"])).status_code == 403


async def test_a_cookie_that_was_not_sealed_here_counts_as_a_failed_attempt(
    browser: Browser, customer: dict[str, Any], api: Api
) -> None:
    await browser.sign_in(customer["secret_key"])
    browser.value = browser.value[:-4] + "AAAA"
    answer = await browser.call("GET", "/console-session")
    assert answer.json()["error"]["message"].startswith("Send a valid key")
    assert api.app.state.authenticator._suspects == {"127.0.0.1"}
