"""Dry runs: events are replayed under other rules, and both sides are summed up. Writes nothing.

Each side begins with fresh buddies and sees the events of the window alone, in the order of the
log: `was` under the versions that decided them then, `would_be` under the version asked about.
What buddies had before the window is left out on both sides; `paid` says what was really answered.
The log is read in pages, and the engine pauses often, so that nothing else has to wait.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

import orjson
from sqlalchemy import ColumnElement, func, select

from app.buddies.models import buddy
from app.configs import service as configs
from app.configs.choices import with_choices, with_paths
from app.customers import service as customers
from app.customers.service import Customer
from app.engine.config import Config
from app.engine.events import Event
from app.events.comparison import Window, compared
from app.events.dry_run_schemas import DryRun
from app.events.models import event as table
from app.events.rehearsal import Participant, Rehearsal, takes
from app.events.unit import NewEvent
from app.kit.clock import MILLISECOND
from app.kit.db import Database
from app.kit.errors import ValidationFailed
from app.kit.ids import first_id
from app.kit.tx import AnyRow, Tx
from app.users import service as users

EVENTS_MAX = 50_000
SECONDS_MAX = 30.0
PAGE_EVENTS = 1000
PAUSE_EVENTS = 20


@dataclass(slots=True)
class _Stage:
    """Both sides of a dry run, and who took part."""

    draft: Config
    was: Rehearsal
    would_be: Rehearsal
    paid: Counter[str] = field(default_factory=Counter)
    participants: set[Participant] = field(default_factory=set)
    events: int = 0


async def over_log(database: Database, customer_id: str, draft: Config, *, days: int) -> DryRun:
    """The events of the last days, up to now.

    Raises:
        ValidationFailed: there are more than 50,000, or they take more than 30 s.
    """
    async with database.read(customer_id) as tx:
        since, until = tx.now - timedelta(days=days), tx.now
        window = _window(tx, since, until)
        await _require_few(tx, window)
        customer = await customers.read(tx)
    chosen = customer.settled.active_paths
    stage = _stage(customer, draft)
    async with _limited():
        position = first_id(since)
        while True:
            async with database.read(customer_id) as tx:
                rows = await _page(tx, window, position)
                zones = await users.zones(tx, (row.user_id for row in rows))
                rules = {
                    id_: with_choices(id_, await configs.compiled(tx, id_), chosen)
                    for id_ in {row.config_version_id for row in rows}
                }
            await _play_page(stage, rows, rules, zones)
            if len(rows) < PAGE_EVENTS:
                break
            position = rows[-1].log_id
    played = Window(since, until, stage.events, len(stage.participants), stage.paid)
    return compared(stage.was.totals, stage.would_be.totals, played)


async def over_events(
    database: Database, customer_id: str, draft: Config, events: Sequence[NewEvent]
) -> DryRun:
    """Given events, each received when it occurred; an id that comes again counts once.

    `was` is what the published version gives; nothing, where there is none.
    """
    async with database.read(customer_id) as tx:
        customer, now = await customers.read(tx), tx.now
        in_force = customer.published_config_id
        published = await configs.compiled(tx, in_force) if in_force else None
        zones = await users.zones(tx, (event.user_id for event in events))
    if in_force and published:
        published = with_choices(in_force, published, customer.settled.active_paths)
    stage = _stage(customer, draft)
    distinct: dict[str, NewEvent] = {}
    for event in events:
        distinct.setdefault(event.event_id, event)
    async with _limited():
        for index, given in enumerate(distinct.values()):
            await _pause(index)
            at = given.occurred_at or now
            happened = Event(given.event_id, given.type, at, at, given.properties)
            who = Participant(None, given.user_id, given.audience)
            zone = zones.get(given.user_id, UTC)
            for side, rules in ((stage.was, published), (stage.would_be, stage.draft)):
                if rules is not None:
                    _play(side, rules, who, happened, zone)
            stage.participants.add(who)
            stage.events += 1
    played = Window(None, None, stage.events, len(stage.participants), None)
    return compared(stage.was.totals, stage.would_be.totals, played)


def _stage(customer: Customer, draft: Config) -> _Stage:
    chosen = with_paths(draft, customer.settled.active_paths)
    return _Stage(chosen, Rehearsal(customer.draw_secret), Rehearsal(customer.draw_secret))


async def _require_few(tx: Tx, window: list[ColumnElement[bool]]) -> None:
    counted = select(table.c.log_id).where(*window).limit(EVENTS_MAX + 1).subquery()
    if await tx.value(select(func.count()).select_from(counted)) > EVENTS_MAX:
        raise ValidationFailed.of(
            "/days", f"holds more than {EVENTS_MAX} events; ask for fewer days, or give events"
        )


def _window(tx: Tx, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    c = table.c
    return [
        c.customer_id == tx.customer_id,
        c.log_id >= first_id(since),
        c.log_id < first_id(until + MILLISECOND),
    ]


async def _page(tx: Tx, window: list[ColumnElement[bool]], position: str) -> Sequence[AnyRow]:
    c = table.c
    return await tx.rows(
        select(
            *(c.log_id, c.event_id, c.buddy_id, c.user_id, c.type, c.occurred_at, c.received_at),
            *(c.properties, c.config_version_id, c.answer, buddy.c.audience),
        )
        .join(buddy, (buddy.c.customer_id == c.customer_id) & (buddy.c.buddy_id == c.buddy_id))
        .where(*window, c.log_id > position)
        .order_by(c.log_id)
        .limit(PAGE_EVENTS)
    )


async def _play_page(
    stage: _Stage, rows: Sequence[AnyRow], rules: dict[str, Config], zones: dict[str, tzinfo]
) -> None:
    for index, row in enumerate(rows):
        await _pause(index)
        happened = Event(
            row.event_id,
            row.type,
            row.occurred_at or row.received_at,
            row.received_at,
            orjson.loads(row.properties),
        )
        who = Participant(row.buddy_id, row.user_id, row.audience)
        zone = zones.get(row.user_id, UTC)
        stage.was.play(rules[row.config_version_id], who, happened, zone=zone)
        _play(stage.would_be, stage.draft, who, happened, zone)
        for part in orjson.loads(row.answer)["tokens"]:
            token, _, amount = part.rpartition(":")
            stage.paid[token] += int(amount)
        stage.participants.add(who)
        stage.events += 1


def _play(side: Rehearsal, rules: Config, who: Participant, happened: Event, zone: tzinfo) -> None:
    if takes(rules, who.audience):
        side.play(rules, who, happened, zone=zone)
    else:
        side.refuse()


async def _pause(index: int) -> None:
    if index % PAUSE_EVENTS == 0:
        await asyncio.sleep(0)


@asynccontextmanager
async def _limited() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SECONDS_MAX) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        message = f"takes more than {SECONDS_MAX:.0f} s; ask for fewer days"
        raise ValidationFailed.of("/days", message) from None
