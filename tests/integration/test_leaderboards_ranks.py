"""Leaderboards: exact ranks, shared by ties, whatever came in which order."""

import asyncio
import random
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.access import as_holder
from tests.factories import Api, ManualClock
from tests.items_support import publish
from tests.surface import fault_at, fault_of

RULES = {
    "event_types": [{"key": "play"}],
    "tokens": [{"key": "coins", "label": "Coins", "kind": "primary"}],
    "skills": [{"key": "aim", "max": 1000, "points_per_level": 10}],
    "token_rules": [
        {
            "key": "play",
            "event_type": "play",
            "token": "coins",
            "amount_from": {"property": "coins"},
        }
    ],
    "leaderboards": [
        {"key": "coins", "label": "Coins", "metric": {"type": "tokens_earned", "token": "coins"}},
        {
            "key": "today",
            "label": "Today",
            "metric": {"type": "tokens_earned", "token": "coins"},
            "window": "daily",
        },
        {
            "key": "aim",
            "label": "Aim",
            "metric": {"type": "skill", "key": "aim"},
            "visibility": "own",
        },
        {
            "key": "plays",
            "label": "Plays",
            "metric": {"type": "counter", "name": "play"},
            "visibility": "admin",
        },
    ],
}


@pytest.fixture
def clock() -> ManualClock:
    """A Monday at noon."""
    return ManualClock(datetime(2026, 3, 23, 12, tzinfo=UTC))


@pytest.fixture(autouse=True)
async def _rules(api: Api) -> None:
    await publish(api, RULES)


async def _earn(api: Api, clock: ManualClock, user_id: str, coins: int) -> None:
    clock.advance(seconds=1)
    event_id = f"e-{user_id}-{clock.now().timestamp()}"
    await api.send(event_id, "play", user_id, properties={"coins": coins})


async def _board(api: Api, key: str = "coins", **params: Any) -> list[tuple[int, int, str]]:
    found = await api.get(f"/leaderboards/{key}", params=params)
    return [(each["rank"], each["score"], each["user_id"]) for each in found["data"]]


async def test_ties_share_a_rank_and_stand_in_the_order_of_arrival(
    api: Api, clock: ManualClock
) -> None:
    for user_id, coins in (("ann", 10), ("bob", 30), ("cid", 30), ("dan", 5), ("ann", 20)):
        await _earn(api, clock, user_id, coins)
    assert await _board(api) == [(1, 30, "bob"), (1, 30, "cid"), (1, 30, "ann"), (4, 5, "dan")]
    dan = await api.buddy_of("dan")
    near = await api.get(f"/leaderboards/coins/around/{dan['id']}", params={"n": 1})
    assert (near["rank"], near["score"]) == (4, 5)
    assert [(each["rank"], each["user_id"]) for each in near["data"]] == [(1, "ann"), (4, "dan")]


async def test_pages_join_without_a_gap(api: Api, clock: ManualClock) -> None:
    for number in range(7):
        await _earn(api, clock, f"u-{number}", 10 + number // 3)
    whole = await _board(api)
    joined, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await api.get("/leaderboards/coins", params=params)
        joined += [(each["rank"], each["score"], each["user_id"]) for each in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert joined == whole
    assert [rank for rank, _, _ in whole] == [1, 2, 2, 2, 5, 5, 5]


async def test_a_window_counts_what_was_gained_in_it(api: Api, clock: ManualClock) -> None:
    await _earn(api, clock, "ann", 50)
    await _earn(api, clock, "bob", 10)
    clock.advance(days=1)
    await _earn(api, clock, "bob", 7)
    assert await _board(api, "today") == [(1, 7, "bob")]
    assert await _board(api, "today", window="previous") == [(1, 50, "ann"), (2, 10, "bob")]
    assert await _board(api) == [(1, 50, "ann"), (2, 17, "bob")]
    answer = await api.call("GET", "/leaderboards/coins?window=previous")
    assert fault_at(answer, "query.window") is None


async def test_who_loses_points_falls_and_who_is_archived_leaves(
    api: Api, clock: ManualClock
) -> None:
    for user_id, value in (("ann", 900), ("bob", 500)):
        await _earn(api, clock, user_id, 1)
        await _set_aim(api, user_id, value)
    assert await _board(api, "aim") == [(1, 900, "ann"), (2, 500, "bob")]
    await _set_aim(api, "ann", 20)
    assert await _board(api, "aim") == [(1, 500, "bob"), (2, 20, "ann")]
    await api.post(f"/buddies/{(await api.buddy_of('bob'))['id']}/archive")
    assert await _board(api, "aim") == [(1, 20, "ann")]
    assert [user for _, _, user in await _board(api, "coins")] == ["ann"]


async def _set_aim(api: Api, user_id: str, value: int) -> None:
    buddy = await api.buddy_of(user_id)
    body = {"updates": [{"key": "aim", "action": "set", "value": value}]}
    answer = await api.call("PATCH", f"/buddies/{buddy['id']}/skills", json=body)
    assert answer.status_code == 200, answer.text


async def test_players_see_what_the_board_shows_them(api: Api, clock: ManualClock) -> None:
    await _earn(api, clock, "ann", 1)
    buddy = await api.buddy_of("ann")
    bound = {"buddy_id": buddy["id"], "user_id": "ann", "scopes": ["read"]}
    session = await api.post("/widget-sessions", bound, status=201)
    with as_holder(api, session["token"]):
        listed = await api.get("/leaderboards")
        assert [board["key"] for board in listed["data"]] == ["coins", "today", "aim"]
        assert (await api.call("GET", "/leaderboards/coins")).status_code == 200
        refused = await api.call("GET", "/leaderboards/aim")
        assert fault_of(refused, 403, "forbidden") is None
        await api.get(f"/leaderboards/aim/around/{buddy['id']}")
        refused = await api.call("GET", f"/leaderboards/plays/around/{buddy['id']}")
        assert fault_of(refused, 403, "forbidden") is None


async def test_a_buddy_without_a_score_has_no_rank(api: Api, clock: ManualClock) -> None:
    await _earn(api, clock, "ann", 1)
    near = await api.get(f"/leaderboards/aim/around/{(await api.buddy_of('ann'))['id']}")
    assert (near["rank"], near["score"], near["data"]) == (None, 0, [])
    answer = await api.call("GET", "/leaderboards/unknown")
    assert fault_of(answer, 404, "resource_not_found") is None


async def test_ranks_equal_a_full_sort_after_random_changes_at_once(
    api: Api, clock: ManualClock, database: Database
) -> None:
    chance = random.Random(7)

    async def change(number: int) -> None:
        user_id, coins = f"u-{chance.randrange(60)}", chance.choice([1, 2, 300, 5_000, 70_000])
        given = {"properties": {"coins": coins}}
        await api.send(f"r-{number}", "play", user_id, **given)
        if number % 10 == 0:
            await _set_aim(api, user_id, chance.randrange(1, 1000))

    for batch in range(6):
        clock.advance(seconds=1)
        changes = [change(batch * 50 + number) for number in range(50)]
        await asyncio.gather(*changes, api.work(), api.work())
    await asyncio.gather(*(change(300 + number) for number in range(5)))
    await _require_full_sorts(api, database)
    assert await api.work() > 0
    await _require_full_sorts(api, database)


async def _require_full_sorts(api: Api, database: Database) -> None:
    for key in ("coins", "today", "aim", "plays"):
        await _require_full_sort(api, database, key)


async def _require_full_sort(api: Api, database: Database, key: str) -> None:
    found = await rows.fetch(
        database,
        "SELECT b.user_id, b.buddy_id, -e.standing AS score FROM leaderboard_entry e "
        "JOIN buddy b ON b.buddy_id = e.buddy_id WHERE e.board = :key AND e.standing < 0 "
        "ORDER BY e.standing, e.reached_at, e.buddy_id",
        key=key,
    )
    wanted: list[tuple[int, int, str]] = []
    for score, group in groupby(found, key=lambda row: row.score):
        rank = len(wanted) + 1
        wanted += [(rank, score, row.user_id) for row in group]
    assert len(wanted) > 20
    assert await _board(api, key, limit=200) == wanted
    for rank, score, user_id in wanted[:: len(wanted) // 7]:
        near = await api.get(
            f"/leaderboards/{key}/around/{(await api.buddy_of(user_id))['id']}", params={"n": 4}
        )
        assert (near["rank"], near["score"]) == (rank, score)
        place = wanted.index((rank, score, user_id))
        shown = [(each["rank"], each["score"], each["user_id"]) for each in near["data"]]
        assert shown == wanted[max(place - 4, 0) : place + 5]
