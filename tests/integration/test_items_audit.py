"""The audit names every purchase that the ledger knows nothing of."""

import pytest

from app.kit.db import Database
from tests import rows
from tests.factories import Api
from tests.items_support import SHOP, buy, player, publish

TAMPERING = {
    "purchase ": "UPDATE purchase SET price = '[[\"coins\",11]]' WHERE item_id = 'crown'",
    "owns 2 of cap": "UPDATE owned_item SET quantity = 2 WHERE item_id = 'cap'",
    "item relic: 2 counted": "UPDATE item_stock SET sold = 2",
}


@pytest.mark.parametrize("named", TAMPERING)
async def test_what_was_changed_by_hand_is_named(api: Api, database: Database, named: str) -> None:
    await publish(api, SHOP)
    await buy(api, await player(api, coins=40, gems=5), "crown", "cap", "relic", "throne")
    assert await rows.differences(database) == []
    await rows.sql(database, TAMPERING[named])
    [difference] = await rows.differences(database)
    assert named in difference
