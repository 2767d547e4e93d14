"""Every recipe of the cookbook can be published, and does what it says."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from markdown_it import MarkdownIt

from app.guide.contents import source
from app.kit.clock import to_text
from tests.factories import Api, ManualClock


@dataclass(frozen=True)
class Recipe:
    """A piece of a document, events, and the effects that they must have at least."""

    title: str
    document: dict[str, Any]
    events: list[dict[str, Any]]
    effects: list[dict[str, Any]]


def recipes() -> Iterator[Recipe]:
    title, base = "", {}
    found: dict[str, Any] = {}
    tokens = MarkdownIt("commonmark").parse(source("rules"))
    for token, following in itertools.pairwise(tokens):
        if token.type == "heading_open":
            title = following.content
        words = token.info.split() if token.type == "fence" else []
        if words[:1] != ["json"] or len(words) < 2:
            continue
        found[words[1]] = json.loads(token.content)
        if words[1] == "base":
            base = found["base"]
        if words[1] == "then":
            yield Recipe(title, _merged(base, found["rule"]), found["when"], found["then"])


def _merged(base: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    lists = {name: base.get(name, []) + piece[name] for name in piece if name in base}
    return {**base, **piece, **lists}


RECIPES = list(recipes())


def test_the_cookbook_has_recipes() -> None:
    assert len(RECIPES) > 10
    assert all(len(recipe.events) == len(recipe.effects) for recipe in RECIPES)


async def test_every_recipe_does_what_it_says(api: Api, clock: ManualClock) -> None:
    for number, recipe in enumerate(RECIPES):
        draft = await api.post("/config-versions", {"document": recipe.document}, status=201)
        await api.post(f"/config-versions/{draft['id']}/publish")
        answers = [
            await _send(api, clock, f"r{number}-{index}", f"player-{number}", event)
            for index, event in enumerate(recipe.events)
        ]
        said = [
            {name: answer.get(name) for name in effects}
            for answer, effects in zip(answers, recipe.effects, strict=True)
        ]
        if "error" in recipe.effects[0]:
            said = [{"error": {"code": answer["error"]["code"]}} for answer in answers]
        assert said == recipe.effects, recipe.title


async def _send(
    api: Api, clock: ManualClock, event_id: str, user_id: str, event: dict[str, Any]
) -> Any:
    days = event.get("days_ago", 0)
    body = {name: value for name, value in event.items() if name != "days_ago"}
    if days:
        body["occurred_at"] = to_text(clock.now() - timedelta(days=days))
    answer = await api.call(
        "POST", "/events", json=body | {"event_id": event_id, "user_id": user_id}
    )
    return answer.json()
