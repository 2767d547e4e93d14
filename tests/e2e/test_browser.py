"""The browser and the server that the browser tests stand on."""

import pytest
from playwright.async_api import Page

from tests.browser import Server, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_of_another_origin_reads_what_is_public_and_no_more(
    page: Page, server: Server, site: Site
) -> None:
    customer = await server.customer()
    await page.goto(site.publish("blank.html", "<!doctype html><title>Elsewhere</title>"))
    secret = f"Bearer {customer['secret_key']}"
    ask = "([url, key]) => fetch(url, {headers: {Authorization: key}}).then(r => r.status)"
    status = "url => fetch(url).then(answer => answer.status)"
    assert await page.evaluate(status, f"{server.url}/health/live") == 200
    with pytest.raises(Exception, match="Failed to fetch"):
        await page.evaluate(ask, [f"{server.url}/api/v1/buddies", secret])
    async with server.client(customer["secret_key"]) as client:
        assert (await client.get("/buddies")).status_code == 200
