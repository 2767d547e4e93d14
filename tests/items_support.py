"""A shop with everything in it, a painter that draws at once, and buddies with money."""

from collections.abc import Collection
from typing import Any

from app.art.drawing import Drawing
from app.art.looks import Look, look_key
from app.art.media import DATABASE, MediaStore
from app.art.service import Atelier, UpstreamImageError
from app.buddies.appearance import give_up
from app.eggs.hatching import give_back
from app.kit.db import Database
from app.operations.loop import OperationLoop
from app.operations.service import OperationKind
from app.worker import handlers
from tests.factories import Api

PNG = b"\x89PNG\r\n\x1a\n"
FREE: list[Any] = []


def priced(item_id: str, category: str, **more: Any) -> dict[str, Any]:
    """An item for ten coins, unless said otherwise."""
    price = more.pop("price", [{"token": "coins", "amount": 10}])
    return {
        "item_id": item_id,
        "name": item_id.title(),
        "category": category,
        "price": price,
    } | more


SHOP: dict[str, Any] = {
    "event_types": [{"key": "played"}],
    "tokens": [
        {"key": "coins", "kind": "primary", "default": True},
        {"key": "gems", "kind": "primary"},
        {"key": "xp", "kind": "progression"},
    ],
    "badges": [
        {
            "key": "collector",
            "mode": "auto",
            "when": {"type": "items_owned", "gte": 2},
            "tokens": {"gems": 3},
        }
    ],
    "evolution": {
        "auto_evolve": False,
        "stages": [
            {"stage": 1},
            {"stage": 2, "conditions": [{"type": "lifetime_earned", "token": "xp", "gte": 100}]},
            {"stage": 3, "conditions": [{"type": "lifetime_earned", "token": "xp", "gte": 300}]},
        ],
    },
    "items": [
        priced("crown", "head", per_buddy_limit=50),
        priced("cap", "head", price=FREE),
        priced("boots", "feet", price=FREE),
        priced("scarf", "neck", price=FREE),
        priced("stars", "accessory", price=FREE),
        priced("chick", "accessory", price=FREE),
        priced("luck", "booster", price=FREE),
        priced("relic", "hand", stock=3),
        priced(
            "throne",
            "background",
            price=[{"token": "coins", "amount": 20}, {"token": "gems", "amount": 5}],
        ),
        priced("robe", "body", visible_when={"type": "stage", "gte": 2}),
    ],
}


class Painter:
    """An artist that draws at once, remembers what, and can't draw some items."""

    def __init__(self, *, failing: Collection[str] = (), is_away: bool = False) -> None:
        self.drawn: list[Look] = []
        self._failing = frozenset(failing)
        self._is_away = is_away

    async def draw(self, look: Look) -> Drawing:
        if self._is_away or self._failing & {item.item_id for item in look.wearing}:
            raise UpstreamImageError("no paint")
        self.drawn.append(look)
        key = look_key(look).encode()
        return Drawing(PNG + key, PNG + b"small " + key)

    def close(self) -> None:
        """It holds nothing."""

    @property
    def is_resting(self) -> bool:
        """Never."""
        return False


def loop_of(database: Database, painter: Painter, *, media: MediaStore = DATABASE) -> OperationLoop:
    """What does operations, with a painter instead of the studio."""
    return OperationLoop(
        database,
        handlers(Atelier(painter, media)),
        lease_seconds=20,
        clean_ups={
            OperationKind.HATCH: give_back,
            OperationKind.COMPOSE: give_up,
            OperationKind.RERENDER: give_up,
        },
    )


async def paint(database: Database, painter: Painter | None = None) -> Painter:
    """Do every operation that is due; the painter who drew."""
    painter = painter or Painter()
    await loop_of(database, painter).run_due()
    return painter


async def publish(api: Api, document: dict[str, Any]) -> None:
    """Make a document the rules."""
    draft = await api.post("/config-versions", {"document": document}, status=201)
    await api.post(f"/config-versions/{draft['id']}/publish")


async def player(api: Api, user_id: str = "ann", **tokens: int) -> str:
    """A buddy with these balances; its id."""
    await api.send(f"hello-{user_id}", "played", user_id)
    buddy_id: str = (await api.buddy_of(user_id))["id"]
    for token, amount in tokens.items():
        given = {"amount": amount, "reason": "test", "token": token}
        await api.post(f"/buddies/{buddy_id}/coins", given, status=201)
    return buddy_id


async def buy(api: Api, buddy_id: str, *item_ids: str) -> None:
    """Buy one of each."""
    for item_id in item_ids:
        await api.post(f"/buddies/{buddy_id}/purchases", {"item_id": item_id}, status=201)


async def wear(api: Api, buddy_id: str, *item_ids: str, unequip: Collection[str] = ()) -> Any:
    """Put these on; the answer."""
    given = {"equip": list(item_ids), "unequip": list(unequip)}
    return await api.post(f"/buddies/{buddy_id}/equip", given)
