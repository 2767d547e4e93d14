"""`scripts/widget_demo` as a curious person runs it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.hathora_support import free_port
from tests.widget_pages import loaded, widget

pytestmark = pytest.mark.asyncio(loop_scope="session")
DEMO = Path(__file__).parents[2] / "scripts" / "widgets"
STOP_SECONDS = 30


@pytest.fixture
def address() -> Iterator[str]:
    """Where the demonstration's page is."""
    port = free_port()
    command = [sys.executable, str(DEMO), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == f"Open http://localhost:{port} - Ctrl-C ends it.\n"
        yield f"http://localhost:{port}"
        demo.send_signal(signal.SIGINT)
        assert demo.wait(STOP_SECONDS) == 0


async def test_pressing_the_button_shows_at_once_what_a_lesson_gives(
    page: Page, address: str
) -> None:
    await page.goto(address)
    await loaded(page)
    await expect(widget(page, "buddy")).to_contain_text("stage 1 of 5")
    await expect(widget(page, "leaderboard")).to_contain_text("Ann (you)")
    before = await widget(page, "tokens").inner_text()
    await page.get_by_role("button", name="Finish a lesson").click()
    await expect(widget(page, "tokens")).not_to_have_text(before)
