"""The presets that come with the service are valid, and play like a game's economy."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import app.configs
from app.engine.config import compile, validate
from app.engine.decide import Decision, after_change
from app.engine.document_items import Category
from app.engine.effects import EvolutionReady
from app.engine.events import Event
from app.engine.matches import LineResult, MatchLine, MatchResultFacts, Outcome, lines_to_events
from app.engine.state import BuddyState
from tests.unit.engine_support import at, decided

PRESETS = Path(app.configs.__file__).parent / "presets"
NAMES = sorted(path.stem for path in PRESETS.glob("*.json"))


def preset(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((PRESETS / f"{name}.json").read_text())
    return read


def season(days: int, matches_a_day: int) -> tuple[BuddyState, list[int]]:
    """A player of middling skill; the state and after how many matches each stage came."""
    rules = compile(preset("arena")["document"])
    state, stages, played = BuddyState.fresh(), list[int](), 0
    results = [LineResult.WIN, LineResult.LOSS, LineResult.WIN, LineResult.DRAW, LineResult.LOSS]
    for day in range(days):
        for number in range(matches_a_day):
            played += 1
            score = 20 + (played * 37) % 60
            line = MatchLine(
                "ann", placement=1 + played % 6, score=score, result=results[played % 5]
            )
            others = tuple(MatchLine(f"bot{n}") for n in range(5))
            ended_at = at(day, minutes=10 * number)
            facts = MatchResultFacts(ended_at, ended_at, Outcome.COMPLETED, (line, *others))
            events = lines_to_events(
                rules, match_id=f"m{played}", result=facts, mode="duel", map_name=None
            )
            for each in events:
                if each.user_id != "ann":
                    continue
                happened = Event(each.event_id, each.type, ended_at, ended_at, each.properties)
                outcome = decided(rules, happened, state)
                state = evolved(outcome, stages, played)
                state = after_change(rules, state, now=ended_at).state
    return state, stages


def evolved(outcome: Decision, stages: list[int], played: int) -> BuddyState:
    for effect in outcome.effects:
        if isinstance(effect, EvolutionReady) and effect.auto:
            outcome.state.stage = effect.stage_next
            stages.append(played)
    return outcome.state


def test_there_are_four_trades_and_an_empty_start() -> None:
    assert NAMES == ["arena", "custom", "fitness", "language-learning", "productivity"]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_valid_and_its_gates_cost_what_can_be_spent(name: str) -> None:
    read = preset(name)
    assert validate(read["document"]) == []
    rules = compile(read["document"])
    assert read["key"] == name
    assert (rules.primary_token, rules.progression_token) == ("coins", "xp")
    for gate in read["gates"]:
        assert rules.tokens[gate["token_key"]].kind == "primary"
        assert gate["cost"] >= 1
        assert gate["label"]


def test_the_arena_has_what_it_promises() -> None:
    document = preset("arena")["document"]
    rules = document["token_rules"]
    assert len(rules) == 12
    assert sum("lucky" in rule for rule in rules) == 1
    assert any("amount_from" in rule for rule in rules)
    assert sum("daily" in rule.get("caps", {}) for rule in rules) >= 5
    assert [streak["kind"] for streak in document["streaks"]] == ["daily", "weekly", "win"]
    assert [badge["mode"] for badge in document["badges"]].count("manual") == 2
    assert (len(document["badges"]), len(document["skills"])) == (6, 5)
    assert {rule["skill"] for rule in document["skill_rules"]} == {
        skill["key"] for skill in document["skills"]
    }
    assert len(document["evolution"]["stages"]) == 5
    assert len(preset("arena")["gates"]) == 2


def assert_notes_name_the_laws_of_badges(name: str) -> None:
    """The descriptions of badges are read by players, so their laws stand in the notes."""
    _, _, notes = preset(name)["notes"].partition("Badges, whose descriptions are for players:")
    for badge in preset(name)["document"]["badges"]:
        assert "law" not in badge["description"].lower(), badge["key"]
        assert ("when" in badge) == bool(re.search(rf"[ ,]{badge['key']}\b", notes)), badge["key"]


def test_every_rule_of_the_arena_says_which_laws_cover_it() -> None:
    document = preset("arena")["document"]
    rules = [*document["token_rules"], *document["skill_rules"], *document["streaks"]]
    for each in rules:
        assert re.search(r"\blaws? 1", each["description"], re.IGNORECASE), each["key"]
    assert "Law 3" in preset("arena")["notes"]
    assert_notes_name_the_laws_of_badges("arena")


def test_a_player_of_the_arena_grows_at_a_sensible_pace() -> None:
    state, stages = season(days=60, matches_a_day=6)
    assert 2 <= stages[0] <= 6, "the second stage comes within a handful of matches"
    assert 20 <= stages[1] <= 60
    assert stages[2] <= 150
    assert stages[3] <= 360, "the last stage is a matter of months"
    assert {"first-blood", "regular"} <= state.badges.keys()
    assert "champion" in state.badges_ready
    assert 10_000 <= state.lifetime_earned["coins"] <= 60_000


def test_the_first_gate_of_the_arena_opens_after_an_evening_or_two() -> None:
    evening, _ = season(days=1, matches_a_day=6)
    week, _ = season(days=7, matches_a_day=6)
    cost = preset("arena")["gates"][0]["cost"]
    assert evening.balances["coins"] < cost < week.balances["coins"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "custom"])
def test_a_preset_of_a_trade_shows_everything_there_is(name: str) -> None:
    rules = compile(preset(name)["document"])
    assert {item.category for item in rules.items.values()} >= set(Category) - {Category.BOOSTER}
    assert {item.rarity for item in rules.items.values()} >= {"common", "rare", "legendary"}
    assert any(not item.price for item in rules.items.values()), "something is free"
    assert len(rules.paths) == 1
    # A board costs every set of events three statements, so the arena's rules come without.
    assert len(rules.leaderboards) >= (0 if name == "arena" else 4)
    assert rules.creatures
    assert len(rules.stages) == 5
    assert preset(name)["gates"]


@pytest.mark.parametrize("name", ["fitness", "language-learning", "productivity"])
def test_every_rule_of_a_trade_says_which_laws_cover_it(name: str) -> None:
    document = preset(name)["document"]
    assert "Law 3" in preset(name)["notes"]
    sections = ("token_rules", "skill_rules", "streaks", "skill_decay")
    rules = [each for section in sections for each in document[section]]
    for each in rules:
        assert re.search(r"\blaws? 1", each["description"], re.IGNORECASE), each
    assert_notes_name_the_laws_of_badges(name)
    assert any("freezes" in streak for streak in document["streaks"])
    assert compile(document).active_paths


def test_the_path_of_the_arena_pays_nothing_and_waits_to_be_activated() -> None:
    rules = compile(preset("arena")["document"])
    assert rules.active_paths == {}
    assert all(not step.tokens and not step.badge for step in rules.paths["rookie-season"].steps)
