"""Stage one of a delivery: due rows are leased and become deliveries that can be sent.

An ordered endpoint is claimed line by line: of what waits for one buddy only the oldest comes out,
by the buddy's sequence, and nothing that follows it until that one was delivered or given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kit import sets
from app.kit.clock import to_milliseconds
from app.kit.db import Database
from app.kit.tx import AnyRow, Tx
from app.webhooks import queries
from app.webhooks.models import webhook_delivery
from app.webhooks.targets import Target, has_limits, take_over, take_probe, target_of

KEY = ("customer_id", "delivery_id")
LINES_A_LOOK = 200
BEFORE_ALL_LINES = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A leased delivery with all that sending it takes. `attempts` were made before this one."""

    target: Target
    delivery_id: str
    type: str
    body: bytes
    request_id: str | None
    attempts: int
    attempts_before: int
    lease_until: datetime

    @property
    def customer_id(self) -> str:
        """Whose it is."""
        return self.target.customer_id

    @property
    def endpoint_id(self) -> str:
        """Where it goes."""
        return self.target.endpoint_id


@dataclass(frozen=True, slots=True)
class Wish:
    """An endpoint, how many of its deliveries are wanted, and where to begin to look.

    `after` bounds `due_at` from below; `line` is the line behind which an ordered one goes on.
    """

    endpoint: AnyRow
    take: int
    after: datetime
    line: str = BEFORE_ALL_LINES


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one look at an endpoint gave; the places at which to go on, as in `Wish`.

    `allowed` is how many could have come out.
    """

    endpoint_id: str
    prepared: Sequence[Prepared]
    allowed: int
    after: datetime
    line: str


async def claim(
    database: Database,
    customer_id: str,
    wishes: Sequence[Wish],
    *,
    worker_id: str,
    lease: timedelta,
) -> list[Claimed]:
    """Lease due deliveries of a customer, the oldest of each endpoint first."""
    async with database.begin(customer_id) as tx:
        until = tx.now + lease
        rows: dict[str, list[AnyRow]] = {}
        lines: dict[str, str] = {}
        plain: dict[tuple[int, datetime], list[str]] = {}
        allowed: dict[str, int] = {}
        for wish in sorted(wishes, key=lambda wish: wish.endpoint.endpoint_id):
            endpoint_id = wish.endpoint.endpoint_id
            allowed[endpoint_id] = take = await _allowed(tx, wish, worker_id, lease)
            if take == 0:
                continue
            if wish.endpoint.is_ordered:
                rows[endpoint_id], lines[endpoint_id] = await _heads(tx, wish, take)
            else:
                plain.setdefault((take, wish.after), []).append(endpoint_id)
        for (take, after), endpoint_ids in plain.items():
            for row in await _oldest(tx, endpoint_ids, take, after):
                rows.setdefault(row.endpoint_id, []).append(row)
        leases = [
            (customer_id, row.delivery_id, to_milliseconds(until))
            for found in rows.values()
            for row in found
        ]
        await tx.update_set(webhook_delivery, KEY, ("lease_until",), sorted(leases))
    return [
        _claimed(
            wish,
            target_of(tx, wish.endpoint),
            rows.get(wish.endpoint.endpoint_id, []),
            lines.get(wish.endpoint.endpoint_id, wish.line),
            until,
            allowed[wish.endpoint.endpoint_id],
        )
        for wish in wishes
    ]


async def release(database: Database, unsent: Sequence[Prepared]) -> None:
    """Give leases back, for another worker to take at once."""
    for customer_id in sorted({delivery.customer_id for delivery in unsent}):
        async with database.begin(customer_id) as tx:
            mine = sorted(d.delivery_id for d in unsent if d.customer_id == customer_id)
            rows = [(customer_id, delivery_id, None) for delivery_id in mine]
            await tx.update_set(webhook_delivery, KEY, ("lease_until",), rows)


async def _allowed(tx: Tx, wish: Wish, worker_id: str, lease: timedelta) -> int:
    """How many deliveries may come out; endpoints' rows are locked in the order of their ids."""
    endpoint = wish.endpoint
    if endpoint.circuit_until is not None:
        return int(await take_probe(tx, endpoint.endpoint_id, lease))
    if has_limits(endpoint) and not await take_over(tx, endpoint.endpoint_id, worker_id, lease):
        return 0
    return wish.take


async def _oldest(
    tx: Tx, endpoint_ids: Sequence[str], take: int, after: datetime
) -> Sequence[AnyRow]:
    listed = sets.json_list(endpoint_ids) if tx.is_sqlite else list(endpoint_ids)
    values = {
        "customer_id": tx.customer_id,
        "endpoints": listed,
        "take": take,
        "after": to_milliseconds(after),
        "now": to_milliseconds(tx.now),
    }
    return await tx.rows(queries.oldest_due(tx.is_sqlite), values)


async def rows_of(tx: Tx, wish: Wish) -> tuple[Sequence[AnyRow], str]:
    """The due rows of one endpoint, locked, and the line at which the look ended."""
    if wish.endpoint.is_ordered:
        return await _heads(tx, wish, wish.take)
    return await _oldest(tx, [wish.endpoint.endpoint_id], wish.take, wish.after), wish.line


async def _heads(tx: Tx, wish: Wish, take: int) -> tuple[list[AnyRow], str]:
    """The free heads among the next lines, and the line at which the look ended."""
    values = {
        "customer_id": tx.customer_id,
        "endpoint_id": wish.endpoint.endpoint_id,
        "after": wish.line,
        "steps": LINES_A_LOOK,
    }
    heads = await tx.rows(queries.heads_of_lines(tx.is_sqlite), values)
    ids = [head.delivery_id for head in heads]
    wanted = {
        "customer_id": tx.customer_id,
        "ids": sets.json_list(ids) if tx.is_sqlite else ids,
        "now": to_milliseconds(tx.now),
    }
    free = list(await tx.rows(queries.free_among(tx.is_sqlite), wanted)) if ids else []
    order = {delivery_id: position for position, delivery_id in enumerate(ids)}
    free.sort(key=lambda row: order[row.delivery_id])
    if len(free) > take:
        last = free[take - 1].delivery_id
        return free[:take], heads[order[last]].line
    return free, heads[-1].line if len(heads) == LINES_A_LOOK else BEFORE_ALL_LINES


def _claimed(
    wish: Wish,
    target: Target | None,
    found: Sequence[AnyRow],
    line: str,
    until: datetime,
    allowed: int,
) -> Claimed:
    prepared = [_prepared(target, row, until) for row in found] if target is not None else []
    after = max((row.due_at for row in found), default=wish.after)
    return Claimed(wish.endpoint.endpoint_id, prepared, allowed, after, line)


def _prepared(target: Target, row: AnyRow, until: datetime) -> Prepared:
    return Prepared(
        target,
        row.delivery_id,
        row.type,
        row.body.encode(),
        row.request_id,
        row.attempts,
        row.attempts_before or 0,
        until,
    )
