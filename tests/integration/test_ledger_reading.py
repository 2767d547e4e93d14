"""What operators look for across buddies: the ledger."""

from typing import Any

from tests.access import as_holder
from tests.factories import Api, ManualClock


async def test_the_whole_ledger_is_read_page_by_page(
    api: Api, other_customer: dict[str, Any], clock: ManualClock
) -> None:
    for index, user_id in enumerate(["ann", "bob", "ann"]):
        clock.advance(seconds=1)
        await api.send(f"e-{index}", "match_won", user_id, properties={"score": 40})
    entries: list[dict[str, Any]] = []
    cursor = None
    while not entries or cursor:
        more = {"cursor": cursor} if cursor else {}
        page = await api.get("/ledger", params={"limit": 2, **more})
        entries, cursor = entries + page["data"], page["next_cursor"]
    ids = [entry["ledger_id"] for entry in entries]
    assert ids == sorted(ids, reverse=True)
    assert {entry["user_id"] for entry in entries} == {"ann", "bob"}
    buddy = await api.buddy_of("ann")
    own = (await api.get(f"/buddies/{buddy['id']}/ledger"))["data"]
    anns = [entry for entry in entries if entry["user_id"] == "ann"]
    assert anns == [{**entry, "user_id": "ann"} for entry in own]
    wins = await api.get("/ledger", params={"source": "rule:win-coins", "token": "coins"})
    assert len(wins["data"]) == 3
    assert {entry["source"] for entry in wins["data"]} == {"rule:win-coins"}
    with as_holder(api, other_customer["secret_key"]):
        assert (await api.get("/ledger"))["data"] == []
