"""The rules of the arena. Pure: the same seed and the same moves give the same match.

Two to eight players collect gems on a grid. All move at once; where two want the same cell they
duel, and the loser drops points and is stunned. Points fill chests, and at the end only full chests
count, so that a close match may be a draw. Chance is a hash of (seed, occasion), so it does
not depend on who asks first. Runs on Python 3.9.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

WIDTH, HEIGHT = 17, 11
TICKS = 60
PLAYERS_MIN, PLAYERS_MAX = 2, 8
GEMS_AT_ONCE = 6
GEM_VALUES = (1, 1, 1, 1, 2, 2, 3)
CROWN_TICK, CROWN_VALUE = 30, 5
DUEL_STAKE, STUN_TICKS = 2, 3
POINTS_A_CHEST = 3

MOVES = {"stay": (0, 0), "north": (0, -1), "south": (0, 1), "west": (-1, 0), "east": (1, 0)}

Cell = tuple[int, int]


@dataclass(frozen=True)
class Fighter:
    """One player in the arena. A stunned one stands still for `stunned` more ticks."""

    cell: Cell
    points: int = 0
    stunned: int = 0
    gems: int = 0
    duels_won: int = 0
    duels_lost: int = 0
    steps: int = 0
    left_at: int | None = None


@dataclass(frozen=True)
class Arena:
    """A match after `tick` ticks; `gems` maps cells to values."""

    seed: int
    tick: int
    fighters: Mapping[str, Fighter]
    gems: Mapping[Cell, int] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether the time is up, or nobody is left to play against."""
        return self.tick >= TICKS or len(self.present()) < PLAYERS_MIN

    def present(self) -> list[str]:
        """The players who have not left, sorted."""
        return sorted(name for name, one in self.fighters.items() if one.left_at is None)


@dataclass(frozen=True)
class Line:
    """A player's line in the result. Who left has no `result`; equal scores share a placement."""

    user_id: str
    placement: int
    score: int
    result: str | None
    left_early: bool
    stats: Mapping[str, int]


def roll(seed: int, occasion: str, sides: int) -> int:
    """A number 0 … sides − 1, decided by the seed and the occasion alone."""
    digest = hashlib.sha256(f"{seed}/{occasion}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % sides


def begin(seed: int, players: list[str]) -> Arena:
    """A new match. Where each player starts depends on the seed, not on the order of the list.

    Raises:
        ValueError: fewer than two players, more than eight, or one of them twice.
    """
    names = sorted(players, key=lambda name: (roll(seed, f"seat/{name}", 2**32), name))
    if len(set(names)) != len(names) or not PLAYERS_MIN <= len(names) <= PLAYERS_MAX:
        raise ValueError(f"an arena takes {PLAYERS_MIN} to {PLAYERS_MAX} different players")
    seats = [(1, 1), (15, 9), (15, 1), (1, 9), (8, 1), (8, 9), (1, 5), (15, 5)]
    fighters = {name: Fighter(seats[number]) for number, name in enumerate(names)}
    return _with_gems(Arena(seed, 0, fighters))


def leave(arena: Arena, name: str) -> Arena:
    """The player is gone for good; leaving twice changes nothing."""
    one = arena.fighters[name]
    if one.left_at is not None:
        return arena
    return _with(arena, {name: replace(one, left_at=arena.tick)})


def advance(arena: Arena, moves: Mapping[str, str]) -> Arena:
    """One tick: all move at once, then duels, then gems. A missing or unknown move is `stay`."""
    here = {name: arena.fighters[name] for name in arena.present()}
    wanted = {name: _target(one, moves.get(name, "stay")) for name, one in here.items()}
    settled = _settle(arena, here, wanted)
    gems = dict(arena.gems)
    for name in sorted(settled):
        one = settled[name]
        value = gems.pop(one.cell, 0)
        if value:
            settled[name] = replace(one, points=one.points + value, gems=one.gems + 1)
    after = _with(replace(arena, tick=arena.tick + 1, gems=gems), settled)
    return _with_gems(after)


def standings(arena: Arena) -> list[Line]:
    """Every player's line, best first; those who left come last.

    The best score wins; shared by several of those who stayed, it is a draw between them.
    """
    rank = {name: _rank(one) for name, one in arena.fighters.items()}
    names = sorted(rank, key=lambda name: (rank[name], name))
    ranks = [rank[name] for name in names]
    winners = [name for name in arena.present() if rank[name] == ranks[0]]
    return [_line(arena, name, 1 + ranks.index(rank[name]), winners) for name in names]


def score_of(one: Fighter) -> int:
    """The full chests."""
    return one.points // POINTS_A_CHEST


def _rank(one: Fighter) -> tuple[bool, int]:
    return one.left_at is not None, -score_of(one)


def _line(arena: Arena, name: str, placement: int, winners: list[str]) -> Line:
    one = arena.fighters[name]
    result = "loss"
    if name in winners:
        result = "win" if len(winners) == 1 else "draw"
    gone = one.left_at is not None
    stats = {
        "points": one.points,
        "gems": one.gems,
        "duels_won": one.duels_won,
        "duels_lost": one.duels_lost,
        "steps": one.steps,
    }
    return Line(name, placement, score_of(one), None if gone else result, gone, stats)


def _target(one: Fighter, move: str) -> Cell:
    if one.stunned:
        return one.cell
    dx, dy = MOVES.get(move, (0, 0))
    x, y = one.cell[0] + dx, one.cell[1] + dy
    return (x, y) if 0 <= x < WIDTH and 0 <= y < HEIGHT else one.cell


def _settle(arena: Arena, here: dict[str, Fighter], wanted: dict[str, Cell]) -> dict[str, Fighter]:
    """Where everybody ends, after the duels over contested cells.

    A cell is taken by the winner of the duel over it; all others who wanted it stay where they
    were. As that may contest another cell, it is repeated until nobody's place is in question.
    """
    place = dict(wanted)
    after = {name: replace(one, stunned=max(0, one.stunned - 1)) for name, one in here.items()}
    for _ in range(len(here)):
        contested = _contested(place)
        if not contested:
            break
        for cell, rivals in contested:
            keeper = _duel(arena, after, here, rivals, cell)
            for name in rivals:
                if name != keeper:
                    place[name] = here[name].cell
    for name, one in after.items():
        moved = place[name] != here[name].cell
        after[name] = replace(one, cell=place[name], steps=one.steps + moved)
    return after


def _contested(place: dict[str, Cell]) -> list[tuple[Cell, list[str]]]:
    by_cell: dict[Cell, list[str]] = {}
    for name in sorted(place):
        by_cell.setdefault(place[name], []).append(name)
    return [(cell, names) for cell, names in sorted(by_cell.items()) if len(names) > 1]


def _duel(
    arena: Arena,
    after: dict[str, Fighter],
    here: dict[str, Fighter],
    rivals: list[str],
    cell: Cell,
) -> str:
    """Settle one cell; returns who keeps it. Who stands there already cannot be pushed out of it.

    The winner takes up to `DUEL_STAKE` points from each rival who can still stand.
    """

    def strength(name: str) -> tuple[int, str]:
        occasion = f"duel/{arena.tick}/{cell}/{name}"
        return 3 * after[name].gems + roll(arena.seed, occasion, 20), name

    winner = max(rivals, key=strength)
    for name in rivals:
        loser = after[name]
        if name == winner or loser.stunned:
            continue
        stake = min(DUEL_STAKE, loser.points)
        after[name] = replace(
            loser, points=loser.points - stake, stunned=STUN_TICKS, duels_lost=loser.duels_lost + 1
        )
        best = after[winner]
        after[winner] = replace(best, points=best.points + stake, duels_won=best.duels_won + 1)
    owners = [name for name in rivals if here[name].cell == cell]
    return owners[0] if owners else winner


def _with(arena: Arena, changed: Mapping[str, Fighter]) -> Arena:
    return replace(arena, fighters={**arena.fighters, **changed})


def _with_gems(arena: Arena) -> Arena:
    """The arena with as many gems as it should have; the crown comes once, in the middle."""
    gems = dict(arena.gems)
    taken = {one.cell for one in arena.fighters.values() if one.left_at is None}
    if arena.tick == CROWN_TICK:
        gems[(WIDTH // 2, HEIGHT // 2)] = CROWN_VALUE
    for number in range(64):
        if len(gems) >= GEMS_AT_ONCE:
            break
        occasion = f"gem/{arena.tick}/{number}"
        cell = (
            roll(arena.seed, occasion + "/x", WIDTH),
            roll(arena.seed, occasion + "/y", HEIGHT),
        )
        if cell not in taken and cell not in gems:
            gems[cell] = GEM_VALUES[roll(arena.seed, occasion + "/v", len(GEM_VALUES))]
    return replace(arena, gems=gems)
