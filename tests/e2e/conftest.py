"""What the browser's tests share: one Chromium and one server a test process.

They live on the loop of the session, so a file of browser tests begins with
`pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser import Server, Site, running_browser, running_server, running_site
from tests.conftest import MASTER_KEY


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with running_browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that has seen nothing yet: no cookies, no storage, no cache."""
    opened = await browser.new_context()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """An empty page; a fault that a script of it does not catch fails the test."""
    opened = await context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    assert faults == []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """A real server that keeps running; each test makes a customer of its own."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, sqlite_template, MASTER_KEY) as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web site of another origin than the server's."""
    with running_site(tmp_path_factory.mktemp("site")) as started:
        yield started
