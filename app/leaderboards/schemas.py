"""Leaderboards as the API shows them."""

from typing import Literal

from app.kit.schemas import InstantOut, Output

Window = Literal["all_time", "monthly", "weekly", "daily"]


class Metric(Output):
    """What is compared; `name` is the token, the event type or the skill, empty for the stage."""

    type: Literal["tokens_earned", "counter", "skill", "stage"]
    name: str


class Board(Output):
    """A leaderboard of the published config. Windows are UTC: the day, ISO week, month."""

    key: str
    label: str
    description: str
    metric: Metric
    window: Window
    scope: Literal["global", "audience"]
    visibility: Literal["public", "own", "admin"]


class Boards(Output):
    """The leaderboards that the caller may see."""

    data: list[Board]


class Entry(Output):
    """A buddy on a board: those with the same score share a rank, who got there first is first."""

    rank: int
    score: int
    reached_at: InstantOut
    buddy_id: str
    user_id: str
    name: str
    display_name: str | None
    thumb_url: str | None


class Ranking(Output):
    """A part of a board, best first. `window_start` is null where it is of all time."""

    key: str
    audience: str | None
    window_start: InstantOut | None
    data: list[Entry]
    next_cursor: str | None


class Surroundings(Output):
    """A buddy with its neighbours, best first; without a score it has no rank and no neighbours."""

    key: str
    audience: str | None
    window_start: InstantOut | None
    rank: int | None
    score: int
    data: list[Entry]
