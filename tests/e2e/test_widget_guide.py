"""The guide's page about widgets: what it shows is put on a page of another origin and used."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from markdown_it import MarkdownIt
from playwright.async_api import ConsoleMessage, Page, expect

from app.guide.contents import source
from tests.browser import Server, Site
from tests.widget_pages import Game, game_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
LOCAL = "http://localhost:8080"
ITEM = "practice-cap"


def _blocks(language: str) -> list[str]:
    """The blocks of the page that are not run by a shell."""
    parsed = MarkdownIt("commonmark").parse(source("widgets"))
    return [each.content for each in parsed if each.type == "fence" and each.info == language]


@pytest_asyncio.fixture(loop_scope="session")
async def game(server: Server, site: Site) -> AsyncIterator[Game]:
    async with game_of(server, site) as begun:
        yield begun


@pytest.mark.parametrize("number", range(4))
async def test_every_page_it_shows_works_as_it_stands(page: Page, game: Game, number: int) -> None:
    html = _blocks("html")
    assert len(html) == 4
    token = (await game.session())["token"]
    game.site.publish("token.json", json.dumps({"token": token}))
    shown = html[number].replace(LOCAL, game.server.url).replace("TOKEN", token)
    await page.goto(game.site.publish("guide.html", f"<!doctype html>{shown}"))
    place = page.frame_locator("iframe") if "<iframe" in shown else page
    names = [name for name in ("buddy", "badges", "marketplace", "tokens", "streak", "leaderboard")
             if f"<clutch-{name}" in shown]  # fmt: skip
    for name in names or ["buddy", "tokens"]:
        card = place.locator(f"clutch-{name} section")
        await expect(card).to_have_attribute("aria-busy", "false")
        await expect(card.locator(".state")).to_have_count(0)  # neither empty nor in trouble


async def test_the_code_it_shows_does_what_it_says(page: Page, game: Game) -> None:
    [code] = _blocks("js")
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", listen)
    await game.show(page, (await game.session())["token"], elements=("buddy",))
    async with page.expect_console_message(lambda message: message.text == "now: 20"):
        await page.add_script_tag(content=code.replace(ITEM, "cap"), type="module")
    await expect(page.locator("clutch-buddy section")).to_contain_text("20Coins")
    worn = "document.querySelector('clutch-root').connection.state.buddy.equipped_items"
    assert await page.evaluate(worn) == ["cap"]
    assert not [text for text in said if text.startswith("refused")]
