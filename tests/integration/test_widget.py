"""What a browser's token reads and does: its own buddy, one cheap snapshot, ids of its own."""

from typing import Any

import httpx
import pytest
from sqlalchemy import event

from app.customers import service as customers
from app.kit.db import Database
from app.kit.principal import Credential, Principal
from app.widget import service as widget
from tests import items_support as shop
from tests.factories import Api, ManualClock
from tests.items_support import SHOP
from tests.surface import fault_of

STATEMENTS_MAX = 9
RULES: dict[str, Any] = SHOP | {
    "token_rules": [{"key": "pay", "event_type": "played", "token": "coins", "amount": 7}],
    "badges": [
        {
            "key": "regular",
            "label": "Regular",
            "description": "Play four times.",
            "when": {"type": "event_count", "event_type": "played", "gte": 4},
        },
        {"key": "kind", "label": "Kind", "mode": "manual"},
    ],
    "streaks": [
        {
            "key": "daily",
            "label": "Daily",
            "kind": "daily",
            "event_types": ["played"],
            "milestones": [{"at": 1, "tokens": {"coins": 1}}, {"at": 3, "tokens": {"coins": 9}}],
        }
    ],
    "paths": [{"key": "way", "label": "The way", "steps": [{"key": "go", "label": "Go"}]}],
    "leaderboards": [
        {"key": "rich", "label": "Rich", "metric": {"type": "tokens_earned", "token": "coins"}},
        {"key": "staff", "metric": {"type": "stage"}, "visibility": "admin"},
    ],
}
SCOPES = ["read", "events:track", "marketplace:purchase", "items:equip"]


class Browser:
    """A page that holds a token."""

    def __init__(self, api: Api, token: str) -> None:
        self._api = api
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self._headers | more.pop("headers", {})
        return await self._api.call(method, f"/widget{path}", headers=headers, **more)

    async def state(self) -> Any:
        answer = await self.call("GET", "/state")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def buddy_id(api: Api) -> str:
    """Ann's buddy, who played once and has 27 coins and a crown."""
    await shop.publish(api, RULES)
    buddy_id = await shop.player(api, "ann", coins=30)
    await shop.buy(api, buddy_id, "crown")
    return buddy_id


async def _browser(api: Api, buddy_id: str, *scopes: str, user_id: str = "ann") -> Browser:
    wish = {"buddy_id": buddy_id, "user_id": user_id, "scopes": list(scopes or SCOPES)}
    return Browser(api, (await api.post("/widget-sessions", wish, status=201))["token"])


@pytest.fixture
async def browser(api: Api, buddy_id: str) -> Browser:
    """A session of Ann's with every scope that changes something."""
    return await _browser(api, buddy_id)


async def test_the_state_tells_what_the_widgets_show(browser: Browser, buddy_id: str) -> None:
    state = await browser.state()
    assert state["scopes"] == sorted(SCOPES)
    buddy = state["buddy"]
    assert (buddy["id"], buddy["name"], buddy["stage"]) == (buddy_id, "Buddy", 1)
    assert (buddy["status"], buddy["appearance"]) == ("active", "pending")
    assert state["tokens"]["primary"]["balance"] == 28  # 7 played, 1 streak, 30 given, 10 spent
    assert [each["key"] for each in state["tokens"]["all"]] == ["coins", "gems", "xp"]
    assert [(each["badge_key"], each["status"]) for each in state["badges"]] == [
        ("regular", "locked"),
        ("kind", "locked"),
    ]
    assert state["badges"][0]["progress"] == 0.25
    assert state["badges"][0]["description"] == "Play four times."
    [streak] = state["streaks"]
    assert (streak["count"], streak["is_done"]) == (1, True)
    assert streak["next_milestone"] == {"at": 3, "tokens": {"coins": 9}, "badge": None}
    assert state["evolution"]["next_stage"] == 2
    assert [path["key"] for path in state["paths"]] == ["way"]
    assert [board["key"] for board in state["leaderboards"]] == ["rich"]


async def test_a_streak_of_yesterday_is_alive_and_not_done(
    api: Api, buddy_id: str, clock: ManualClock
) -> None:
    clock.advance(days=1)
    [streak] = (await (await _browser(api, buddy_id)).state())["streaks"]
    assert (streak["count"], streak["is_done"]) == (1, False)
    clock.advance(days=1)
    [streak] = (await (await _browser(api, buddy_id)).state())["streaks"]
    assert (streak["count"], streak["is_done"]) == (0, False)


async def test_the_shop_hides_what_is_hidden_and_keeps_what_is_owned(
    api: Api, browser: Browser, buddy_id: str
) -> None:
    shown = {item["item_id"]: item for item in (await browser.state())["items"]}
    assert "robe" not in shown  # from stage 2 on
    assert (shown["crown"]["owned"], shown["crown"]["is_affordable"]) == (1, True)
    assert (shown["throne"]["owned"], shown["throne"]["is_affordable"]) == (0, False)
    assert shown["relic"]["stock_left"] == 3
    assert shown["luck"]["image_url"] is None  # boosters are not drawn
    await shop.publish(api, RULES | {"items": []})
    [kept] = (await browser.state())["items"]
    assert (kept["item_id"], kept["owned"], kept["is_for_sale"]) == ("crown", 1, False)


async def test_a_picture_of_an_item_is_drawn_for_its_own_address_alone(
    api: Api, browser: Browser
) -> None:
    shown = {item["item_id"]: item for item in (await browser.state())["items"]}
    address = shown["crown"]["image_url"]
    answer = await api.client.get(address, headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<svg")
    for forged in (address.replace("crown", "clown"), address.replace("head", "face")):
        assert fault_of(await api.client.get(forged), 404, "resource_not_found") is None


async def test_an_unchanged_state_is_304_and_a_changed_one_is_not(
    api: Api, browser: Browser, buddy_id: str
) -> None:
    first = await browser.call("GET", "/state")
    etag = first.headers["etag"]
    same = await browser.call("GET", "/state", headers={"If-None-Match": etag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert same.headers["cache-control"] == "private, no-cache"
    await api.post(f"/buddies/{buddy_id}/coins", {"amount": 1, "reason": "luck"}, status=201)
    other = await browser.call("GET", "/state", headers={"If-None-Match": etag})
    assert other.status_code == 200
    assert other.headers["etag"] != etag


async def test_the_state_is_a_handful_of_look_ups(
    database: Database, buddy_id: str, customer: dict[str, Any], clock: ManualClock
) -> None:
    holder = Principal(
        Credential.EMBED_TOKEN,
        customer["customer_id"],
        "t-1",
        subject=buddy_id,
        user_id="ann",
        expires_at=clock.now(),
    )
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    async with database.read(customer["customer_id"]) as tx:
        await widget.read(tx, holder)  # compiles the rules
        event.listen(tx.connection.sync_connection, "before_cursor_execute", note)
        await widget.read(tx, holder)
        event.remove(tx.connection.sync_connection, "before_cursor_execute", note)
    assert 5 < len(seen) <= STATEMENTS_MAX


async def test_a_plan_without_a_marketplace_has_no_items(
    browser: Browser, database: Database, customer: dict[str, Any], clock: ManualClock
) -> None:
    async with database.begin(customer["customer_id"]) as tx:
        await customers.set_disabled_capabilities(tx, ["marketplace"])
    assert (await browser.state())["items"] is None
    clock.advance(seconds=3)
    answer = await browser.call("POST", "/purchases", json={"item_id": "cap"})
    assert fault_of(answer, 403, "capability_disabled") is None


async def test_an_event_counts_once_and_for_the_token_s_user(api: Api, browser: Browser) -> None:
    sent = {"event_id": "click-1", "type": "played", "properties": {"at": "home"}}
    first = await browser.call("POST", "/events", json=sent)
    assert (first.status_code, first.json()["coins"]) == (200, 7)
    again = await browser.call("POST", "/events", json=sent)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = await browser.call("POST", "/events", json=sent | {"type": "won"})
    assert fault_of(other, 422, "event_id_conflict") is None
    [logged] = [each for each in (await api.get("/events"))["data"] if "widget" in each["event_id"]]
    assert (logged["user_id"], logged["properties"]) == ("ann", {"at": "home"})


async def test_a_browser_can_t_take_ids_from_the_server_or_from_others(
    api: Api, browser: Browser, buddy_id: str
) -> None:
    """Whoever took the id of an event to come would keep it from being counted."""
    await api.send("hello-ben", "played", "ben")
    ben = await _browser(api, (await api.buddy_of("ben"))["id"], user_id="ben")
    sent = {"event_id": "m-1", "type": "played"}
    assert (await browser.call("POST", "/events", json=sent)).status_code == 200
    assert (await ben.call("POST", "/events", json=sent)).json()["coins"] == 7
    assert (await api.send("m-1", "played"))["coins"] == 7
    assert (await api.get(f"/events/widget:{buddy_id}:m-1"))["user_id"] == "ann"


async def test_an_archived_buddy_is_shown_and_does_nothing_any_more(
    api: Api, browser: Browser, buddy_id: str
) -> None:
    await api.post(f"/buddies/{buddy_id}/archive")
    assert (await browser.state())["buddy"]["status"] == "archived"
    wishes = {
        "/events": {"event_id": "e", "type": "played"},
        "/purchases": {"item_id": "cap"},
        "/equip": {"equip": ["crown"]},
    }
    for path, wish in wishes.items():
        assert fault_of(await browser.call("POST", path, json=wish), 409, "conflict") is None
    assert (await api.get("/buddies", params={"user_id": "ann"}))["meta"]["total"] == 1


async def test_a_purchase_and_an_outfit_show_in_the_state(browser: Browser) -> None:
    wish = {"json": {"item_id": "scarf"}, "headers": {"Idempotency-Key": "k-1"}}
    bought = await browser.call("POST", "/purchases", **wish)
    assert (bought.status_code, bought.json()["quantity"]) == (200, 1)
    assert (await browser.call("POST", "/purchases", **wish)).content == bought.content
    worn = await browser.call("POST", "/equip", json={"equip": ["scarf", "crown"]})
    assert worn.status_code == 200
    state = await browser.state()
    assert {item["item_id"] for item in state["items"] if item["is_equipped"]} == {"crown", "scarf"}
    assert state["buddy"]["equipped_items"] == ["scarf", "crown"]
    assert state["pending_operations"] == [worn.json()["operation_id"]]


@pytest.mark.parametrize(
    ("path", "wish", "scope"),
    [
        ("/events", {"event_id": "e", "type": "played"}, "events:track"),
        ("/purchases", {"item_id": "cap"}, "marketplace:purchase"),
        ("/equip", {"equip": ["crown"]}, "items:equip"),
    ],
)
async def test_each_change_needs_its_scope(
    api: Api, buddy_id: str, path: str, wish: dict[str, Any], scope: str
) -> None:
    others = [each for each in SCOPES if each != scope]
    refused = await (await _browser(api, buddy_id, *others)).call("POST", path, json=wish)
    assert fault_of(refused, 403, "forbidden") is None
    assert refused.json()["error"]["details"] == {"required_scope": scope}
    answer = await (await _browser(api, buddy_id, scope)).call("POST", path, json=wish)
    assert answer.status_code == 200, answer.text


async def test_an_embed_token_reads_and_changes_nothing(api: Api, buddy_id: str) -> None:
    wish = {"buddy_id": buddy_id, "user_id": "ann"}
    embedded = Browser(api, (await api.post("/embed-tokens", wish, status=201))["token"])
    assert (await embedded.state())["scopes"] == ["read"]
    answer = await embedded.call("POST", "/purchases", json={"item_id": "cap"})
    assert fault_of(answer, 403, "forbidden") is None
