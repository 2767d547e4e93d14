"""Two sides of a dry run next to each other. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from typing import Any, TypeVar

from app.events.dry_run_schemas import (
    Compared,
    ComparedBadge,
    ComparedBuddy,
    ComparedMilestone,
    ComparedRule,
    ComparedSkill,
    ComparedToken,
    DryRun,
)
from app.events.rehearsal import Participant, Totals

TOP_BUDDIES = 20
K = TypeVar("K", bound=Hashable)
C = TypeVar("C", bound=Compared)


@dataclass(frozen=True, slots=True)
class Window:
    """What was replayed; `paid` is None where the events were given."""

    since: datetime | None
    until: datetime | None
    events: int
    buddies: int
    paid: Mapping[str, int] | None


def compared(was: Totals, would_be: Totals, window: Window) -> DryRun:
    """The whole answer."""
    return DryRun(
        since=window.since,
        until=window.until,
        events=window.events,
        buddies=window.buddies,
        refused=Compared(**_pair(was.refused, would_be.refused)),
        tokens=_tokens(was.tokens, would_be.tokens, window.paid),
        rules=_all(
            was.rules,
            would_be.rules,
            lambda key, pair: ComparedRule(source=key[0], token=key[1], **pair),
        ),
        skills=_all(
            was.skills, would_be.skills, lambda key, pair: ComparedSkill(skill=key, **pair)
        ),
        badges=_all(
            was.badges, would_be.badges, lambda key, pair: ComparedBadge(badge=key, **pair)
        ),
        streak_milestones=_all(
            was.milestones,
            would_be.milestones,
            lambda key, pair: ComparedMilestone(streak=key[0], milestone=key[1], **pair),
        ),
        top_buddies=_top(was, would_be),
    )


def _pair(was: int, would_be: int) -> dict[str, int]:
    return {"was": was, "would_be": would_be, "difference": would_be - was}


def _all(
    was: Counter[K],
    would_be: Counter[K],
    make: Callable[[K, dict[str, int]], C],
    *,
    also: Iterable[K] = (),
) -> list[C]:
    """A line a key, the largest differences first, then by key."""
    keys: list[Any] = sorted({*was, *would_be, *also})
    lines = [make(key, _pair(was[key], would_be[key])) for key in keys]
    return sorted(lines, key=lambda line: -abs(line.difference))


def _tokens(
    was: Counter[str], would_be: Counter[str], paid: Mapping[str, int] | None
) -> list[ComparedToken]:
    return _all(
        was,
        would_be,
        lambda key, pair: ComparedToken(
            token=key, paid=None if paid is None else paid.get(key, 0), **pair
        ),
        also=paid or (),
    )


def _top(was: Totals, would_be: Totals) -> list[ComparedBuddy]:
    """The buddies for whom most changes, all tokens together; none for whom nothing does."""
    weight: Counter[Participant] = Counter()
    for who, token in was.buddies.keys() | would_be.buddies.keys():
        weight[who] += abs(would_be.buddies[who, token] - was.buddies[who, token])
    changed = [who for who in weight if weight[who]]
    chosen = nlargest(TOP_BUDDIES, changed, key=lambda who: (weight[who], who.user_id))
    return [_buddy(who, was, would_be) for who in chosen]


def _buddy(who: Participant, was: Totals, would_be: Totals) -> ComparedBuddy:
    tokens = was.tokens.keys() | would_be.tokens.keys()
    return ComparedBuddy(
        buddy_id=who.buddy_id,
        user_id=who.user_id,
        audience=who.audience,
        tokens=_tokens(
            Counter({token: was.buddies[who, token] for token in tokens}),
            Counter({token: would_be.buddies[who, token] for token in tokens}),
            None,
        ),
    )
