"""What can be changed in the console, in headless Chromium: each after a dialog has told what."""

import json

import pytest
from playwright.async_api import Page, expect

from tests.browser import Server
from tests.console import Console
from tests.integration.webhook_receivers import receiver

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_delivery_is_sent_again_once_it_was_confirmed(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    async with receiver() as there:
        endpoint = {"url": there.url, "events": ["badge.awarded"]}
        await console.call("POST", "/webhook-configs", endpoint)
        await console.send("e-1", "match_won", "ann")
        await there.until(lambda: len(there.received) == 1)
        await console.sign_in()
        await console.go("#/deliveries")
        await page.get_by_role("link", name="badge.awarded").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("succeeded")
        await page.get_by_role("button", name="Send again").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("with the same body and a fresh signature")
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(dialog).to_have_count(0)
        assert len(there.received) == 1
        await page.get_by_role("button", name="Send again").click()
        await dialog.get_by_role("button", name="Send again").click()
        await there.until(lambda: len(there.received) == 2)
        attempts = page.get_by_role("region", name="Attempts")
        await expect(attempts.locator("tbody tr")).to_have_count(2)
        await expect(attempts.locator("tbody tr").last).to_contain_text("200")
        first, second = there.received
        assert first.body == second.body
        await page.get_by_role("link", name="e-1").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Why ann got")


async def test_a_draft_is_changed_rehearsed_and_published(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.send("m-1", "match_completed", "ann")
    await console.sign_in()
    await console.go("#/rules")
    await page.get_by_role("button", name="New draft").click()
    await page.get_by_role("dialog").get_by_role("button", name="Make the draft").click()
    text = page.get_by_role("textbox", name="The document as JSON")
    document = json.loads(await text.input_value())
    await text.fill("{")
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.get_by_role("alert")).to_contain_text("This is no JSON")
    [rule] = [each for each in document["token_rules"] if each["key"] == "show-up-coins"]
    rule["amount"] = 12
    await text.fill(json.dumps(document))
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()

    await page.get_by_role("link", name="Changes").click()
    changes = page.get_by_role("region", name="Changes")
    await expect(changes.locator("tbody tr")).to_have_count(1)
    await expect(changes).to_contain_text("/token_rules/show-up-coins/amount")
    await page.get_by_role("link", name="Checks").click()
    await expect(page.locator("main")).to_contain_text("It could be published")
    await page.get_by_role("link", name="Dry run").click()
    await page.get_by_role("button", name="Run").click()
    await expect(page.locator("main")).to_contain_text("1 event of 1 buddy")
    row = page.get_by_role("region", name="Rules").get_by_role("row", name="rule:show-up-coins")
    await expect(row).to_contain_text("+2")

    version = page.url.split("/")[-1].split("?")[0]
    await page.get_by_role("button", name="Publish …").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("1 change against the rules in force now")
    assert (await console.call("GET", f"/config-versions/{version}"))["status"] == "draft"
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("published")
    assert (await console.call("GET", f"/config-versions/{version}"))["status"] == "published"


async def test_a_draft_with_faults_stays_a_draft_and_says_why(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    faulty = {"document": {"token_rules": [{"key": "x", "event_type": "nope", "token": "gold"}]}}
    draft = await console.call("POST", "/config-versions", faulty)
    await console.sign_in()
    await console.go(f"#/rules/{draft['id']}?tab=faults")
    await expect(page.get_by_role("region", name="Faults")).to_contain_text("/token_rules/0")
    await page.get_by_role("button", name="Publish …").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Publish").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("/document/token_rules/0")
    assert (await console.call("GET", f"/config-versions/{draft['id']}"))["status"] == "draft"


async def test_a_key_is_made_shown_once_and_revoked(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.sign_in()
    await console.go("#/keys")
    await page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Label").fill("shop")
    await dialog.get_by_label("Scopes").fill("read:nonsense")
    await dialog.get_by_role("button", name="Make the key").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("has no such scope")
    await dialog.get_by_label("Scopes").fill("read:buddies read:events")
    await dialog.get_by_role("button", name="Make the key").click()
    secret = await page.get_by_label("The new secret key").input_value()
    async with server.client(secret) as client:
        assert (await client.get("/events")).status_code == 200
        assert (await client.get("/api-keys")).status_code == 403
    await page.get_by_role("button", name="I have kept it").click()
    row = page.get_by_role("row", name="shop")
    await expect(row).to_contain_text("active")
    assert secret not in await page.content()
    await page.get_by_role("button", name="Revoke shop").click()
    await expect(page.get_by_role("dialog")).to_contain_text(f"ends with {secret[-4:]}")
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row).to_contain_text("revoked")
    async with server.client(secret) as client:
        assert (await client.get("/events")).status_code == 401


async def test_renewing_the_own_key_ends_the_session(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.sign_in()
    await console.go("#/keys")
    await page.get_by_role("button", name="Renew first key").click()
    await expect(page.get_by_role("dialog")).to_contain_text("this session ends with it")
    await page.get_by_role("dialog").get_by_role("button", name="Renew").click()
    secret = await page.get_by_label("The new secret of").input_value()
    await page.get_by_role("button", name="I have kept it").click()
    await expect(page.get_by_role("alert")).to_contain_text("The session has ended")
    await console.sign_in(secret)
    await expect(page.get_by_role("heading", name="Keys")).to_be_visible()


async def test_everything_can_be_reached_by_keyboard(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.send("e-1", "match_won", "ann")
    await console.send("e-2", "match_lost", "bob")
    await console.sign_in()
    await expect(page.get_by_role("heading", name="Live events")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Why ann got")
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await expect(page.get_by_role("heading", name="Players")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("bo")
    await expect(page.get_by_role("option", name="Player bob")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("bob")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("search a player or an id")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_economy_is_drawn_and_its_numbers_are_there(page: Page, server: Server) -> None:
    console = await Console.opened(page, server)
    await console.send("e-1", "match_completed", "ann", properties={"score": 40})
    ann = (await console.call("GET", "/buddies"))["data"][0]
    fee = {"amount": 15, "reason": "Entry fee"}
    await console.call("POST", f"/buddies/{ann['id']}/coins/spend", fee)
    await console.sign_in()
    await console.go("#/economy?token=coins&days=7")
    flows = page.get_by_role("img", name="Inflow and outflow of coins by day")
    await expect(flows.locator("rect.bar-in")).to_have_count(7)
    hint = flows.locator("g.mark").last.locator("title")
    await expect(hint).to_contain_text("30 in, 15 out")
    heights = "bars => bars.map(bar => Number(bar.getAttribute('height')))"
    ins = await flows.locator("rect.bar-in").evaluate_all(heights)
    outs = await flows.locator("rect.bar-out").evaluate_all(heights)
    assert ins[:-1] == [0] * 6
    assert ins[-1] == pytest.approx(2 * outs[-1], rel=0.01)
    await expect(page.locator(".stat", has_text="Velocity")).to_contain_text("100 %")
    await console.go("#/ledger")
    await page.get_by_role("link", name="admin").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ledger of admin")
    moved = page.get_by_role("region", name="Movements")
    await expect(moved.locator("tbody tr")).to_have_count(1)
    await expect(moved).to_contain_text("ann → admin")
