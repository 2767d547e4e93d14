"""Which events a match becomes, and that it counts once however often it is told."""

from datetime import timedelta

import pytest

from app.engine.config import compile
from app.engine.matches import (
    LineResult,
    MappedEvent,
    MatchLine,
    MatchResultFacts,
    Outcome,
    event_id_of,
    lines_to_events,
)
from tests.unit.engine_support import at, config

RED = MatchLine("ann", team="red", placement=1, score=12.5, result=LineResult.WIN)
RED_TOO = MatchLine("bob", team="red", result=LineResult.WIN, stats={"kills": 4})
BLUE = MatchLine("cy", team="blue", placement=2, score=3, result=LineResult.LOSS)
GONE = MatchLine("dee", team="blue", result=LineResult.LOSS, left_early=True)


def result(*players: MatchLine, outcome: Outcome = Outcome.COMPLETED) -> MatchResultFacts:
    return MatchResultFacts(at(), at() + timedelta(seconds=90.9), outcome, players)


def mapped(facts: MatchResultFacts, match_id: str = "m1") -> list[MappedEvent]:
    return lines_to_events(
        compile({}), match_id=match_id, result=facts, mode="duel", map_name="pit"
    )


@pytest.mark.parametrize(
    ("line", "types"),
    [
        (RED, ["match_completed", "match_won"]),
        (BLUE, ["match_completed", "match_lost"]),
        (MatchLine("eve", result=LineResult.DRAW), ["match_completed", "match_drawn"]),
        (MatchLine("eve"), ["match_completed"]),
        (GONE, ["match_left"]),
        (MatchLine("eve", left_early=True), ["match_left"]),
    ],
)
def test_a_line_becomes_the_events_of_its_result(line: MatchLine, types: list[str]) -> None:
    events = mapped(result(line))
    assert [each.type for each in events] == types
    assert {each.user_id for each in events} == {line.user_id}


def test_the_properties_are_the_line_and_the_match() -> None:
    events = mapped(result(RED, RED_TOO, BLUE, GONE))
    assert events[0].properties == {
        "player_count": 4,
        "mode": "duel",
        "map": "pit",
        "duration_s": 90,
        "team": "red",
        "placement": 1,
        "score": 12.5,
        "result": "win",
        "team_size": 2,
        "left_early": False,
    }
    assert events[2].properties["stats"] == {"kills": 4}


def test_what_the_game_did_not_say_is_absent() -> None:
    facts = MatchResultFacts(None, at(), Outcome.COMPLETED, (MatchLine("ann"),))
    events = lines_to_events(compile({}), match_id="m", result=facts, mode=None, map_name=None)
    assert events[0].properties == {"player_count": 1, "left_early": False}


def test_an_event_id_is_fixed_by_match_user_and_mapping() -> None:
    assert event_id_of("m1", "ann", "match_won") == (
        "match:" + "8cfdbfef-c807-561c-b2a2-749f24863847"
    )
    ids = {
        event_id_of(match, user, key)
        for match in ("a", "ab")
        for user in ("b", "bb")
        for key in "bc"
    }
    assert len(ids) == 8


def test_the_order_of_players_changes_only_the_order_of_events() -> None:
    there = mapped(result(RED, RED_TOO, BLUE, GONE))
    back = mapped(result(GONE, BLUE, RED_TOO, RED))
    assert sorted(there, key=lambda each: each.event_id) == sorted(
        back, key=lambda each: each.event_id
    )
    assert len({each.event_id for each in there}) == len(there) == 7


@pytest.mark.parametrize("outcome", [Outcome.ABANDONED, Outcome.CRASHED])
def test_a_match_that_was_not_completed_gives_nothing(outcome: Outcome) -> None:
    assert mapped(result(RED, outcome=outcome)) == []


def test_a_config_maps_as_it_says() -> None:
    rules = config(
        match_mapping=[
            {"key": "a", "event_type": "won", "who": "won"},
            {"key": "b", "event_type": "won", "who": "won"},
            {"key": "c", "event_type": "lost", "who": "left"},
        ]
    )
    events = lines_to_events(
        rules, match_id="m", result=result(RED, GONE, BLUE), mode=None, map_name=None
    )
    assert [(each.user_id, each.type) for each in events] == [
        ("ann", "won"),
        ("ann", "won"),
        ("dee", "lost"),
    ]
    assert len({each.event_id for each in events}) == 3
    silent = config(match_mapping=[])
    assert lines_to_events(silent, match_id="m", result=result(RED), mode=None, map_name=None) == []
