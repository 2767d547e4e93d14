"""The console in headless Chromium, against a real server."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from app.console.models import console_session
from app.kit.clock import EPOCH, SystemClock
from app.kit.db import Database
from tests.browser import Server, Site
from tests.console import Console

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = ("events", "players", "ledger", "economy", "matches", "deliveries", "rules", "keys")
HOSTILE = "<img src=x onerror=hacked=1><script>hacked=1</script>"


async def test_a_secret_key_opens_the_console_and_a_wrong_one_does_not(
    page: Page, server: Server
) -> None:
    console = await Console.opened(page, server)
    await console.sign_in("hatch_live_wrong")
    await expect(page.get_by_role("alert")).to_contain_text("This key is not valid here")
    await console.sign_in()
    await expect(page.get_by_role("heading", name="Live events")).to_be_visible()
    [cookie] = await page.context.cookies(f"{server.url}/api/v1/events")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/api/v1")
    kept = await page.evaluate("document.cookie + JSON.stringify(localStorage) + location.href")
    assert console.customer["secret_key"] not in kept
    assert "clutch_console" not in kept
    await page.reload()
    await expect(page.get_by_text("No events yet.")).to_be_visible()


async def test_a_newcomer_finds_in_three_clicks_why_a_player_got_30_coins(
    page: Page, server: Server
) -> None:
    console = await Console.opened(page, server)
    await console.send("m-1", "match_completed", "ann", properties={"score": 40})
    await console.send("m-2", "match_completed", "bob", properties={"score": 70})
    await console.sign_in()
    await expect(page.get_by_role("heading", name="Live events")).to_be_visible()
    await page.evaluate("window.clicks = 0")

    await page.get_by_role("combobox", name="Search").click()
    await page.keyboard.type("an")
    await page.get_by_role("option", name="Player ann").click()
    await page.get_by_role("row", name="+30 coins").get_by_text("Why?").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Why ann got +30 coins")
    moved = page.get_by_role("region", name="Movements")
    await expect(moved.get_by_role("row", name="rule:show-up-coins")).to_contain_text("+10 coins")
    await expect(moved.get_by_role("row", name="rule:score-coins")).to_contain_text("+20 coins")
    await expect(moved).to_contain_text("Half the score, at most 60 a match.")
    assert await page.evaluate("window.clicks") == 3


async def test_what_happens_appears_in_the_log_by_itself(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.send("before", "match_lost", "ann")
    await console.sign_in()
    await expect(page.get_by_role("row", name="match_lost")).to_be_visible()
    await console.send("after", "match_won", "zoe")
    row = page.get_by_role("row", name="match_won")
    await expect(row).to_contain_text("zoe", timeout=10_000)
    await expect(page.locator("tbody tr")).to_have_count(2)
    await expect(page.locator("tbody tr").first).to_contain_text("match_won")


async def test_every_view_keeps_to_the_policy(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.send("m-1", "match_won", "ann", properties={"score": 40})
    answer = await page.request.get(f"{server.url}/console/main.js")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    await console.sign_in()
    versions = await console.call("GET", "/config-versions")
    rules = versions["data"][0]["id"]
    deep = ("players/ann", "players/ann?tab=events", "players/ann?tab=standing", "events/m-1")
    more = tuple(f"rules/{rules}?tab={tab}" for tab in ("changes", "faults", "dryrun", "document"))
    for view in (*VIEWS, *deep, *more):
        await console.go(f"#/{view}")
        here = page.locator(f"nav.side a[data-view={re.split('[/?]', view)[0]}]")
        await expect(here).to_have_attribute("aria-current", "page")
        await expect(page.locator("main h1")).to_be_visible()
    assert console.objections == []
    assert await page.evaluate("window.refused") == []
    await page.evaluate(
        """() => { const script = document.createElement("script");
                   try { script.textContent = "window.hacked = 1" } catch {}
                   document.body.setAttribute("style", "color: red");
                   document.body.append(script) }"""
    )
    await expect(page.locator("body")).to_be_visible()
    refused = " ".join(await page.evaluate("window.refused"))
    assert "require-trusted-types-for" in refused
    assert "style-src" in refused
    assert await page.evaluate("window.hacked") is None


async def test_what_players_and_customers_write_is_text(page: Page, server: Server) -> None:
    console = await Console.opened(page, server, preset=None)
    rules: dict[str, Any] = {
        "event_types": [{"key": "play", "label": HOSTILE}],
        "tokens": [{"key": "coins", "label": HOSTILE, "kind": "primary", "default": True}],
        "token_rules": [
            {
                "key": "play",
                "label": HOSTILE,
                "description": HOSTILE,
                "event_type": "play",
                "token": "coins",
                "amount": 30,
            }
        ],
    }
    draft = await console.call("POST", "/config-versions", {"document": rules})
    await console.call("POST", f"/config-versions/{draft['id']}/publish")
    await console.send("e-1", "play", "ann", properties={HOSTILE: HOSTILE})
    await console.call("PATCH", "/users/ann", {"display_name": HOSTILE})
    [buddy] = (await console.call("GET", "/buddies"))["data"]
    await console.call("PATCH", f"/buddies/{buddy['id']}", {"name": HOSTILE})
    gift = {"amount": 5, "reason": HOSTILE, "reference_id": HOSTILE}
    await console.call("POST", f"/buddies/{buddy['id']}/coins", gift)
    await console.call("POST", "/api-keys", {"label": HOSTILE})
    await console.sign_in()
    views = ("events/e-1", "players/ann", "players", "ledger", f"rules/{draft['id']}", "keys")
    for view in (*views, f"rules/{draft['id']}?tab=document", "players/ann?tab=standing"):
        await console.go(f"#/{view}")
        await expect(page.locator("main h1")).to_be_visible()
        if "standing" not in view and not view.startswith("rules"):
            await expect(page.locator("main")).to_contain_text("<img src=x onerror=")
    assert await page.locator("img[src=x]").count() == 0
    assert await page.evaluate("window.hacked") is None
    assert await page.evaluate("window.refused") == []


async def test_an_ended_session_asks_for_the_key_and_comes_back(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.sign_in()
    await console.go("#/players")
    await expect(page.get_by_role("heading", name="Players")).to_be_visible()
    database = Database(server.settings.url, SystemClock(), server.settings.key)
    async with database.begin(console.customer["customer_id"]) as tx:
        mine = console_session.c.customer_id == tx.customer_id
        assert await tx.execute(update(console_session).where(mine).values(expires_at=EPOCH)) == 1
    await database.close()
    await console.go("#/keys")
    await expect(page.get_by_role("alert")).to_contain_text("The session has ended")
    await console.sign_in()
    await expect(page.get_by_role("heading", name="Keys")).to_be_visible()


async def test_signing_out_ends_the_session_for_whoever_has_the_cookie(
    page: Page, server: Server
) -> None:
    console = await Console.opened(page, server)
    await console.sign_in()
    await expect(page.get_by_text("No events yet.")).to_be_visible()
    [stolen] = await page.context.cookies(f"{server.url}/api/v1/events")
    headers = {"Cookie": f"{stolen['name']}={stolen['value']}", "X-Clutch-Console": "1"}
    async with server.client("") as client:
        del client.headers["Authorization"]
        assert (await client.get("/api-keys", headers=headers)).status_code == 200
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("alert")).to_contain_text("You have signed out")
        assert (await client.get("/api-keys", headers=headers)).status_code == 401


async def test_a_page_of_the_same_site_cannot_ride_on_the_session(
    page: Page, server: Server, site: Site
) -> None:
    """SameSite lets the cookie through from another port; the header and the origin do not."""
    console = await Console.opened(page, server)
    await console.sign_in()
    await expect(page.get_by_role("heading", name="Live events")).to_be_visible()
    before = await console.call("GET", "/api-keys")
    site.publish("attack.html", "<!doctype html><title>Win a prize</title>")
    attacker = await page.context.new_page()
    sent: list[dict[str, str]] = []
    wire = await page.context.new_cdp_session(attacker)
    wire.on("Network.requestWillBeSentExtraInfo", lambda told: sent.append(told["headers"]))
    await wire.send("Network.enable")
    await attacker.goto(site.origin.replace("localhost", "127.0.0.1") + "/attack.html")
    ride = """async ([url, mode, headers]) => {
        const body = JSON.stringify({label: "mine"});
        const told = { method: "POST", credentials: "include", mode, headers, body };
        await fetch(url, told).catch(() => null); }"""
    url = f"{server.url}/api/v1/api-keys"
    async with attacker.expect_response(url) as refusal:
        await attacker.evaluate(ride, [url, "no-cors", {}])
    assert (await refusal.value).status == 401
    [headers] = [each for each in sent if "Cookie" in each]
    assert headers["Cookie"].startswith("clutch_console=")
    assert headers["Sec-Fetch-Site"] == "same-site"
    async with attacker.expect_event("requestfailed"):
        ours = {"X-Clutch-Console": "1", "Content-Type": "application/json"}
        await attacker.evaluate(ride, [url, "cors", ours])
    assert await console.call("GET", "/api-keys") == before
