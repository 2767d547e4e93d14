"""What the reporter of a result is told, and what webhooks say about it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.kit.clock import to_text
from app.matches.records import Match
from app.matches.schemas import MatchResult

LISTS = ("badges_awarded", "badges_ready", "streak_milestones", "streak_updates", "path_updates")


def merged(answers: Sequence[str]) -> dict[str, Any]:
    """The effects of several events of one player, as those of one: sums, and lists in order."""
    read = [orjson.loads(answer) for answer in answers]
    tokens: dict[str, int] = {}
    for each in read:
        for token in each["tokens"]:
            key, _, amount = token.rpartition(":")
            tokens[key] = tokens.get(key, 0) + int(amount)
    lists = {name: [item for each in read for item in each[name]] for name in LISTS}
    return {
        "coins": sum(each["coins"] for each in read),
        "badges_awarded": lists["badges_awarded"],
        "badges_ready": lists["badges_ready"],
        "tokens": [f"{key}:{amount}" for key, amount in tokens.items()],
        "evolution_ready": any(each["evolution_ready"] for each in read),
        "streak_milestones": lists["streak_milestones"],
        "streak_updates": lists["streak_updates"],
        "path_updates": lists["path_updates"],
    }


def applied(
    match_id: str,
    users: Sequence[str],
    events: Mapping[str, Sequence[tuple[str, str]]],
    buddies: Mapping[str, str],
) -> str:
    """The answer to a result, as it is stored and sent.

    `events` holds the ids and answers of each user's events, `buddies` whose they were.
    """
    players = [
        {
            "user_id": user_id,
            "buddy_id": buddies.get(user_id),
            "event_ids": [event_id for event_id, _ in events.get(user_id, ())],
            "effects": merged([answer for _, answer in events.get(user_id, ())]),
        }
        for user_id in users
    ]
    return orjson.dumps({"match_id": match_id, "status": "applied", "players": players}).decode()


def pending(match_id: str) -> str:
    """The answer to a result that is kept for later."""
    return orjson.dumps({"match_id": match_id, "status": "pending_verification"}).decode()


def recorded(match: Match, result: MatchResult, buddies: Mapping[str, str]) -> dict[str, Any]:
    """The payload of `match.recorded`."""
    terms = match.terms
    return {
        "match_id": match.match_id,
        "room_id": match.room_id,
        "outcome": result.outcome,
        "started_at": None if result.started_at is None else to_text(result.started_at),
        "ended_at": to_text(result.ended_at),
        "mode": terms.mode,
        "map": terms.map_name,
        "players": [
            {
                "user_id": line.user_id,
                "buddy_id": buddies.get(line.user_id),
                "team": line.team,
                "placement": line.placement,
                "score": line.score,
                "result": line.result,
                "left_early": line.left_early,
            }
            for line in result.players
        ],
    }
