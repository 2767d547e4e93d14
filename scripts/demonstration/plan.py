"""Which matches are played. Pure: the arena is repeatable, so its outcomes are known beforehand."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import game
import strategies
import table

PLAYERS = ("ann", "ben", "cem", "dia", "eli", "fay")
STAR = PLAYERS[0]
EVOLVING_MATCHES = 3
"""From so many matches on the star has earned enough to reach stage 2 under the arena's rules."""
Standings = Sequence[game.Line]


@dataclass(frozen=True)
class Planned:
    """A match to be played, and how it will end."""

    match_id: str
    players: list[str]
    seed: int
    standings: Standings

    @property
    def outcome(self) -> str:
        """The end in a few words."""
        winners = [line.user_id for line in self.standings if line.result == "win"]
        drawn = [line.user_id for line in self.standings if line.result == "draw"]
        gone = [line.user_id for line in self.standings if line.left_early]
        first = f"{winners[0]} won" if winners else f"a draw between {' and '.join(drawn)}"
        return f"{first}, {gone[0]} walked out" if gone else first


@dataclass(frozen=True)
class _Wish:
    """What a match shall be like; `companions` take turns."""

    always: tuple[str, ...]
    companions: int
    is_granted: Callable[[Standings], bool]


def _star_wins(standings: Standings) -> bool:
    return _results(standings)[STAR] == "win" and not _somebody_leaves(standings)


def _star_draws(standings: Standings) -> bool:
    return _results(standings)[STAR] == "draw"


def _somebody_leaves(standings: Standings) -> bool:
    return any(line.left_early for line in standings)


WISHES = (
    _Wish((STAR,), 3, _star_wins),
    _Wish((STAR,), 1, _star_draws),
    _Wish((STAR,), 2, _star_wins),
    _Wish((), 4, _somebody_leaves),
    _Wish((STAR,), 2, _star_wins),
)


def plan(count: int) -> list[Planned]:
    """So many matches: wins of the star, a draw and a player who walks out, again and again."""
    companions = itertools.cycle(PLAYERS[1:])
    planned = []
    seeds = itertools.count(1)
    for number, wish in zip(range(1, count + 1), itertools.cycle(WISHES), strict=False):
        players = [*wish.always, *itertools.islice(companions, wish.companions)]
        seed, standings = next(
            (seed, standings)
            for seed in seeds
            if wish.is_granted(standings := foresee(seed, players))
        )
        planned.append(Planned(f"demo-{number}", players, seed, standings))
    return planned


def foresee(seed: int, players: list[str]) -> Standings:
    """How bots with this seed will end a match."""
    leaves_at = strategies.leaves_at(seed, players)
    arena = game.begin(seed, players)
    while not arena.over:
        seen, here = table.view(arena), arena.present()
        for name in here:
            if leaves_at.get(name) == arena.tick:
                arena = game.leave(arena, name)
        moves = {name: strategies.decide(seed, name, seen) for name in arena.present()}
        arena = game.advance(arena, moves)
    return game.standings(arena)


def _results(standings: Standings) -> dict[str, str | None]:
    return {line.user_id: line.result for line in standings}
