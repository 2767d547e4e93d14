"""Pages of a customer's web site that show widgets, and what goes on behind them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.async_api import Locator, Page, expect

from tests.browser import Server, Site
from tests.items_support import FREE, priced

SCOPES = ("read", "events:track", "marketplace:purchase", "items:equip")
ELEMENTS = ("buddy", "tokens", "streak", "badges", "path", "marketplace", "leaderboard")
RULES: dict[str, Any] = {
    "event_types": [{"key": "lesson"}],
    "tokens": [
        {"key": "coins", "label": "Coins", "kind": "primary"},
        {"key": "xp", "label": "Experience", "kind": "progression"},
    ],
    "token_rules": [{"key": "pay", "event_type": "lesson", "token": "xp", "amount": 10}],
    "badges": [
        {
            "key": "first",
            "label": "First lesson",
            "description": "Finish a lesson.",
            "when": {"type": "event_count", "event_type": "lesson", "gte": 1},
        },
        {
            "key": "third",
            "label": "Three lessons",
            "description": "Finish three lessons.",
            "when": {"type": "event_count", "event_type": "lesson", "gte": 3},
        },
    ],
    "streaks": [
        {
            "key": "daily",
            "label": "Daily lesson",
            "kind": "daily",
            "event_types": ["lesson"],
            "milestones": [{"at": 7, "tokens": {"coins": 50}}],
        }
    ],
    "evolution": {
        "auto_evolve": True,
        "stages": [
            {"stage": 1, "label": "Hatchling"},
            {
                "stage": 2,
                "label": "Scholar",
                "conditions": [{"type": "lifetime_earned", "token": "xp", "gte": 100}],
            },
        ],
    },
    "items": [
        priced("cap", "head", name="Cap", preset_id="green-cap"),
        priced("crown", "head", name="Crown", price=[{"token": "coins", "amount": 500}]),
        priced("scarf", "neck", name="Scarf", price=FREE),
    ],
    "paths": [
        {
            "key": "start",
            "label": "The start",
            "is_active": True,
            "steps": [
                {
                    "key": "one",
                    "label": "A first lesson",
                    "complete_when": {"type": "event_count", "event_type": "lesson", "gte": 1},
                },
                {"key": "two", "label": "Say hello"},
            ],
        }
    ],
    "leaderboards": [
        {
            "key": "xp",
            "label": "Most experience",
            "metric": {"type": "tokens_earned", "token": "xp"},
        }
    ],
}


@dataclass(frozen=True)
class Game:
    """A customer with players, and a web site of another origin than the server's."""

    server: Server
    site: Site
    api: httpx.AsyncClient
    buddies: dict[str, str]

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.api.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def lesson(self, event_id: str, user_id: str = "ann") -> Any:
        """The user finishes a lesson."""
        return await self.post(
            "/events", {"event_id": event_id, "user_id": user_id, "type": "lesson"}
        )

    async def session(self, user_id: str = "ann", **wish: Any) -> dict[str, Any]:
        """A widget session of a user: `{token, session_id, …}`."""
        bound = {"buddy_id": self.buddies[user_id], "user_id": user_id, "scopes": list(SCOPES)}
        made: dict[str, Any] = await self.post("/widget-sessions", bound | wish)
        return made

    async def embed_token(self, user_id: str = "ann", **wish: Any) -> str:
        bound = {"buddy_id": self.buddies[user_id], "user_id": user_id}
        return str((await self.post("/embed-tokens", bound | wish))["token"])

    def page(self, root: str, *, elements: tuple[str, ...] = ELEMENTS, head: str = "") -> str:
        """Put a page on the site whose root has these attributes; its address."""
        widgets = "".join(f"<clutch-{name}></clutch-{name}>" for name in elements)
        script = f'<script type="module" src="{self.server.url}/widget.js"></script>'
        frame = f'<!doctype html><html lang="en"><meta charset="utf-8">{head}<title>Shop</title>'
        return self.site.publish(
            "page.html", f"{frame}{script}<clutch-root {root}>{widgets}</clutch-root></html>"
        )

    async def show(self, page: Page, token: str, **more: Any) -> None:
        """Open a page with a token and wait until it shows the state."""
        await page.goto(self.page(f'token="{token}"', **more))
        await loaded(page)


@asynccontextmanager
async def game_of(server: Server, site: Site) -> AsyncIterator[Game]:
    """Ann with one lesson and 30 coins, and Ben with three lessons."""
    customer = await server.customer(None)
    async with server.client(customer["secret_key"]) as api:
        game = Game(server, site, api, {})
        draft = await game.post("/config-versions", {"document": RULES})
        await game.post(f"/config-versions/{draft['id']}/publish", {})
        await game.lesson("a-1")
        for number in range(3):
            await game.lesson(f"b-{number}", "ben")
        for user_id in ("ann", "ben"):
            found = (await api.get("/buddies", params={"user_id": user_id})).json()
            game.buddies[user_id] = found["data"][0]["id"]
            name = {"name": user_id.title() + "imal"}
            await api.patch(f"/buddies/{game.buddies[user_id]}", json=name)
        coins = {"amount": 30, "reason": "welcome"}
        await game.post(f"/buddies/{game.buddies['ann']}/coins", coins)
        yield game


async def loaded(page: Page) -> None:
    """Wait until the widgets show a state, or why there is none."""
    first = page.locator("clutch-root > * >> section").first
    await expect(first).to_have_attribute("aria-busy", "false")


async def refresh(page: Page) -> None:
    """Let the page ask at once what it would ask some seconds later."""
    await page.evaluate("document.querySelector('clutch-root').connection.refresh()")


def widget(page: Page, name: str) -> Locator:
    """A widget's card."""
    return page.locator(f"clutch-{name} section")


async def in_root(page: Page, expression: str) -> Any:
    """What an expression about the root `root` is, as JSON."""
    script = f"() => {{ const root = document.querySelector('clutch-root'); return {expression}; }}"
    return json.loads(json.dumps(await page.evaluate(script)))
