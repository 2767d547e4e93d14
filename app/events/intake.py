"""One set of units in one transaction: look up, lock, decide in memory, write as sets.

Locks are taken in the order: buddies by id, event ids, new buddies by user, balances. Rows that
are only added are poured in while later units are decided. A unit that is refused leaves nothing
behind. A repeat is answered from the log.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.buddies.effects import apply
from app.buddies.herd import Buddy, Cause, Herd, LostRace
from app.configs import service as configs
from app.configs.audiences import MissingAudience, UnknownAudience
from app.configs.service import NoPublishedConfig
from app.customers import quota as quotas
from app.customers import service as customers
from app.customers.quota import Quota
from app.customers.service import Customer
from app.engine.config import Config
from app.engine.decide import Decision, Refusal, decide
from app.engine.events import Event
from app.engine.state import BuddyState
from app.events.models import event as table
from app.events.repeats import Known, find_known, repeated
from app.events.retention import require_kept
from app.events.unit import Accepted, NewEvent, Unit
from app.kit.clock import to_milliseconds
from app.kit.errors import AppError, ValidationFailed
from app.kit.tx import Tx
from app.webhooks.catalogue import EventName
from app.webhooks.outbox import About

POUR_EVENTS = 64
ILL_FORMED = frozenset({400, 422})  # told before a quota that is used up
COLUMNS = tuple(column.name for column in table.columns)
Outcome = list[Accepted] | AppError


class UnitRefused(Exception):
    """A unit's owner refused it after its effects were applied: begin again without it."""

    def __init__(self, unit: Unit, refusal: AppError) -> None:
        super().__init__(refusal.message)
        self.unit = unit
        self.refusal = refusal


class EventTypeNotRegistered(AppError):
    """The config refuses event types that it does not name."""

    status = 422
    code = "event_type_not_registered"


@dataclass(slots=True)
class Desk:
    """What one set works with."""

    tx: Tx
    customer: Customer
    published: Config | None
    herd: Herd
    known: dict[str, Known]
    quota: Quota | None
    rows: list[tuple[Any, ...]] = field(default_factory=list)


Planned = tuple[NewEvent, Buddy, Decision]


async def take_in(tx: Tx, units: Sequence[Unit]) -> list[Outcome]:
    """Take in the units of one customer; an outcome a unit, in order.

    Raises:
        LostRace: another process took in one of these events, or made one of these buddies.
        UnitRefused: a unit's owner refused.
    """
    desk = await _prepare(tx, units)
    outcomes = []
    for unit in units:
        outcomes.append(await _take_unit(desk, unit))
        if len(desk.rows) >= POUR_EVENTS and not tx.is_sqlite:  # which would fight for our lock
            _pour(desk)
        if tx.is_pouring:
            await asyncio.sleep(0)  # let the driver go on with it
    await _write(desk)
    return outcomes


async def _prepare(tx: Tx, units: Sequence[Unit]) -> Desk:
    events = [event for unit in units for event in unit.events]
    customer = await customers.read(tx)
    published_id = customer.published_config_id
    published = await configs.compiled(tx, published_id) if published_id else None
    known = await find_known(tx, {event.event_id for event in events})
    quota = await quotas.open_quota(tx, customer.plan)
    keys = _buddy_keys((e for e in events if e.event_id not in known), published)
    herd = await Herd.of_users(tx, keys, published_id, customer.settled)
    return Desk(tx, customer, published, herd, known, quota)


def _buddy_keys(events: Iterable[NewEvent], published: Config | None) -> set[tuple[str, str]]:
    """User and audience of every event whose audience makes sense."""
    keys = set()
    for event in events:
        audience = event.audience or (published.audiences[0] if published else "")
        if published and audience in published.audiences:
            keys.add((event.user_id, audience))
    return keys


async def _take_unit(desk: Desk, unit: Unit) -> Outcome:
    over = _over_quota(desk, unit)
    try:
        plan = _plan(desk, unit)
    except AppError as refusal:
        return refusal if over is None or refusal.status in ILL_FORMED else over
    if over is not None:
        return over
    if desk.quota is not None:
        desk.quota.take(sum(not isinstance(step, Accepted) for step in plan))
    accepted = [step if isinstance(step, Accepted) else _carry_out(desk, *step) for step in plan]
    if unit.owner is not None:
        try:
            await unit.owner(desk.herd, accepted)
        except AppError as refusal:
            raise UnitRefused(unit, refusal) from None
    return accepted


def _over_quota(desk: Desk, unit: Unit) -> AppError | None:
    """Why a unit is too much for the month's quota; repeats cost nothing.

    A match that was played is never refused.
    """
    if desk.quota is None or unit.owner is not None:
        return None
    return desk.quota.refusal(sum(event.event_id not in desk.known for event in unit.events))


def _plan(desk: Desk, unit: Unit) -> list[Accepted | Planned]:
    """Decide every event of a unit on a private copy of the state; refuses as a whole."""
    states: dict[str, BuddyState] = {}
    plan: list[Accepted | Planned] = []
    for event in unit.events:
        known = desk.known.get(event.event_id)
        if known is not None:
            plan.append(repeated(event, known, desk.quota))
            continue
        if unit.owner is None:
            require_kept(desk.tx, desk.customer, event)
        buddy = _buddy_of(desk, event)
        state = states.get(buddy.id, buddy.state)
        decision = _decide(desk, buddy, state, event)
        states[buddy.id] = decision.state
        plan.append((event, buddy, decision))
    return plan


def _buddy_of(desk: Desk, event: NewEvent) -> Buddy:
    if desk.published is None:
        raise NoPublishedConfig()
    audiences = desk.published.audiences
    if event.audience is None and len(audiences) > 1:
        raise MissingAudience(audiences, "audience")
    audience = event.audience or audiences[0]
    if audience not in audiences:
        raise UnknownAudience(audiences, audience)
    return desk.herd.by_user[event.user_id, audience]


def _decide(desk: Desk, buddy: Buddy, state: BuddyState, event: NewEvent) -> Decision:
    now = desk.tx.now
    facts = Event(event.event_id, event.type, event.occurred_at or now, now, event.properties)
    decision = decide(
        buddy.config,
        state,
        facts,
        draw_secret=desk.customer.draw_secret,
        zone=buddy.zone,
        audience=buddy.audience,
    )
    if isinstance(decision, Refusal):
        if decision.code == "validation_failed":
            raise ValidationFailed.of(decision.path, decision.message)
        raise EventTypeNotRegistered(decision.message)
    return decision


def _carry_out(desk: Desk, event: NewEvent, buddy: Buddy, decision: Decision) -> Accepted:
    cause = Cause(event.caused_by or event.event_id, event.event_id, event.request_id)
    first = desk.herd.next_sequence(buddy)
    answer = apply(desk.herd, buddy, decision, cause).text()
    now = to_milliseconds(desk.tx.now)
    occurred = event.occurred_at
    desk.rows.append(
        (
            desk.tx.customer_id,
            event.event_id,
            desk.tx.new_id(),
            buddy.id,
            event.user_id,
            event.audience,
            event.type,
            None if occurred is None else to_milliseconds(occurred),
            now,
            event.properties_text,
            buddy.config_version_id,
            first,
            buddy.sequence,
            answer,
            decision.trace,
        )
    )
    desk.known[event.event_id] = Known(
        event.user_id,
        event.type,
        event.audience,
        occurred,
        event.properties_text,
        buddy.id,
        answer,
    )
    quota = desk.quota
    return Accepted(event.event_id, buddy.id, answer, is_replay=False, buddy=buddy, quota=quota)


def _pour(desk: Desk) -> None:
    """Begin to write what is decided; an id that another process took decides the race."""
    rows = sorted(desk.rows, key=lambda row: row[1])
    desk.rows = []
    desk.tx.pour(table, COLUMNS, rows, duplicate=LostRace)
    desk.herd.pour()


async def _write(desk: Desk) -> None:
    """The rest of the events, then the buddies and everything else."""
    _pour(desk)
    if desk.quota is not None and await quotas.count(desk.tx, desk.quota):
        told = desk.quota.told()
        desk.herd.outbox.tell(EventName.USAGE_THRESHOLD_REACHED, told, About())
    await desk.herd.write()
