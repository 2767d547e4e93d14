"""What people do with widgets, by hand and by keyboard, with good and bad connections."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.browser import Server, Site
from tests.hathora_support import until
from tests.widget_pages import Game, game_of, in_root, loaded, refresh, widget

pytestmark = pytest.mark.asyncio(loop_scope="session")
STATE = "root.connection.state"


@pytest_asyncio.fixture(loop_scope="session")
async def game(server: Server, site: Site) -> AsyncIterator[Game]:
    async with game_of(server, site) as begun:
        yield begun


async def test_a_purchase_shows_before_the_server_has_answered(page: Page, game: Game) -> None:
    held: list[Route] = []
    await page.route("**/widget/purchases", lambda route: held.append(route))
    await game.show(page, (await game.session())["token"])
    shop = widget(page, "marketplace")
    await shop.get_by_role("button", name="Buy: Cap").click()
    await expect(shop.get_by_role("button", name="Wear: Cap")).to_be_visible()
    await expect(widget(page, "tokens")).to_contain_text("20Coins")
    assert (await game.api.get(f"/buddies/{game.buddies['ann']}")).json()["coins"] == 30
    async with page.expect_response("**/widget/state"):
        await held[0].continue_()
    await expect(widget(page, "tokens")).to_contain_text("20Coins")
    assert (await game.api.get(f"/buddies/{game.buddies['ann']}")).json()["coins"] == 20


async def test_a_purchase_that_is_refused_is_taken_back_and_explained(
    page: Page, game: Game
) -> None:
    held: list[Route] = []
    await page.route("**/widget/purchases", lambda route: held.append(route))
    await game.show(page, (await game.session())["token"])
    spend = {"amount": 25, "reason": "elsewhere"}
    await game.post(f"/buddies/{game.buddies['ann']}/coins/spend", spend)
    shop = widget(page, "marketplace")
    await shop.get_by_role("button", name="Buy: Cap").click()
    await expect(shop.get_by_role("button", name="Wear: Cap")).to_be_visible()
    await held[0].continue_()
    await expect(page.get_by_role("alert")).to_have_text("There is not enough to pay for this.")
    await expect(shop.get_by_role("button", name="Buy: Cap")).to_be_disabled()
    await expect(widget(page, "tokens")).to_contain_text("5Coins")


async def test_a_purchase_whose_answer_is_lost_is_sent_again_and_made_once(
    page: Page, game: Game
) -> None:
    keys: list[str] = []

    async def lose_the_first(route: Route) -> None:
        keys.append((await route.request.all_headers())["idempotency-key"])
        answer = await route.fetch()
        await (route.abort() if len(keys) == 1 else route.fulfill(response=answer))

    await page.route("**/widget/purchases", lose_the_first)
    await game.show(page, (await game.session())["token"])
    await widget(page, "marketplace").get_by_role("button", name="Buy: Cap").click()
    await page.wait_for_function("document.querySelector('clutch-root').connection")
    async with page.expect_response("**/widget/state"):
        pass
    assert keys == [keys[0]] * 2
    assert (await game.api.get(f"/buddies/{game.buddies['ann']}")).json()["coins"] == 20
    await expect(widget(page, "tokens")).to_contain_text("20Coins")


async def test_buying_and_wearing_take_a_keyboard_alone(page: Page, game: Game) -> None:
    await game.show(page, (await game.session())["token"], elements=("marketplace",))
    focused = "document.activeElement.shadowRoot?.activeElement?.ariaLabel"
    await expect(widget(page, "marketplace")).to_contain_text("Cap")
    seen = []
    for _ in range(3):  # two tabs, then the first thing to buy
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(focused))
    assert seen[-1] == "Buy: Cap, 10 Coins"
    for text in ("Wear: Cap", "Take off: Cap", "Wear: Cap"):
        async with page.expect_response("**/widget/state"):
            await page.keyboard.press("Enter")
        await page.wait_for_function(f"text => {focused} === text", arg=text, timeout=4000)
    assert await in_root(page, f"{STATE}.buddy.equipped_items") == []


async def test_wearing_something_takes_off_what_is_worn_there(page: Page, game: Game) -> None:
    coins = {"amount": 600, "reason": "luck"}
    await game.post(f"/buddies/{game.buddies['ann']}/coins", coins)
    await game.show(page, (await game.session())["token"], elements=("marketplace",))
    shop = widget(page, "marketplace")
    for name in ("Cap", "Crown"):
        for verb in ("Buy", "Wear"):
            async with page.expect_response("**/widget/state"):
                await shop.get_by_role("button", name=f"{verb}: {name}").click()
    await expect(shop.get_by_role("button", name="Take off: Crown")).to_be_visible()
    await expect(shop.get_by_role("button", name="Wear: Cap")).to_be_visible()
    assert await in_root(page, f"{STATE}.buddy.equipped_items") == ["crown"]


async def test_without_a_connection_it_says_so_and_goes_on_by_itself(
    page: Page, context: BrowserContext, game: Game
) -> None:
    await game.show(page, (await game.session())["token"])
    await context.set_offline(True)
    await expect(page.get_by_role("status")).to_have_text("You are offline")
    await expect(page.locator("clutch-root .notice")).to_be_visible()
    await expect(widget(page, "tokens")).to_contain_text("30Coins")
    shop = widget(page, "marketplace")
    await shop.get_by_role("button", name="Buy: Cap").click()
    await expect(page.get_by_role("alert")).to_have_text("You are offline. Nothing was changed.")
    await expect(shop.get_by_role("button", name="Buy: Cap")).to_be_enabled()
    coins = {"amount": 5, "reason": "meanwhile"}
    await game.post(f"/buddies/{game.buddies['ann']}/coins", coins)
    await context.set_offline(False)
    await expect(widget(page, "tokens")).to_contain_text("35Coins")
    await expect(page.get_by_role("status")).to_have_text("")


async def test_a_badge_is_celebrated_once_and_leaves_when_it_is_told_to(
    page: Page, game: Game
) -> None:
    await game.show(page, (await game.session())["token"])
    heard = "window.heard = []; for (const name of ['badge', 'stage', 'streak']) "
    heard += "addEventListener(`clutch:${name}`, ({detail}) => heard.push(detail.badge_key))"
    await page.evaluate(heard)
    for number in (2, 3):
        await game.lesson(f"a-{number}")
    await refresh(page)
    prize = page.get_by_role("group", name="New badge")
    await expect(prize).to_contain_text("Three lessons")
    await expect(page.get_by_role("status")).to_contain_text("New badge: Three lessons")
    assert await page.locator("clutch-root .piece").count() > 20
    await prize.get_by_role("button", name="Close").click()
    await expect(prize).to_have_count(0)
    await refresh(page)
    await expect(prize).to_have_count(0)
    assert await page.evaluate("heard") == ["third"]
    won = widget(page, "badges").get_by_role("listitem").filter(has_text="Three lessons")
    await expect(won).to_contain_text("Won ")


async def test_what_was_won_while_the_page_was_closed_is_celebrated_on_the_next_visit(
    page: Page, game: Game
) -> None:
    await game.show(page, (await game.session())["token"], elements=("badges",))
    await expect(page.get_by_role("group", name="New badge")).to_have_count(0)
    await page.goto("about:blank")
    for number in (2, 3):
        await game.lesson(f"a-{number}")
    await game.show(page, (await game.session())["token"], elements=("badges",))
    await expect(page.get_by_role("group", name="New badge")).to_contain_text("Three lessons")


async def test_whoever_asked_for_less_motion_gets_the_news_without_the_show(
    browser: Browser, game: Game
) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    page = await context.new_page()
    await game.show(page, (await game.session())["token"], elements=("badges", "buddy"))
    for number in range(2, 11):
        await game.lesson(f"a-{number}")
    await until(partial(_has_grown, game))
    await refresh(page)
    prize = page.get_by_role("group", name="New badge")
    await expect(prize).to_be_visible()
    assert await page.locator("clutch-root .piece").count() == 0
    assert await prize.evaluate("node => getComputedStyle(node).animationName") == "none"
    await prize.get_by_role("button", name="Close").press("Escape")
    grown = page.get_by_role("group", name="Your buddy has grown")
    await expect(grown).to_contain_text("Annimal is now a Scholar")
    await context.close()


async def _has_grown(game: Game) -> bool:
    buddy = (await game.api.get(f"/buddies/{game.buddies['ann']}")).json()
    return bool(buddy["evolution_stage"] == 2)


async def test_a_page_sends_events_and_sees_at_once_what_they_did(page: Page, game: Game) -> None:
    await game.show(page, (await game.session())["token"], elements=("tokens",))
    effects = await in_root(page, "root.connection.track('lesson', {score: 3}, 'click-1')")
    assert effects["tokens"] == ["xp:10"]
    await expect(widget(page, "tokens")).to_contain_text("20Experience")
    await in_root(page, "root.connection.track('lesson', {score: 3}, 'click-1')")
    await loaded(page)
    await expect(widget(page, "tokens")).to_contain_text("20Experience")


async def test_a_page_can_dress_widgets_in_its_own_colours(page: Page, game: Game) -> None:
    head = "<style>:root { --hw-accent: rgb(1, 2, 3); --hw-radius: 3px }</style>"
    token = (await game.session())["token"]
    await game.show(page, token, elements=("marketplace",), head=head)
    buy = widget(page, "marketplace").get_by_role("button", name="Buy: Cap")
    colour = "node => getComputedStyle(node).backgroundColor"
    assert await buy.evaluate(colour) == "rgb(1, 2, 3)"
    radius = "node => getComputedStyle(node).borderRadius"
    assert await widget(page, "marketplace").evaluate(radius) == "3px"
