"""Widgets on a page of another origin: what they show, to whom, and for how long."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, Request, Route, expect

from app.customers import tokens
from app.customers.tokens import Bearer
from app.kit.clock import SystemClock
from app.kit.principal import Credential
from tests.browser import Server, Site
from tests.widget_pages import ELEMENTS, Game, game_of, in_root, loaded, refresh, widget

pytestmark = pytest.mark.asyncio(loop_scope="session")
ENDED = "This session has ended. Reload the page to go on."


@pytest_asyncio.fixture(loop_scope="session")
async def game(server: Server, site: Site) -> AsyncIterator[Game]:
    async with game_of(server, site) as begun:
        yield begun


async def test_every_widget_shows_the_buddy_under_the_strictest_policy(
    page: Page, game: Game
) -> None:
    """A page needs to allow the server alone: no inline styles, no scripts of others."""
    url = game.server.url
    policy = f"default-src 'none'; script-src {url}; connect-src {url}; img-src {url}"
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    await game.show(page, (await game.session())["token"], head=head)
    await expect(widget(page, "buddy")).to_contain_text("Annimal")
    await expect(widget(page, "buddy")).to_contain_text("Hatchling · stage 1 of 2")
    await expect(widget(page, "tokens")).to_contain_text("30Coins10Experience")
    await expect(widget(page, "streak")).to_contain_text("1 dayDone today")
    await expect(widget(page, "badges").get_by_role("listitem")).to_have_count(2)
    await expect(widget(page, "path").get_by_role("listitem").first).to_contain_text("(done)")
    await expect(widget(page, "leaderboard").get_by_role("listitem")).to_have_text(
        ["1Benimal30", "2Annimal (you)10"]
    )
    buy = widget(page, "marketplace").get_by_role("button", name="Buy: Cap, 10 Coins")
    await expect(buy).to_be_enabled()
    await expect(widget(page, "marketplace").get_by_role("button", name="Crown")).to_be_disabled()
    picture = widget(page, "marketplace").locator("img").first
    await expect(picture).to_have_js_property("naturalWidth", 512)


async def test_all_widgets_share_one_poller_that_says_what_it_has(page: Page, game: Game) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    await game.show(page, (await game.session())["token"])
    states = [each for each in asked if "/widget/state" in each.url and each.method == "GET"]
    assert len(states) == 1
    async with page.expect_response("**/widget/state") as answered:
        await refresh(page)
    answer = await answered.value
    assert answer.status == 304
    assert (await answer.request.all_headers())["if-none-match"]


async def test_a_hidden_page_asks_once_a_minute_and_at_once_when_it_is_seen(
    page: Page, game: Game
) -> None:
    asked: list[str] = []
    page.on("request", lambda each: "/widget/state" in each.url and asked.append(each.url))
    await page.clock.install()
    await game.show(page, (await game.session())["token"], elements=("tokens",))
    hide = "is => { Object.defineProperty(document, 'hidden', {value: is, configurable: true}); "
    hide += "document.dispatchEvent(new Event('visibilitychange')); }"
    await page.evaluate(hide, True)
    await refresh(page)
    asked.clear()
    await page.clock.fast_forward(50_000)
    assert asked == []
    async with page.expect_response("**/widget/state"):
        await page.clock.fast_forward(15_000)
    async with page.expect_response("**/widget/state"):
        await page.evaluate(hide, False)
    async with page.expect_response("**/widget/state"):
        await page.clock.fast_forward(6_000)


async def test_an_expired_token_shows_nothing_and_says_so(page: Page, game: Game) -> None:
    database_key, now = game.server.settings.key, SystemClock().now()
    expired = tokens.mint(
        database_key,
        Credential.EMBED_TOKEN,
        customer_id="c",
        subject=game.buddies["ann"],
        token_id="t",
        issued_at=now - timedelta(hours=2),
        expires_at=now - timedelta(hours=1),
        bearer=Bearer("ann", ("read",), (), is_test=False),
    )
    await page.goto(game.page(f'token="{expired}"'))
    for name in ELEMENTS:
        await expect(widget(page, name)).to_contain_text(ENDED)
    await expect(page.locator("body")).not_to_contain_text("Annimal")


async def test_a_revoked_session_ends_on_the_open_page_and_a_new_token_revives_it(
    page: Page, game: Game
) -> None:
    session = await game.session()
    await game.show(page, session["token"])
    answer = await game.api.delete(f"/widget-sessions/{session['session_id']}")
    assert answer.status_code == 204
    await refresh(page)
    await expect(widget(page, "buddy")).to_contain_text(ENDED)
    await expect(widget(page, "buddy")).not_to_contain_text("Annimal")
    token = (await game.session())["token"]
    await page.eval_on_selector("clutch-root", "(root, token) => root.token = token", token)
    await page.eval_on_selector(
        "clutch-root", "(root, token) => root.setAttribute('token', token)", token
    )
    await expect(widget(page, "buddy")).to_contain_text("Annimal")


async def test_a_page_that_can_get_tokens_gets_the_next_one_by_itself(
    page: Page, game: Game
) -> None:
    first, second = await game.session(), await game.session()
    game.site.publish("token.json", f'{{"token": "{first["token"]}"}}')
    await page.goto(game.page('token-url="/token.json"', elements=("buddy",)))
    await loaded(page)
    await game.api.delete(f"/widget-sessions/{first['session_id']}")
    game.site.publish("token.json", f'{{"token": "{second["token"]}"}}')
    await refresh(page)
    token = second["token"]
    await page.wait_for_function(
        "token => document.querySelector('clutch-root').connection.token === token", arg=token
    )
    await page.wait_for_function("!document.querySelector('clutch-root').connection.problem")
    await expect(widget(page, "buddy")).to_contain_text("Annimal")


async def test_a_token_shows_its_own_buddy_and_opens_no_other(page: Page, game: Game) -> None:
    ann, ben = await game.embed_token(), game.buddies["ben"]
    await game.show(page, ann, elements=("buddy", "badges"))
    assert ben not in str(await in_root(page, "root.connection.state"))
    ask = "([url, token]) => fetch(url, {headers: {Authorization: `Bearer ${token}`}})"
    ask += ".then(answer => answer.status)"
    for path in (f"/buddies/{ben}", f"/buddies/{ben}/items", "/buddies", "/events"):
        assert await page.evaluate(ask, [f"{game.server.url}/api/v1{path}", ann]) == 403
    swap = "(root, token) => root.setAttribute('token', token)"
    await page.eval_on_selector("clutch-root", swap, await game.embed_token("ben"))
    await expect(widget(page, "buddy")).to_contain_text("Benimal")
    await expect(page.get_by_role("status")).not_to_contain_text("New badge")


async def test_a_token_that_is_replaced_while_the_first_is_asked_about_is_the_one_that_counts(
    page: Page, game: Game
) -> None:
    held: list[Route] = []
    await page.route("**/widget/state", lambda route: held.append(route), times=1)
    async with page.expect_request("**/widget/state"):
        await page.goto(game.page(f'token="{await game.embed_token()}"', elements=("buddy",)))
    swap = "(root, token) => root.setAttribute('token', token)"
    await page.eval_on_selector("clutch-root", swap, await game.embed_token("ben"))
    await held[0].continue_()
    await expect(widget(page, "buddy")).to_contain_text("Benimal")


async def test_a_token_for_other_pages_shows_nothing_here(page: Page, game: Game) -> None:
    elsewhere = await game.embed_token(allowed_origins=["https://elsewhere.example"])
    await page.goto(game.page(f'token="{elsewhere}"', elements=("buddy",)))
    await expect(widget(page, "buddy")).to_contain_text("The server does not answer.")
    here = await game.embed_token(allowed_origins=[game.site.origin])
    await game.show(page, here, elements=("buddy",))
    await expect(widget(page, "buddy")).to_contain_text("Annimal")


async def test_an_embed_token_offers_nothing_to_press(page: Page, game: Game) -> None:
    await game.show(page, await game.embed_token(), elements=("marketplace",))
    await expect(widget(page, "marketplace")).to_contain_text("Cap")
    buttons = widget(page, "marketplace").get_by_role("listitem").get_by_role("button")
    await expect(buttons).to_have_count(0)


async def test_the_page_for_frames_is_framed_where_its_token_is_for(page: Page, game: Game) -> None:
    address = f"{game.server.url}/embed?widgets=buddy,streak&theme=dark&token="
    frame = "<!doctype html><iframe src='{}' width=400 height=600></iframe>"
    here = await game.embed_token(allowed_origins=[game.site.origin])
    told = "addEventListener('message', ({data}) => window.told = data)"
    await page.add_init_script(told)
    await page.goto(game.site.publish("frame.html", frame.format(address + here)))
    framed = page.frame_locator("iframe")
    await expect(framed.locator("clutch-buddy section")).to_contain_text("Annimal")
    await expect(framed.locator("clutch-streak section")).to_contain_text("Daily lesson")
    dark = "node => getComputedStyle(node).colorScheme"
    assert await framed.locator("clutch-buddy section").evaluate(dark) == "dark"
    await page.wait_for_function("window.told?.type === 'clutch:height' && told.height > 200")
    other = await game.embed_token(allowed_origins=["https://elsewhere.example"])
    await page.goto(game.site.publish("frame.html", frame.format(address + other)))
    await page.wait_for_load_state()
    assert await framed.locator("clutch-buddy").count() == 0
