"""Customers, and what is kept about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import insert, or_, select, update

from app.customers import sweeps
from app.customers.models import customer
from app.customers.sweeps import SweepKind
from app.kit.crypto import MasterKey, random_bytes
from app.kit.errors import NotFound
from app.kit.tariff import Plan
from app.kit.tx import Tx

DRAW_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Settled:
    """What a customer settled outside of its config.

    `has_zones`: some user has, or had, a time zone. `active_paths` is the active path by audience
    as JSON, of those audiences for which the customer chose one.
    """

    has_zones: bool
    active_paths: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; `draw_secret` seeds lucky draws and is told to nobody."""

    id: str
    name: str
    is_test: bool
    accept_other: bool
    published_config_id: str | None
    draw_secret: bytes
    plan: Plan
    settled: Settled
    events_pruned_until: datetime | None


async def create(tx: Tx, *, name: str, is_test: bool) -> None:
    """Make the customer that this transaction is for."""
    sealed = tx.key.seal(
        random_bytes(DRAW_SECRET_BYTES), customer_id=tx.customer_id, row=draw_row(tx.customer_id)
    )
    await tx.execute(
        insert(customer).values(
            customer_id=tx.customer_id,
            name=name,
            is_test=is_test,
            accept_other=False,
            has_zones=False,
            active_paths="{}",
            sealed_draw_secret=sealed,
            disabled_capabilities="[]",
            created_at=tx.now,
        )
    )
    for kind in SweepKind:
        await sweeps.ensure(tx, kind, sweeps.UTC_ZONE)


async def read(tx: Tx) -> Customer:
    """The customer of this transaction."""
    c = customer.c
    row = await tx.row(
        select(
            c.name,
            c.is_test,
            c.accept_other,
            c.published_config_id,
            c.sealed_draw_secret,
            c.plan,
            c.has_zones,
            c.active_paths,
            c.events_pruned_until,
        ).where(c.customer_id == tx.customer_id)
    )
    if row is None:
        raise NotFound("customer", tx.customer_id)
    secret = open_draw_secret(tx.key, tx.customer_id, row.sealed_draw_secret)
    return Customer(
        tx.customer_id,
        row.name,
        row.is_test,
        row.accept_other,
        row.published_config_id,
        secret,
        tx.tariff.plan(row.plan),
        Settled(row.has_zones, row.active_paths),
        row.events_pruned_until,
    )


async def settled(tx: Tx) -> Settled:
    """What this transaction's customer settled outside of its config."""
    c = customer.c
    mine = c.customer_id == tx.customer_id
    row = await tx.row(select(c.has_zones, c.active_paths).where(mine))
    if row is None:
        raise NotFound("customer", tx.customer_id)
    return Settled(row.has_zones, row.active_paths)


async def note_pruned(tx: Tx, until: datetime) -> None:
    """Note that events received before an instant are no longer kept."""
    c = customer.c
    is_later = or_(c.events_pruned_until.is_(None), c.events_pruned_until < until)
    mine = (c.customer_id == tx.customer_id, is_later)
    await tx.execute(update(customer).where(*mine).values(events_pruned_until=until))


async def note_zones(tx: Tx) -> None:
    """Note that some user has a time zone."""
    mine = (customer.c.customer_id == tx.customer_id, customer.c.has_zones.is_(False))
    await tx.execute(update(customer).where(*mine).values(has_zones=True))


async def choose_path(tx: Tx, audience: str, path_key: str) -> None:
    """Make a path the active one of an audience, for every buddy whose config has it."""
    mine = customer.c.customer_id == tx.customer_id
    lock = select(customer.c.active_paths).where(mine).with_for_update(key_share=True)
    chosen = orjson.loads(await tx.value(lock) or "{}") | {audience: path_key}
    text = orjson.dumps(chosen, option=orjson.OPT_SORT_KEYS).decode()
    await tx.execute(update(customer).where(mine).values(active_paths=text))


async def plan_of(tx: Tx) -> Plan:
    """The plan of this transaction's customer: its own, or the default of the installation."""
    c = customer.c
    name = await tx.value(select(c.plan).where(c.customer_id == tx.customer_id))
    return tx.tariff.plan(name)


async def set_plan(tx: Tx, name: str | None) -> None:
    """Give the customer another plan, or the default; known everywhere within two seconds.

    Raises:
        NotFound: there is no such plan, or no such customer.
    """
    if name is not None and name not in tx.tariff.plans:
        raise NotFound("plan", name)
    await _change(tx, plan=name)


async def set_disabled_capabilities(tx: Tx, features: Iterable[str]) -> None:
    """Turn features off for this customer; those not named are on.

    Raises:
        NotFound: there is no such customer.
    """
    await _change(tx, disabled_capabilities=orjson.dumps(sorted(features)).decode())


async def _change(tx: Tx, **values: str | None) -> None:
    mine = customer.c.customer_id == tx.customer_id
    if not await tx.execute(update(customer).where(mine).values(**values)):
        raise NotFound("customer", tx.customer_id)


@lru_cache(maxsize=1024)
def open_draw_secret(key: MasterKey, customer_id: str, sealed: str) -> bytes:
    """The secret that seeds a customer's lucky draws.

    Raises:
        SealBroken: it was sealed by another master key.
    """
    return key.open(sealed, customer_id=customer_id, row=draw_row(customer_id))


def draw_row(customer_id: str) -> str:
    """What a sealed draw secret is bound to."""
    return f"customer/{customer_id}/draw_secret"
