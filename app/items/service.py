"""The marketplace: what it shows to whom, buying, and what a buddy owns.

The shop is the published config's, for every buddy: what `GET /items` shows is what is sold, at
that price. Rewards that follow from owning something are those of the buddy's own config.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from app.buddies import appearance, effects
from app.buddies.herd import Buddy, Cause, Herd
from app.buddies.progression import standing_of
from app.buddies.service import require_spendable, settle
from app.configs import service as configs
from app.engine import items as engine
from app.engine.config import Config
from app.engine.items import ItemRefusal
from app.engine.parts_world import Item
from app.items import schemas
from app.items.models import item_stock, owned_item, purchase
from app.items.outfit import look_of
from app.kit.clock import to_milliseconds
from app.kit.errors import Conflict, NotFound
from app.kit.tx import Tx
from app.ledger.service import Posting
from app.webhooks.catalogue import EventName

OWNED_KEY = ("customer_id", "buddy_id", "item_id")
OWNED_COLUMNS = (
    "quantity",
    "name",
    "category",
    "rarity",
    "image_url",
    "layer_order",
    "look",
)
STOCK_COLUMNS = ("customer_id", "item_id", "sold")


class NotForSale(Conflict):
    """The buddy may not have one more of the item now."""

    def __init__(self, item_id: str, reason: str, why: str) -> None:
        super().__init__(why, details={"item_id": item_id, "reason": reason})


async def list_items(tx: Tx, buddy_id: str | None) -> schemas.Items:
    """The published marketplace, with what a buddy could do where one is named.

    Raises:
        NoPublishedConfig: there is no marketplace yet.
        NotFound: this customer has no such buddy.
    """
    config = await configs.compiled(tx, await configs.published(tx))
    sold = await sold_of(tx, [item.id for item in config.items.values() if item.stock is not None])
    if buddy_id is None:
        return schemas.Items(data=[_shown(item, sold) for item in config.items.values()])
    of = await standing_of(tx, buddy_id)
    state, audience = of.state, of.row.audience
    return schemas.Items(
        data=[
            _shown(
                item,
                sold,
                visible=engine.item_visible(
                    config, state, item.id, now=tx.now, zone=of.zone, audience=audience
                ),
                affordable=all(
                    state.balances.get(token, 0) >= amount for token, amount in item.price
                ),
                owned=state.items_owned.get(item.id, 0),
            )
            for item in config.items.values()
        ]
    )


async def buy(tx: Tx, buddy_id: str, item_id: str) -> schemas.Purchase:
    """Pay for one piece of an item and own it, or change nothing.

    Raises:
        NotFound: no such buddy, or the marketplace has no such item.
        Conflict: see `Herd.one`; or the buddy's config has no such token.
        NotForSale: it is hidden from this buddy, the buddy has as many as it may, or all are sold.
        InsufficientBalance, ProgressionNotSpendable: it can't be paid.
    """
    herd, buddy = await Herd.one(tx, buddy_id)
    config = await configs.compiled(tx, await configs.published(tx))
    item = _sellable(config, buddy, item_id, tx)
    await _take_from_stock(tx, item)
    purchase_id, cause = tx.new_id(), Cause(request_id=tx.request_id)
    _pay(herd, buddy, item, purchase_id, cause)
    balances = {token: herd.book.account(buddy.id, token).balance for token, _ in item.price}
    quantity = buddy.state.items_owned.get(item.id, 0) + 1
    buddy.state.items_owned = {**buddy.state.items_owned, item.id: quantity}
    settle(herd, buddy, cause)
    _tell(herd, buddy, item, purchase_id, balances, cause)
    await herd.write()
    await _own(tx, buddy.id, item, quantity, purchase_id)
    return schemas.Purchase(
        purchase_id=purchase_id,
        buddy_id=buddy.id,
        item_id=item.id,
        price=_price(item),
        balances=balances,
        quantity=quantity,
        purchased_at=tx.now,
    )


async def owned(tx: Tx, buddy_id: str) -> schemas.OwnedItems:
    """Everything that a buddy owns.

    Raises:
        NotFound: this customer has no such buddy.
    """
    await Herd.looks(tx, buddy_id)
    worn = (await appearance.read(tx, buddy_id)).equipped_ids
    c = owned_item.c
    rows = await tx.rows(
        select(owned_item)
        .where(c.customer_id == tx.customer_id, c.buddy_id == buddy_id)
        .order_by(c.item_id)
    )
    return schemas.OwnedItems(
        data=[
            schemas.OwnedItem(
                item_id=row.item_id,
                name=row.name,
                category=row.category,
                rarity=row.rarity,
                image_url=row.image_url,
                quantity=row.quantity,
                equipped=row.item_id in worn,
                purchased_at=row.purchased_at,
            )
            for row in rows
        ]
    )


def _sellable(config: Config, buddy: Buddy, item_id: str, tx: Tx) -> Item:
    refused = engine.purchase_refusal(
        config,
        buddy.state,
        item_id,
        now=tx.now,
        zone=buddy.zone,
        audience=buddy.audience,
    )
    match refused:
        case ItemRefusal.UNKNOWN:
            raise NotFound("item", item_id)
        case ItemRefusal.NOT_VISIBLE:
            raise NotForSale(item_id, refused, "This buddy can't see this item (yet).")
        case ItemRefusal.LIMIT_REACHED:
            raise NotForSale(item_id, refused, "The buddy has as many of this item as it may.")
    item = config.items[item_id]
    for token, _ in item.price:
        if token not in buddy.config.tokens:
            raise Conflict(f"The buddy's config has no token {token!r}. Migrate the buddy first.")
        require_spendable(buddy, token)
    return item


async def _take_from_stock(tx: Tx, item: Item) -> None:
    """Count one more as sold; whoever buys the same item at this moment waits here."""
    if item.stock is None:
        return
    await tx.insert_new(item_stock, STOCK_COLUMNS, [(tx.customer_id, item.id, 0)], "item_id")
    c = item_stock.c
    is_left = await tx.execute(
        update(item_stock)
        .where(c.customer_id == tx.customer_id, c.item_id == item.id, c.sold < item.stock)
        .values(sold=c.sold + 1)
    )
    if not is_left:
        raise NotForSale(item.id, "sold_out", "Every piece of this item is sold.")


def _pay(herd: Herd, buddy: Buddy, item: Item, purchase_id: str, cause: Cause) -> None:
    account = f"item:{item.id}"
    for token, amount in item.price:
        effects.spend(herd, buddy, token, amount, Posting(account, account, purchase_id), cause)


def _tell(
    herd: Herd,
    buddy: Buddy,
    item: Item,
    purchase_id: str,
    balances: Mapping[str, int],
    cause: Cause,
) -> None:
    prices = [{"token": token, "amount": amount} for token, amount in item.price]
    told: dict[str, Any] = {
        "item_id": item.id,
        "purchase_id": purchase_id,
        "price": prices[0] if prices else None,
        "balance_after": balances[item.price[0][0]] if prices else None,
        "prices": prices,
        "balances_after": dict(balances),
    }
    herd.tell(buddy, EventName.MARKETPLACE_PURCHASED, told, cause, herd.next_sequence(buddy))


async def _own(tx: Tx, buddy_id: str, item: Item, quantity: int, purchase_id: str) -> None:
    """Note the purchase, and that the buddy has one more piece; its lock keeps the count."""
    await tx.execute(
        insert(purchase).values(
            customer_id=tx.customer_id,
            purchase_id=purchase_id,
            buddy_id=buddy_id,
            item_id=item.id,
            price=orjson.dumps(item.price).decode(),
            purchased_at=tx.now,
        )
    )
    shown = (item.name, item.category.value, item.rarity, item.image_url)
    row = (
        *(tx.customer_id, buddy_id, item.id, quantity),
        *shown,
        item.layer_order,
        look_of(item),
    )
    if quantity > 1:
        await tx.update_set(owned_item, OWNED_KEY, OWNED_COLUMNS, [row])
        return
    columns = (*OWNED_KEY, *OWNED_COLUMNS, "purchased_at")
    await tx.insert_set(owned_item, columns, [(*row, to_milliseconds(tx.now))])


async def sold_of(tx: Tx, item_ids: list[str]) -> dict[str, int]:
    """How many pieces of these items are sold; those never sold are not there."""
    rows = await tx.lookup(item_stock, ("item_id", "sold"), "item_id", item_ids)
    return {row.item_id: row.sold for row in rows}


def _shown(
    item: Item,
    sold: Mapping[str, int],
    *,
    visible: bool | None = None,
    affordable: bool | None = None,
    owned: int | None = None,
) -> schemas.Item:
    left = None if item.stock is None else max(item.stock - sold.get(item.id, 0), 0)
    return schemas.Item(
        item_id=item.id,
        name=item.name,
        description=item.description,
        category=item.category,
        rarity=item.rarity,
        price=_price(item),
        layer_order=item.layer_order,
        image_url=item.image_url,
        stage_image_urls={str(stage): url for stage, url in item.images.items()},
        audience=sorted(item.audience),
        stock=item.stock,
        stock_left=left,
        per_buddy_limit=item.per_buddy_limit,
        preset_id=item.preset_id,
        visible=visible,
        affordable=affordable,
        owned=owned,
    )


def _price(item: Item) -> list[schemas.Price]:
    return [schemas.Price(token=token, amount=amount) for token, amount in item.price]
