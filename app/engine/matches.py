"""Which events a match result becomes. Pure; the same result always gives the same list."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from app.engine.config import Config
from app.engine.document import MatchMapping

NAMESPACE = UUID("6a7f1c52-3f0e-5c1b-9b1e-0d2c4a86f7e3")
"""The namespace of match events; changing it would count every match again."""


class Outcome(StrEnum):
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    CRASHED = "crashed"


class LineResult(StrEnum):
    WIN = "win"
    LOSS = "loss"
    DRAW = "draw"


@dataclass(frozen=True, slots=True)
class MatchLine:
    """What a match was for one player; None where the game did not say."""

    user_id: str
    team: str | None = None
    placement: int | None = None
    score: int | float | None = None
    result: LineResult | None = None
    left_early: bool = False
    stats: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatchResultFacts:
    """A match that is believed. The instants are aware UTC."""

    started_at: datetime | None
    ended_at: datetime
    outcome: Outcome
    players: tuple[MatchLine, ...]


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """An event to be taken in; it occurred when the match ended."""

    event_id: str
    user_id: str
    type: str
    properties: dict[str, Any]


def lines_to_events(
    config: Config,
    *,
    match_id: str,
    result: MatchResultFacts,
    mode: str | None,
    map_name: str | None,
) -> list[MappedEvent]:
    """`match_events` with the mapping of a config."""
    return match_events(
        config.match_mapping, match_id=match_id, result=result, mode=mode, map_name=map_name
    )


def match_events(
    mapping: tuple[MatchMapping, ...],
    *,
    match_id: str,
    result: MatchResultFacts,
    mode: str | None,
    map_name: str | None,
) -> list[MappedEvent]:
    """Every event of a match: by player as reported, then by mapping as configured.

    A match that was not completed pays nothing and gives no events.
    """
    if result.outcome is not Outcome.COMPLETED:
        return []
    common = _common(result, mode, map_name)
    team_sizes = Counter(line.team for line in result.players)
    return [
        MappedEvent(
            event_id=event_id_of(match_id, line.user_id, each.key),
            user_id=line.user_id,
            type=each.event_type,
            properties=_properties(line, common, team_sizes),
        )
        for line in result.players
        for each in mapping
        if _applies(each, line)
    ]


def event_id_of(match_id: str, user_id: str, mapping_key: str) -> str:
    """`match:` and the UUIDv5 of the three, joined as a compact JSON array."""
    name = json.dumps([match_id, user_id, mapping_key], separators=(",", ":"))
    return f"match:{uuid5(NAMESPACE, name)}"


def _applies(mapping: MatchMapping, line: MatchLine) -> bool:
    if mapping.who == "left" or line.left_early:
        return mapping.who == "left" and line.left_early
    wanted = {"won": LineResult.WIN, "lost": LineResult.LOSS, "drawn": LineResult.DRAW}
    return mapping.who == "stayed" or line.result is wanted[mapping.who]


def _common(result: MatchResultFacts, mode: str | None, map_name: str | None) -> dict[str, Any]:
    common: dict[str, Any] = {"player_count": len(result.players)}
    if mode is not None:
        common["mode"] = mode
    if map_name is not None:
        common["map"] = map_name
    if result.started_at is not None:
        seconds = (result.ended_at - result.started_at).total_seconds()
        common["duration_s"] = max(int(seconds), 0)
    return common


def _properties(
    line: MatchLine, common: dict[str, Any], team_sizes: Mapping[str | None, int]
) -> dict[str, Any]:
    properties: dict[str, Any] = dict(common)
    known = {"team": line.team, "placement": line.placement, "score": line.score}
    properties.update({name: value for name, value in known.items() if value is not None})
    if line.result is not None:
        properties["result"] = line.result.value
    if line.team is not None:
        properties["team_size"] = team_sizes[line.team]
    properties["left_early"] = line.left_early
    if line.stats:
        properties["stats"] = line.stats
    return properties
