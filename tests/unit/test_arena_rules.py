"""The rules of the sample game, and the bots that play it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ARENA = Path(__file__).resolve().parents[2] / "scripts" / "arena"
SEEDS = range(40)


@pytest.fixture(scope="module")
def arena() -> Iterator[ModuleType]:
    """The arena's modules, imported as the server imports them: from its own folder."""
    sys.path.insert(0, str(ARENA))
    import game
    import strategies

    game.strategies = strategies
    yield game
    sys.path.remove(str(ARENA))
    for name in ("game", "strategies"):
        sys.modules.pop(name)


def seen_by(state: Any) -> dict[str, Any]:
    players = {}
    for name in state.present():
        one = state.fighters[name]
        x, y = one.cell
        players[name] = {"x": x, "y": y, "points": one.points, "stunned": one.stunned}
    gems = [[x, y, value] for (x, y), value in sorted(state.gems.items())]
    return {"tick": state.tick, "players": players, "gems": gems}


def played(game: Any, seed: int, names: list[str]) -> list[Any]:
    """Every state of a match between bots, the last one finished."""
    states = [game.begin(seed, names)]
    leavers = game.strategies.leaves_at(seed, names)
    while not states[-1].over:
        state = states[-1]
        view = seen_by(state)
        for name, tick in leavers.items():
            if tick == state.tick:
                state = game.leave(state, name)
        moves = {name: game.strategies.decide(seed, name, view) for name in state.present()}
        states.append(game.advance(state, moves))
    return states


def test_the_same_seed_and_moves_give_the_same_match(arena: Any) -> None:
    for seed in SEEDS:
        assert played(arena, seed, ["a", "b", "c"]) == played(arena, seed, ["c", "a", "b"])


def test_another_seed_gives_another_match(arena: Any) -> None:
    finals = {str(played(arena, seed, ["a", "b"])[-1].fighters) for seed in SEEDS}
    assert len(finals) == len(SEEDS)


def test_two_players_never_share_a_cell_and_nobody_leaves_the_grid(arena: Any) -> None:
    for seed in range(8):
        for state in played(arena, seed, [f"p{number}" for number in range(8)]):
            cells = [state.fighters[name].cell for name in state.present()]
            assert len(set(cells)) == len(cells)
            assert all(0 <= x < arena.WIDTH and 0 <= y < arena.HEIGHT for x, y in cells)


def test_points_come_from_gems_alone_and_duels_only_move_them(arena: Any) -> None:
    for seed in range(8):
        states = played(arena, seed, [f"p{number}" for number in range(6)])
        for before, after in pairwise(states):
            taken = sum(
                value for cell, value in before.gems.items() if after.gems.get(cell) != value
            )
            gained = sum(one.points for one in after.fighters.values()) - sum(
                one.points for one in before.fighters.values()
            )
            assert gained <= taken
            assert all(one.points >= 0 for one in after.fighters.values())
        won = sum(one.duels_won for one in states[-1].fighters.values())
        assert won == sum(one.duels_lost for one in states[-1].fighters.values())


def with_fighters(arena: Any, **changes: dict[str, Any]) -> Any:
    state = replace(arena.begin(3, ["a", "b"]), gems={})
    fighters = {name: replace(state.fighters[name], **changes[name]) for name in ("a", "b")}
    return replace(state, fighters=fighters)


def test_two_who_want_one_cell_duel_and_the_loser_pays(arena: Any) -> None:
    state = with_fighters(
        arena, a={"cell": (4, 4), "points": 5, "gems": 20}, b={"cell": (6, 4), "points": 5}
    )
    after = arena.advance(state, {"a": "east", "b": "west"})
    winner, loser = after.fighters["a"], after.fighters["b"]
    assert (winner.cell, winner.points, winner.duels_won) == ((5, 4), 7, 1)
    assert (loser.cell, loser.points, loser.stunned) == ((6, 4), 3, arena.STUN_TICKS)


def test_who_stands_on_a_cell_is_not_pushed_out_of_it(arena: Any) -> None:
    state = with_fighters(arena, a={"cell": (4, 4), "gems": 20}, b={"cell": (5, 4), "points": 1})
    after = arena.advance(state, {"a": "east", "b": "stay"})
    assert (after.fighters["a"].cell, after.fighters["b"].cell) == ((4, 4), (5, 4))
    assert (after.fighters["a"].points, after.fighters["b"].points) == (1, 0)


def test_a_stunned_player_stands_still_until_it_has_passed(arena: Any) -> None:
    state = with_fighters(arena, a={"cell": (4, 4), "stunned": 2}, b={"cell": (9, 9)})
    cells = []
    for _ in range(3):
        state = arena.advance(state, {"a": "east"})
        cells.append(state.fighters["a"].cell)
    assert cells == [(4, 4), (4, 4), (5, 4)]


@pytest.mark.parametrize("move", ["north", "west", "up", "", "stay"])
def test_a_move_off_the_grid_or_an_unknown_one_is_a_rest(arena: Any, move: str) -> None:
    state = with_fighters(arena, a={"cell": (0, 0)}, b={"cell": (9, 9)})
    assert arena.advance(state, {"a": move}).fighters["a"].cell == (0, 0)


@pytest.mark.parametrize(
    ("points", "left", "expected"),
    [
        ({"a": 9, "b": 6, "c": 3}, set(), {"a": (1, "win"), "b": (2, "loss"), "c": (3, "loss")}),
        ({"a": 9, "b": 9, "c": 3}, set(), {"a": (1, "draw"), "b": (1, "draw"), "c": (3, "loss")}),
        ({"a": 9, "b": 3, "c": 3}, set(), {"a": (1, "win"), "b": (2, "loss"), "c": (2, "loss")}),
        ({"a": 8, "b": 6, "c": 2}, set(), {"a": (1, "draw"), "b": (1, "draw"), "c": (3, "loss")}),
        ({"a": 9, "b": 6, "c": 3}, {"a"}, {"b": (1, "win"), "c": (2, "loss"), "a": (3, None)}),
        ({"a": 9, "b": 6, "c": 3}, {"a", "b"}, {"c": (1, "win"), "a": (2, None), "b": (3, None)}),
    ],
)
def test_full_chests_decide_and_who_left_comes_last(
    arena: Any, points: dict[str, int], left: set[str], expected: dict[str, Any]
) -> None:
    state = arena.begin(1, sorted(points))
    fighters = {
        name: replace(one, points=points[name], left_at=4 if name in left else None)
        for name, one in state.fighters.items()
    }
    lines = arena.standings(replace(state, fighters=fighters))
    assert {line.user_id: (line.placement, line.result) for line in lines} == expected
    assert {line.user_id for line in lines if line.left_early} == left


def test_a_match_ends_when_the_time_is_up_or_one_player_is_left(arena: Any) -> None:
    state = arena.begin(1, ["a", "b", "c"])
    assert not state.over
    assert replace(state, tick=arena.TICKS).over
    alone = arena.leave(arena.leave(state, "a"), "b")
    assert alone.over
    assert arena.leave(alone, "a") == alone


@pytest.mark.parametrize("players", [[], ["a"], ["a", "a"], [str(n) for n in range(9)]])
def test_an_arena_takes_two_to_eight_different_players(arena: Any, players: list[str]) -> None:
    with pytest.raises(ValueError, match="2 to 8"):
        arena.begin(1, players)


def test_draws_and_early_leavers_happen_now_and_then(arena: Any) -> None:
    finals = [arena.standings(played(arena, seed, list("abcd"))[-1]) for seed in SEEDS]
    draws = sum(any(line.result == "draw" for line in lines) for lines in finals)
    leavers = sum(any(line.left_early for line in lines) for lines in finals)
    assert 1 <= draws <= len(SEEDS) // 2
    assert 1 <= leavers <= len(SEEDS) // 2
