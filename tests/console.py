"""The console in a real browser: signing in, going somewhere, and what the browser objects to."""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import ConsoleMessage, Page

from tests.browser import Server

WAIT_MS = 10_000

# What the browser itself refused to do for the page's policy.
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
window.clicks = 0;
addEventListener("click", (event) => event.isTrusted && (window.clicks += 1), true);
"""


@dataclass
class Console:
    """A page of a browser in which somebody uses the console of a customer."""

    page: Page
    server: Server
    customer: dict[str, Any]
    objections: list[str] = field(default_factory=list)

    @classmethod
    async def opened(cls, page: Page, server: Server, **more: Any) -> "Console":
        """The sign-in form, for a new customer with the arena's rules."""
        console = cls(page, server, await server.customer(**more))
        page.set_default_timeout(WAIT_MS)
        page.on("console", console._heard)
        await page.add_init_script(WATCH)
        await page.goto(f"{server.url}/console")
        return console

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.objections.append(message.text)

    async def sign_in(self, secret: str | None = None) -> None:
        """Type a key, the customer's own unless another is given."""
        await self.page.get_by_label("Secret key").fill(secret or self.customer["secret_key"])
        await self.page.get_by_role("button", name="Sign in").click()

    async def go(self, address: str) -> None:
        """Follow a link that a colleague sent."""
        await self.page.evaluate("address => { location.hash = address }", address)

    async def send(self, event_id: str, type_: str, user_id: str = "ann", **more: Any) -> Any:
        """Send an event as the customer's game would."""
        event = {"event_id": event_id, "user_id": user_id, "type": type_, **more}
        return await self.call("POST", "/events", event)

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as the customer's server would; its JSON."""
        async with self.server.client(self.customer["secret_key"]) as client:
            answer = await client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None
