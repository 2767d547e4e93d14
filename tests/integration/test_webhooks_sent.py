"""What is really sent is what the catalogue promises."""

import json
from typing import Any

from app.kit.db import Database
from app.webhooks.catalogue import EventName, check
from tests import rows
from tests.factories import Api

EXPECTED = {
    EventName.BUDDY_HATCHED,
    EventName.COINS_EARNED,
    EventName.COINS_SPENT,
    EventName.TOKEN_EARNED,
    EventName.STREAK_TICKED,
    EventName.BADGE_AWARDED,
    EventName.GATE_UNLOCKED,
    EventName.MARKETPLACE_PURCHASED,
    EventName.MARKETPLACE_EQUIPPED,
    EventName.OPERATION_COMPLETED,
    EventName.BUDDY_ARCHIVED,
}


async def test_every_body_that_is_sent_is_as_its_schema_says(
    api: Api, database: Database, furnished: dict[str, str]
) -> None:
    for number in range(6):
        await api.send(f"play-{number}", "match_completed", "eve", properties={"score": 50})
        await api.send(f"won-{number}", "match_won", "eve")
    buddy = f"/buddies/{furnished['buddy_id']}"
    await api.post(f"{buddy}/coins", {"amount": 5_000, "reason": "a gift"}, 201)
    await api.post(f"{buddy}/coins/spend", {"amount": 1, "reason": "a test"}, 201)
    await api.post(f"{buddy}/badges", {"badge_key": "fair-play"}, 201)
    await api.post(f"{buddy}/gates/{furnished['gate_key']}/unlock")
    await api.post(f"{buddy}/purchases", {"item_id": "practice-cap"}, 201)
    await api.post(f"{buddy}/equip", {"equip": ["practice-cap"]})
    await api.work()
    await api.post(f"{buddy}/archive")
    found = await rows.fetch(database, "SELECT type, body FROM webhook_delivery")
    seen: dict[str, Any] = {}
    for row in found:
        body = json.loads(row.body)
        assert body["type"] == row.type
        check(EventName(row.type), body["data"])
        seen[row.type] = body["data"]
    assert {name.value for name in EXPECTED} - seen.keys() == set()
