"""The events of the bench: the mix, who sends them, what they carry. Pure; chance comes as a seed.

A match gives every player a `match_completed` and most a result; the mix is 60 % completed,
25 % won, 10 % lost, 5 % drawn. Users follow Zipf's law with exponent 1.0.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

import orjson

BUDDIES = 10_000
BATCH_EVENTS = 100
ZIPF_EXPONENT = 1.0
MIX = {"match_completed": 60, "match_won": 25, "match_lost": 10, "match_drawn": 5}
RESULTS = {"match_won": "win", "match_lost": "loss", "match_drawn": "draw"}
PLAYERS = 8


class Case(StrEnum):
    """What is measured."""

    SINGLE = "single"
    BATCH = "batch"
    HOT = "hot"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a case is sent: keep-alive connections, events in a request."""

    path: str
    connections: int
    events: int
    is_hot: bool


SHAPES = {
    Case.SINGLE: Shape("/api/v1/events", 32, 1, is_hot=False),
    Case.BATCH: Shape("/api/v1/events/batch", 4, BATCH_EVENTS, is_hot=False),
    Case.HOT: Shape("/api/v1/events", 32, 1, is_hot=True),
}
HOT_USER = 0


def user_id(number: int) -> str:
    """The id of user 0 … BUDDIES-1; 0 plays most."""
    return f"u{number}"


def users(rng: random.Random, count: int, *, is_hot: bool) -> list[int]:
    """`count` users, by Zipf's law or always the same."""
    if is_hot:
        return [HOT_USER] * count
    weights = accumulate(1 / rank**ZIPF_EXPONENT for rank in range(1, BUDDIES + 1))
    return rng.choices(range(BUDDIES), cum_weights=list(weights), k=count)


def unique_id(rng: random.Random) -> str:
    """An id of 36 characters in random order, as callers' own ids are."""
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def requests(seed: str, count: int, shape: Shape, head: str) -> Iterator[bytes]:
    """`count` whole HTTP requests; `head` holds the header lines that all share."""
    rng = random.Random(seed)
    senders = iter(users(rng, count * shape.events, is_hot=shape.is_hot))
    types = iter(rng.choices(list(MIX), weights=list(MIX.values()), k=count * shape.events))
    for _ in range(count):
        events = [_event(rng, next(senders), next(types)) for _ in range(shape.events)]
        yield http_post(shape, head, events)


def first_requests(seed: str, head: str) -> Iterator[bytes]:
    """Batches that make every buddy: one `match_completed` for each user."""
    rng = random.Random(seed)
    for first in range(0, BUDDIES, BATCH_EVENTS):
        events = [
            _event(rng, number, "match_completed") for number in range(first, first + BATCH_EVENTS)
        ]
        yield http_post(SHAPES[Case.BATCH], head, events)


def http_post(shape: Shape, head: str, events: list[dict[str, object]]) -> bytes:
    """One request with a body."""
    body = orjson.dumps(events[0] if shape.events == 1 else {"events": events})
    start = f"POST {shape.path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n"
    return start.encode() + body


def _event(rng: random.Random, number: int, type_: str) -> dict[str, object]:
    properties: dict[str, object] = {
        "score": rng.randrange(101),
        "placement": rng.randrange(1, PLAYERS + 1),
        "team": "red",
        "team_size": 4,
        "player_count": PLAYERS,
        "mode": "arena",
        "map": "dunes",
        "duration_s": rng.randrange(120, 900),
        "stats": {"kills": rng.randrange(20), "deaths": rng.randrange(10)},
    }
    if type_ in RESULTS:
        properties["result"] = RESULTS[type_]
    return {
        "event_id": unique_id(rng),
        "user_id": user_id(number),
        "type": type_,
        "properties": properties,
    }
