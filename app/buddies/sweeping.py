"""What buddies lose because time passed: streaks that nobody ticked, skills that wear off.

Every customer has a due row for decay and one for the streaks of each time zone, due at the end of
each day there. A turn looks at the next buddies by id and keeps its place in the transaction of
what it did to them; killed at any moment the sweep goes on there, and whoever is looked at late or
twice comes to the same. Only buddies with something to lose are locked, and for streaks only those
read that have changed lately: a run that can end now was ticked, frozen or restored not long ago.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import structlog
from sqlalchemy import ColumnElement, select, update

from app.buddies import effects
from app.buddies.herd import Buddy, Cause, Herd
from app.buddies.models import buddy as table
from app.configs import service as configs
from app.customers import service as customers
from app.customers import sweeps
from app.customers.sweep_models import sweep as due_rows
from app.customers.sweeps import DUE, SweepKind
from app.engine.config import Config
from app.engine.skills import decay, next_decay
from app.engine.state import BuddyState
from app.engine.streaks import StreakKind, period_of, start_of
from app.engine.sweeping import next_sweep, sweep
from app.engine.turn import Decision
from app.kit.db import Database
from app.kit.loop import NEVER
from app.kit.tx import AnyRow, Tx
from app.users import service as users
from app.users.models import end_user

BATCH_BUDDIES = 500
PERIODS_BACK = 3  # a run that ends with a period was ticked in the one before; one more for moves
COLUMNS = (
    table.c.buddy_id,
    table.c.user_id,
    table.c.audience,
    table.c.config_version_id,
    table.c.stage,
    table.c.state,
    table.c.created_at,
)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """A claimed due row: buddies up to `cursor` are done."""

    id: str
    kind: SweepKind
    zone: str
    due_at: datetime
    cursor: str | None
    looked_at: datetime | None


class SweepLoop:
    """Does the sweeps of all customers that are due, a batch a turn."""

    def __init__(
        self, database: Database, *, lease_seconds: float, batch: int = BATCH_BUDDIES
    ) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self._batch = batch

    async def run_due(self, stop: asyncio.Event = NEVER) -> int:
        """Do everything that is due now; how many sweeps came to their end."""
        done = 0
        async with self._database.unscoped() as connection:
            waiting = await DUE.customers(connection, self._database.clock.now())
        while waiting and not stop.is_set():
            for customer_id in tuple(waiting):
                if stop.is_set():
                    break
                claimed = await self._claim(customer_id)
                if claimed is None:
                    waiting.remove(customer_id)
                    continue
                try:
                    done += await self.turn(customer_id, claimed)
                except Exception as error:
                    log.error("sweep_failed", customer_id=customer_id, exc_info=error)
                    waiting.remove(customer_id)
        return done

    async def turn(self, customer_id: str, claimed: Sweep) -> bool:
        """Look at the next buddies of a sweep; whether they were the last."""
        async with self._database.read(customer_id) as tx:
            found = await _next(tx, claimed, self._batch)
            losing = await _losing(tx, claimed, found)
        is_last = len(found) < self._batch
        async with self._database.begin(customer_id) as tx:
            if losing:
                await _carry_out(tx, claimed, losing)
            await _keep_place(tx, claimed, None if is_last else found[-1].buddy_id)
        return is_last

    async def _claim(self, customer_id: str) -> Sweep | None:
        async with self._database.begin(customer_id) as tx:
            for row in await DUE.claim(tx, limit=1, lease=self._lease):
                kind = SweepKind(row.kind)
                return Sweep(row.sweep_id, kind, row.zone, row.due_at, row.cursor, row.looked_at)
        return None


async def _next(tx: Tx, claimed: Sweep, batch: int) -> Sequence[AnyRow]:
    """The next buddies by id."""
    c = table.c
    wanted: list[ColumnElement[bool]] = [c.customer_id == tx.customer_id, c.status == "active"]
    if claimed.cursor is not None:
        wanted.append(c.buddy_id > claimed.cursor)
    if claimed.kind is SweepKind.STREAKS:
        wanted += await _living_in(tx, claimed.zone)
        if claimed.looked_at is not None:
            wanted.append(c.updated_at >= _changed_since(claimed.zone, claimed.looked_at, tx.now))
    return await tx.rows(select(*COLUMNS).where(*wanted).order_by(c.buddy_id).limit(batch))


async def _living_in(tx: Tx, zone: str) -> list[ColumnElement[bool]]:
    if zone == sweeps.UTC_ZONE and not (await customers.settled(tx)).has_zones:
        return []
    u = end_user.c
    mine = select(u.user_id).where(u.customer_id == tx.customer_id)
    if zone != sweeps.UTC_ZONE:
        return [table.c.user_id.in_(mine.where(u.time_zone == zone))]
    elsewhere = mine.where(u.time_zone.is_not(None), u.time_zone != sweeps.UTC_ZONE)
    return [table.c.user_id.not_in(elsewhere)]


def _changed_since(zone_name: str, looked_at: datetime, now: datetime) -> datetime:
    """Since when a buddy must have changed, if one of its runs can end between two instants."""
    zone = users.zone_named(zone_name)
    return min(
        start_of(kind, period_of(kind, looked_at, zone) - PERIODS_BACK, zone)
        for kind in (StreakKind.DAILY, StreakKind.WEEKLY, StreakKind.MONTHLY)
        if kind is StreakKind.DAILY
        or period_of(kind, looked_at - timedelta(days=1), zone) < period_of(kind, now, zone)
    )


async def _losing(tx: Tx, claimed: Sweep, found: Sequence[AnyRow]) -> set[tuple[str, str]]:
    """User and audience of those who lose something now, or seem to without a lock."""
    zones = await users.zones(tx, (row.user_id for row in found))
    losing = set()
    for row in found:
        config = await configs.compiled(tx, row.config_version_id)
        state = BuddyState.load(row.state, stage=row.stage, balances={}, lifetime_earned={})
        zone = zones.get(row.user_id, UTC)
        if _is_losing(claimed.kind, config, state, row, now=tx.now, zone=zone):
            losing.add((row.user_id, row.audience))
    return losing


def _is_losing(
    kind: SweepKind, config: Config, state: BuddyState, row: AnyRow, *, now: datetime, zone: tzinfo
) -> bool:
    if kind is SweepKind.STREAKS:
        due = next_sweep(config, state, now=now, zone=zone)
    else:
        due = next_decay(config, state, now=now, created_at=row.created_at, audience=row.audience)
    return due is not None and due <= now


async def _carry_out(tx: Tx, claimed: Sweep, losing: set[tuple[str, str]]) -> None:
    """Decide again under the locks, which are taken user by user, as the lane takes them."""
    herd = await Herd.of_users(tx, losing, None)
    for key in sorted(losing & herd.by_user.keys()):
        buddy = herd.by_user[key]
        decision = _decision(claimed.kind, buddy, tx.now)
        if decision.state != buddy.state:
            effects.apply(herd, buddy, decision, Cause())
    await herd.write()


def _decision(kind: SweepKind, buddy: Buddy, now: datetime) -> Decision:
    config, state, zone, audience = buddy.config, buddy.state, buddy.zone, buddy.audience
    if kind is SweepKind.STREAKS:
        return sweep(config, state, now=now, zone=zone, audience=audience)
    created_at = buddy.created_at
    return decay(config, state, now=now, created_at=created_at, zone=zone, audience=audience)


async def _keep_place(tx: Tx, claimed: Sweep, cursor: str | None) -> None:
    """Go on after `cursor` next time; None is the end, until the next day has ended."""
    c = due_rows.c
    mine = (c.customer_id == tx.customer_id, c.sweep_id == claimed.id)
    # Someone else may have taken over when the lease ran out; then the place is theirs.
    is_ours = (c.due_at == claimed.due_at, c.cursor.is_not_distinct_from(claimed.cursor))
    values: dict[str, object] = {"lease_until": None, "cursor": cursor}
    if cursor is None:
        zone = users.zone_named(claimed.zone)
        values |= {"due_at": sweeps.next_day(tx.now, zone), "looked_at": claimed.due_at}
    await tx.execute(update(due_rows).where(*mine, *is_ours).values(**values))
