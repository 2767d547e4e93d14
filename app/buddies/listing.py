"""Lists of buddies: pages in any order, with exact totals, whatever the customer's size.

Buddies are filtered by status and stage, and both together take ten values: a page is merged from
the ranges of an index that these values name, as far as there are any. Only `updated_at` and
`coins` have no index, because every event changes them; a page in their order reads all buddies
that the filters leave.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, asc, desc, func, select, union_all

from app.art.service import url
from app.buddies import appearance, census, schemas, views
from app.buddies.models import buddy as table
from app.buddies.models import evolution
from app.configs import service as configs
from app.customers import totals
from app.customers.totals import Listed
from app.kit.pages import Meta, Page
from app.kit.tx import AnyRow, Tx
from app.ledger import service as ledger
from app.ledger.models import balance
from app.operations import waiting
from app.users import service as users

COLUMNS = tuple(column.name for column in table.columns)
SORTED_BY_INDEX: dict[str, tuple[str, ...]] = {
    "created_at": ("buddy_id",),  # UUIDv7 of that instant
    "name": ("name", "buddy_id"),
    "evolution_stage": ("stage", "buddy_id"),
}


async def list_buddies(
    tx: Tx, wanted: dict[str, Any], *, sort: str, order: str, page: Page
) -> schemas.BuddyList:
    """A page of buddies; `wanted` holds user_id, status and stage, None for any."""
    given = {name: value for name, value in wanted.items() if value is not None}
    total, groups = await _measured(tx, given)
    if "user_id" in given or sort not in SORTED_BY_INDEX:
        rows = await _sorted(tx, given, sort, order, page)
    elif sort == "created_at" and not given:
        rows = await _newest(tx, order, page)
    else:
        rows = await _merged(tx, groups, sort, order, page)
    return schemas.BuddyList(
        data=await shown(tx, rows), meta=Meta(total=total, page=page.page, limit=page.limit)
    )


async def shown(tx: Tx, rows: Sequence[AnyRow]) -> list[schemas.Buddy]:
    """Rows of buddies as the API shows them."""
    ids = [row.buddy_id for row in rows]
    worn = await appearance.read_all(tx, ids)
    drawing = {each.operation_id for each in worn.values() if each.operation_id is not None}
    around = views.Around(
        await ledger.accounts(tx, ids),
        worn,
        await waiting.among(tx, drawing),
        await users.zones(tx, (row.user_id for row in rows)),
        tx.now,
    )
    return [
        views.buddy(row, await configs.compiled(tx, row.config_version_id), around) for row in rows
    ]


async def evolutions(tx: Tx, buddy_id: str, page: Page) -> schemas.Evolutions:
    """A page of the stages that a buddy reached, newest first; it must be there."""
    mine = (evolution.c.customer_id == tx.customer_id, evolution.c.buddy_id == buddy_id)
    rows = await tx.rows(
        select(evolution)
        .where(*mine)
        .order_by(evolution.c.evolution_id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    total = await tx.value(select(func.count()).select_from(evolution).where(*mine))
    return schemas.Evolutions(
        data=[_evolution(row) for row in rows],
        pagination=Meta(total=total, page=page.page, limit=page.limit),
    )


Group = tuple[str, int]


async def _measured(tx: Tx, given: dict[str, Any]) -> tuple[int, list[Group]]:
    """How many buddies the filters leave, and of which statuses and stages there are any."""
    if "user_id" in given:
        number: int = await tx.value(select(func.count()).select_from(_chosen(tx, given)))
        return number, []
    statuses = (given["status"],) if "status" in given else census.STATUSES
    stages = (given["stage"],) if "stage" in given else census.STAGES
    kept = await totals.by_kind(tx, Listed.BUDDIES)
    counts = {each: kept[census.kind(*each)] for each in product(statuses, stages)}
    return sum(counts.values()), [each for each, number in counts.items() if number > 0]


async def _newest(tx: Tx, order: str, page: Page) -> Sequence[AnyRow]:
    """By creation, which is the order of the primary key."""
    direction = asc if order == "asc" else desc
    return await tx.rows(
        select(table)
        .where(table.c.customer_id == tx.customer_id)
        .order_by(direction(table.c.buddy_id))
        .offset(page.offset)
        .limit(page.limit)
    )


async def _merged(
    tx: Tx, groups: Sequence[Group], sort: str, order: str, page: Page
) -> Sequence[AnyRow]:
    """The ids of a page from the ranges of an index, then the buddies by their ids."""
    if not groups:
        return []
    direction = asc if order == "asc" else desc
    names = SORTED_BY_INDEX[sort]
    ranges = [
        _range(tx, status, stage, names, direction, page.offset + page.limit)
        for status, stage in groups
    ]
    merged = union_all(*ranges).subquery()
    found = await tx.rows(
        select(merged.c.buddy_id)
        .order_by(*(direction(merged.c[name]) for name in names))
        .offset(page.offset)
        .limit(page.limit)
    )
    ids = [row.buddy_id for row in found]
    rows = {row.buddy_id: row for row in await tx.lookup(table, COLUMNS, "buddy_id", ids)}
    return [rows[buddy_id] for buddy_id in ids]


def _range(
    tx: Tx, status: str, stage: int, names: tuple[str, ...], direction: Any, limit: int
) -> Select[Any]:
    c = table.c
    ordered = [direction(c[name]) for name in names if name != "stage"]
    part = (
        select(*(c[name] for name in names))
        .where(c.customer_id == tx.customer_id, c.status == status, c.stage == stage)
        .order_by(*ordered)
        .limit(limit)
        .subquery()
    )
    return select(*part.c)


async def _sorted(
    tx: Tx, given: dict[str, Any], sort: str, order: str, page: Page
) -> Sequence[AnyRow]:
    """Every buddy that the filters leave, sorted."""
    direction = asc if order == "asc" else desc
    source = chosen = _chosen(tx, given)
    by: ColumnElement[Any] = chosen.c.buddy_id
    if sort == "coins":
        source, by = await _with_coins(tx, chosen)
    elif sort != "created_at":
        by = chosen.c["stage" if sort == "evolution_stage" else sort]
    return await tx.rows(
        select(chosen)
        .select_from(source)
        .order_by(direction(by), direction(chosen.c.buddy_id))
        .offset(page.offset)
        .limit(page.limit)
    )


def _chosen(tx: Tx, given: dict[str, Any]) -> Subquery:
    """What the filters leave; a user's buddies, if one is named, before anything else."""
    source: Any = table
    wanted = dict(given)
    if "user_id" in wanted:
        source = _where(tx, table, {"user_id": wanted.pop("user_id")}).offset(0).subquery()
    return _where(tx, source, wanted).subquery()


def _where(tx: Tx, source: Any, given: dict[str, Any]) -> Select[Any]:
    wanted = [source.c.customer_id == tx.customer_id]
    return select(source).where(*wanted, *(source.c[name] == v for name, v in given.items()))


async def _with_coins(tx: Tx, chosen: Subquery) -> tuple[Any, ColumnElement[Any]]:
    """Buddies beside their balances of the published primary token."""
    joined = and_(
        balance.c.customer_id == chosen.c.customer_id,
        balance.c.buddy_id == chosen.c.buddy_id,
        balance.c.token == (await configs.primary_token(tx) or ""),
    )
    return chosen.outerjoin(balance, joined), func.coalesce(balance.c.balance, 0)


def _evolution(row: AnyRow) -> schemas.EvolutionRecord:
    return schemas.EvolutionRecord(
        id=row.evolution_id,
        buddy_id=row.buddy_id,
        from_stage=row.from_stage,
        to_stage=row.to_stage,
        triggered_by_event_id=row.triggered_by_event_id,
        image_url=url(row.customer_id, row.image),
        source=row.source,
        metadata={},
        occurred_at=row.occurred_at,
    )
