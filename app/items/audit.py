"""Finds purchases that were not paid as they say, and possessions that were not bought."""

from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import String, cast, func, literal, select

from app.items.models import item_stock, owned_item, purchase
from app.kit.tx import Tx
from app.ledger.models import transfer

NAMED_MAX = 20
PAGE_ROWS = 1_000
FIRST = "00000000-0000-0000-0000-000000000000"


async def audit_items(tx: Tx) -> list[str]:
    """What differs between purchases, the ledger and what buddies own, in words."""
    return await _unpaid(tx) + await _not_bought(tx) + await _oversold(tx)


async def _unpaid(tx: Tx) -> list[str]:
    """Purchases whose transfers are not their price."""
    differences: list[str] = []
    position = FIRST
    while page := await _page(tx, position):
        position = page[-1].purchase_id
        paid = await _paid(tx, page[0].purchase_id, position)
        for row in page:
            price = dict(orjson.loads(row.price))
            if paid[row.purchase_id] != price:
                differences.append(
                    f"purchase {row.purchase_id}: the price is {price}, "
                    f"the ledger has {paid[row.purchase_id]}"
                )
    return differences


async def _page(tx: Tx, position: str) -> Any:
    c = purchase.c
    return await tx.rows(
        select(c.purchase_id, c.price)
        .where(c.customer_id == tx.customer_id, c.purchase_id > position)
        .order_by(c.purchase_id)
        .limit(PAGE_ROWS)
    )


async def _paid(tx: Tx, first: str, last: str) -> defaultdict[str, dict[str, int]]:
    """What was debited, by purchase and token."""
    p, t = purchase.c, transfer.c
    rows = await tx.rows(
        select(p.purchase_id, t.token, func.sum(t.amount))
        .join(
            transfer,
            (t.customer_id == p.customer_id)
            & (t.buddy_id == p.buddy_id)
            & (t.reference_id == cast(p.purchase_id, String(256)))
            & (t.counter_account == literal("item:") + p.item_id)
            & (t.direction == "spend"),
        )
        .where(p.customer_id == tx.customer_id, p.purchase_id.between(first, last))
        .group_by(p.purchase_id, t.token)
    )
    paid: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for purchase_id, token, amount in rows:
        paid[purchase_id][token] = int(amount)
    return paid


async def _not_bought(tx: Tx) -> list[str]:
    """Items of which a buddy owns more or fewer than it bought."""
    o, p = owned_item.c, purchase.c
    bought = (
        select(func.count())
        .select_from(purchase)
        .where(p.customer_id == o.customer_id, p.buddy_id == o.buddy_id, p.item_id == o.item_id)
        .scalar_subquery()
    )
    rows = await tx.rows(
        select(o.buddy_id, o.item_id, o.quantity, bought)
        .where(o.customer_id == tx.customer_id, o.quantity != bought)
        .limit(NAMED_MAX)
    )
    return [f"buddy {row[0]} owns {row[2]} of {row[1]} and bought {row[3]}" for row in rows]


async def _oversold(tx: Tx) -> list[str]:
    """Limited items of which more were counted as sold than were bought."""
    s, p = item_stock.c, purchase.c
    bought = (
        select(func.count())
        .select_from(purchase)
        .where(p.customer_id == s.customer_id, p.item_id == s.item_id)
        .scalar_subquery()
    )
    rows = await tx.rows(
        select(s.item_id, s.sold, bought)
        .where(s.customer_id == tx.customer_id, s.sold > bought)
        .limit(NAMED_MAX)
    )
    return [f"item {row[0]}: {row[1]} counted as sold, {row[2]} bought" for row in rows]
