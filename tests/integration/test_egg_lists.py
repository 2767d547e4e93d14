"""What an egg needs to be laid, and how eggs are listed."""

from typing import Any

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api, ManualClock


async def lay(api: Api, user_id: str = "ann", status: int = 201, **more: Any) -> Any:
    return await api.post("/eggs", {"user_id": user_id, **more}, status=status)


async def test_eggs_need_rules_and_a_known_audience(
    api: Api, database: Database, customer: dict[str, Any]
) -> None:
    refused = await lay(api, metadata={"audience": "elsewhere"}, status=400)
    assert refused["error"]["code"] == "unknown_audience"
    refused = await lay(api, preset_id="dragon", status=422)
    assert refused["error"]["details"]["fields"][0]["path"] == "/preset_id"
    await rows.sql(database, "UPDATE customer SET published_config_id = NULL")
    refused = await lay(api, status=409)
    assert refused["error"]["code"] == "no_published_config"


@pytest.mark.parametrize("status", ["waiting", "ready", "cancelled"])
async def test_lists_are_newest_first_and_filtered(
    api: Api, clock: ManualClock, status: str
) -> None:
    made = []
    for n in range(3):
        egg = await lay(api, f"u{n % 2}")
        if status != "waiting":
            await api.call("PATCH", f"/eggs/{egg['egg_id']}/status", json={"status": status})
        made.append(egg["egg_id"])
        clock.advance(seconds=1)
    listed = await api.get("/eggs", params={"status": status})
    assert [egg["egg_id"] for egg in listed] == made[::-1]
    mine = await api.get("/eggs", params={"user_id": "u0", "status": status})
    assert [egg["egg_id"] for egg in mine] == [made[2], made[0]]
    second = await api.get("/eggs", params={"page": 2, "limit": 2})
    assert [egg["egg_id"] for egg in second] == [made[0]]
