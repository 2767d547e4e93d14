"""Totals are exact without counting, and a filtered feed goes on where a page stopped looking."""

import asyncio
from typing import Any

import pytest

from app.kit import pages
from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock

FILTERS = ("", "status=active", "status=archived", "evolution_stage=1", "evolution_stage=2")


async def test_totals_follow_every_change_of_buddies(api: Api, database: Database) -> None:
    await asyncio.gather(*(api.send(f"e-{n}", "match_won", f"u-{n}") for n in range(12)))
    for n in range(8):
        await api.send(f"more-{n}", "match_won", "u-3")
    await api.work()
    for n in (1, 2, 2):
        await api.post(f"/buddies/{(await _any_of(api, f'u-{n}'))['id']}/archive")
    for wanted in FILTERS:
        page = await api.get(f"/buddies?limit=200&{wanted}")
        assert page["meta"]["total"] == len(page["data"]), wanted
    assert (await api.get("/buddies?status=archived"))["meta"]["total"] == 2
    assert (await api.get("/buddies?user_id=u-1"))["meta"]["total"] == 1
    assert await rows.differences(database) == []


async def _any_of(api: Api, user_id: str) -> Any:
    return (await api.get(f"/buddies?user_id={user_id}"))["data"][0]


async def test_the_audit_counts_again(api: Api, database: Database) -> None:
    await api.send("e-1", "match_won")
    await rows.sql(database, "UPDATE list_total SET entries = entries + 1")
    assert await rows.differences(database) == ["total of buddies active/1: kept as 2, there are 1"]


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_rare_type_is_found_however_far_back(
    api: Api, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_MAX", 4)
    for n in range(15):
        clock.advance(seconds=1)
        await api.send(f"e-{n}", "rare" if n in (1, 2, 13) else "match_won")
    clock.advance(seconds=3)
    found: list[str] = []
    cursor, is_new = None, True
    while is_new:
        params = {"type": "rare", "order": order} | ({"cursor": cursor} if cursor else {})
        page = await api.get("/events", params=params)
        found += [event["event_id"] for event in page["data"]]
        is_new = page["next_cursor"] not in (cursor, None)
        cursor = page["next_cursor"]
    assert found == (["e-1", "e-2", "e-13"] if order == "asc" else ["e-13", "e-2", "e-1"])
