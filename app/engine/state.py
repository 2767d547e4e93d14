"""What a buddy has come to: the document that rules read and write. Pure.

The values inside the dictionaries are never changed in place, only replaced; a copy of the
dictionaries is therefore a copy of the state.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

FIRST_STAGE = 1

StreakRecord = list[Any]
"""A streak as `[kind, runs, swept, burned]`, with freezes `[…, left, frozen, ticks]`: `runs` are
periods in order that never touch (`courses` says what the rest is); an older record ends with its
runs. A win streak is `[kind, wins in a row]`."""

CapRecord = list[int]
"""What a rule has given: `[day, in that day, ISO week, in that week, ever]`; days and weeks are
numbered from the first of the calendar. An older window is overwritten by the next."""


@dataclass(slots=True)
class BuddyState:
    """A buddy's state. `stage`, `balances` and `lifetime_earned` live in rows, not in the text.

    `counters`: events by type. `skills`: points. `badges`: when awarded, `badges_ready`: when the
    condition first held, both RFC 3339. `milestones`: those paid, by streak. `announced`: the
    highest stage that was announced as ready. `items_owned`: pieces by item. `paths`: when a step
    (`step`) or sub-step (`step/sub`) was completed, by path. `decayed`: `[cadence, last period]`
    for which a skill was looked at.
    """

    stage: int
    balances: dict[str, int]
    lifetime_earned: dict[str, int]
    counters: dict[str, int]
    streaks: dict[str, StreakRecord]
    caps: dict[str, CapRecord]
    skills: dict[str, int]
    badges: dict[str, str]
    badges_ready: dict[str, str]
    milestones: dict[str, list[int]]
    items_owned: dict[str, int]
    announced: int
    paths: dict[str, dict[str, str]] = field(default_factory=dict)
    decayed: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def fresh(cls) -> "BuddyState":
        """The state of a buddy to whom nothing has happened yet."""
        return cls(FIRST_STAGE, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, FIRST_STAGE)

    @classmethod
    def load(
        cls,
        text: str | bytes,
        *,
        stage: int,
        balances: dict[str, int],
        lifetime_earned: dict[str, int],
    ) -> "BuddyState":
        """The state from its document and from the rows beside it.

        Raises:
            orjson.JSONDecodeError: the text was not written by `dump`.
        """
        read = orjson.loads(text).get
        return cls(
            stage=stage,
            balances=balances,
            lifetime_earned=lifetime_earned,
            counters=read("counters") or {},
            streaks=read("streaks") or {},
            caps=read("caps") or {},
            skills=read("skills") or {},
            badges=read("badges") or {},
            badges_ready=read("badges_ready") or {},
            milestones=read("milestones") or {},
            items_owned=read("items_owned") or {},
            announced=read("announced") or FIRST_STAGE,
            paths=read("paths") or {},
            decayed=read("decayed") or {},
        )

    def dump(self) -> str:
        """The document as compact JSON with sorted keys; equal states give equal text."""
        document: dict[str, Any] = {
            "announced": self.announced,
            "badges": self.badges,
            "badges_ready": self.badges_ready,
            "caps": self.caps,
            "counters": self.counters,
            "decayed": self.decayed,
            "items_owned": self.items_owned,
            "milestones": self.milestones,
            "paths": self.paths,
            "skills": self.skills,
            "streaks": self.streaks,
        }
        kept = {name: value for name, value in document.items() if value}
        return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()

    def copy(self) -> "BuddyState":
        """A state of its own: changing either leaves the other alone."""
        return BuddyState(
            self.stage,
            self.balances.copy(),
            self.lifetime_earned.copy(),
            self.counters.copy(),
            self.streaks.copy(),
            self.caps.copy(),
            self.skills.copy(),
            self.badges.copy(),
            self.badges_ready.copy(),
            self.milestones.copy(),
            self.items_owned.copy(),
            self.announced,
            self.paths.copy(),
            self.decayed.copy(),
        )
