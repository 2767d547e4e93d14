"""Matches as requests and answers."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.engine.matches import LineResult, MatchLine, MatchResultFacts, Outcome
from app.kit import ids
from app.kit.pages import Meta
from app.kit.schemas import (
    CallerId,
    Input,
    InstantIn,
    InstantOut,
    JsonObject,
    Name,
    Output,
    Text256,
    absent,
)
from app.matches.lifecycle import MatchStatus

PLAYERS_MAX = 256
PLACEMENT_MAX = 2**31 - 1


def _each_once(roster: list[str]) -> list[str]:
    if len(set(roster)) < len(roster):
        raise ValueError("each user may be there only once")
    return roster


def _address(text: str) -> str:
    ip_address(text)
    return text


MatchId = Annotated[str, StringConstraints(pattern=ids.MATCH_ID)]
Roster = Annotated[
    list[CallerId], Field(min_length=1, max_length=PLAYERS_MAX), AfterValidator(_each_once)
]
Address = Annotated[str, StringConstraints(max_length=64), AfterValidator(_address)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
RoomId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ProcessId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{16,128}$")]


class CreateMatch(Input):
    """A match to be played: in a room that we open, or, with `provider: other`, anywhere."""

    match_id: MatchId
    provider: Literal["hathora", "other"] = "hathora"
    app_id: Label | None = None
    region: Annotated[str, StringConstraints(min_length=1, max_length=32)] | None = None
    roster: Roster | None = None
    open: Literal[True] | None = None
    room_config: JsonObject | None = None
    deployment_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    client_ips: Annotated[list[Address], Field(min_length=1, max_length=100)] | None = None
    mode: Name | None = None
    map: Name | None = None

    @field_validator("room_config")
    @classmethod
    def _without_ours(cls, value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if value and "clutch" in value:
            raise ValueError("`clutch` is the member that we add; use another name")
        return value

    @model_validator(mode="after")
    def _who_plays_where(self) -> Self:
        if (self.roster is None) == (self.open is None):
            raise ValueError("give either `roster` or `open: true`")
        if self.provider == "hathora" and (self.app_id is None or self.region is None):
            raise ValueError("`app_id` and `region` say where the room is opened; give both")
        return self


class ClaimMatch(Input):
    """A game server asks for the right to report the match that it was started for."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    room_id: RoomId
    process_id: ProcessId
    claim_nonce: Nonce


class PlayerLine(Input):
    """What the match was for one player."""

    user_id: CallerId
    team: Name | None = None
    placement: Annotated[int, Field(ge=1, le=PLACEMENT_MAX)] | None = None
    score: int | float | None = None
    result: Literal["win", "loss", "draw"] | None = None
    left_early: bool = False
    stats: JsonObject | None = None

    def to_line(self) -> MatchLine:
        """The line as the engine takes it."""
        return MatchLine(
            self.user_id,
            self.team,
            self.placement,
            self.score,
            None if self.result is None else LineResult(self.result),
            self.left_early,
            self.stats or {},
        )


def _each_player_once(players: list[PlayerLine]) -> list[PlayerLine]:
    if len({line.user_id for line in players}) < len(players):
        raise ValueError("each user may have only one line")
    return players


class MatchResult(Input):
    """How a match ended."""

    started_at: InstantIn | None = None
    ended_at: InstantIn
    outcome: Literal["completed", "abandoned", "crashed"]
    players: Annotated[
        list[PlayerLine],
        Field(min_length=1, max_length=PLAYERS_MAX),
        AfterValidator(_each_player_once),
    ]
    metadata: JsonObject | None = None

    @field_validator("ended_at")
    @classmethod
    def _after_the_start(cls, ended_at: Any, info: ValidationInfo) -> Any:
        started_at = info.data.get("started_at")
        if started_at is not None and ended_at < started_at:
            raise ValueError("a match can't end before it started")
        return ended_at

    def facts(self) -> MatchResultFacts:
        """The result as the engine takes it."""
        return MatchResultFacts(
            self.started_at,
            self.ended_at,
            Outcome(self.outcome),
            tuple(line.to_line() for line in self.players),
        )


class Claimed(Output):
    """What a game server needs to play and report. An open match has an empty roster."""

    token: str
    signing_key: str
    expires_at: InstantOut
    roster: list[str]
    room_config: dict[str, Any]
    allocation_id: str


class Effects(Output):
    """What the events of one player did, taken together."""

    coins: int
    badges_awarded: list[str]
    badges_ready: list[str]
    tokens: list[str]
    evolution_ready: bool
    streak_milestones: list[int]
    streak_updates: list[dict[str, Any]]
    path_updates: list[dict[str, Any]]


class PlayerEffects(Output):
    """What a match did for one player; `buddy_id` is null where nothing happened to one."""

    user_id: str
    buddy_id: str | None
    event_ids: list[str]
    effects: Effects


class MatchApplied(Output):
    """A result that was believed, with every player's effects."""

    match_id: str
    status: Literal["applied"]
    players: list[PlayerEffects]


class MatchPending(Output):
    """A result that is kept until the control plane can be asked about it."""

    match_id: str
    status: Literal["pending_verification"]


class VoidMatch(Input):
    """Why a match must not have counted."""

    reason: Text256


class Uncollected(Output):
    """What a player had spent already, so that it could not be taken back."""

    user_id: str
    token: str
    amount: int


class MatchVoided(Output):
    """The match counts no more."""

    match_id: str
    status: Literal["voided"]
    uncollected: list[Uncollected]


class HistoryEntry(Output):
    """One thing that happened to a match."""

    status: MatchStatus
    who: str
    why: str
    at: InstantOut


class MatchOut(Output):
    """A match. `code` is there only for `provider: other`, until the match is claimed."""

    match_id: str
    status: MatchStatus
    provider: str
    app_id: str | None
    region: str | None
    room_id: str | None
    process_id: str | None
    roster: list[str]
    open: bool
    mode: str | None
    map: str | None
    created_at: InstantOut
    claimed_at: InstantOut | None
    reported_at: InstantOut | None
    updated_at: InstantOut
    code: str | None = absent()


class MatchDetail(MatchOut):
    """A match with its result, what it did, and everything that happened to it."""

    result: dict[str, Any] | None
    players: list[PlayerEffects] | None
    history: list[HistoryEntry]


class MatchPage(Output):
    """A page of matches, newest first."""

    data: list[MatchOut]
    meta: Meta
