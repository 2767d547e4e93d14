"""A believed result becomes events, and a match applied, in one transaction of the lane."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.buddies.herd import Herd
from app.configs import service as configs
from app.engine.matches import MappedEvent, lines_to_events
from app.events.unit import Accepted, NewEvent, Unit
from app.kit.errors import AppError, Conflict
from app.kit.tx import Tx
from app.matches import answers, records
from app.matches.bridge import OTHER, ROOM_OUTLIVES_RESULT, Bridge
from app.matches.lifecycle import Actor, MatchStatus
from app.matches.records import BRIDGE, Match, Move
from app.matches.schemas import MatchResult
from app.webhooks.catalogue import EventName
from app.webhooks.outbox import About, Outbox


class Overtaken(Conflict):
    """The match moved while its result was being looked at: look again."""

    def __init__(self) -> None:
        super().__init__("The match has changed meanwhile.")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A result that is believed; `match` is how its match looked when that was decided."""

    match: Match
    result: MatchResult
    text: str
    who: str
    actor: Actor
    request_id: str | None = None


@dataclass(slots=True)
class _Written:
    """The answer that the last run of the transaction wrote down."""

    answer: str = ""


async def settle(bridge: Bridge, settlement: Settlement) -> str:
    """Apply a result, all of it or nothing; the text of its answer.

    Raises:
        Overtaken: the match has moved since; nothing was changed.
        NoPublishedConfig: the customer has no rules to apply.
        AppError: the rules refuse one of the events; nothing was changed.
    """
    match = settlement.match
    async with bridge.database.read(match.customer_id) as tx:
        mapped, audience = await _mapped(tx, settlement)
    written = _Written()

    async def own(herd: Herd, accepted: Sequence[Accepted]) -> None:
        written.answer = await _record(herd.tx, herd.outbox, settlement, mapped, accepted)

    if not mapped:
        async with bridge.database.begin(match.customer_id) as tx:
            outbox = await Outbox.open(tx)
            written.answer = await _record(tx, outbox, settlement, mapped, ())
            outbox.pour()
        return written.answer
    events = [_event(settlement, each, audience) for each in mapped]
    [outcome] = await bridge.lanes.submit([Unit(match.customer_id, events, own)])
    if isinstance(outcome, AppError):
        raise outcome
    return written.answer


async def _mapped(tx: Tx, settlement: Settlement) -> tuple[list[MappedEvent], str | None]:
    """The events of a result, and their audience where several are configured: the first."""
    config = await configs.compiled(tx, await configs.published(tx))
    terms = settlement.match.terms
    mapped = lines_to_events(
        config,
        match_id=settlement.match.match_id,
        result=settlement.result.facts(),
        mode=terms.mode,
        map_name=terms.map_name,
    )
    return mapped, config.audiences[0] if len(config.audiences) > 1 else None


def _event(settlement: Settlement, mapped: MappedEvent, audience: str | None) -> NewEvent:
    return NewEvent.of(
        event_id=mapped.event_id,
        user_id=mapped.user_id,
        type=mapped.type,
        audience=audience,
        occurred_at=settlement.result.ended_at,
        properties=mapped.properties,
        request_id=settlement.request_id,
        caused_by=settlement.match.match_id,
    )


async def _record(
    tx: Tx,
    outbox: Outbox,
    settlement: Settlement,
    mapped: Sequence[MappedEvent],
    accepted: Sequence[Accepted],
) -> str:
    """Write the match's part: its row, its history, its webhook. Returns the answer."""
    match = await records.locked(tx, settlement.match.match_id)
    if match.status is not settlement.match.status:
        raise Overtaken
    events: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    buddies: dict[str, str] = {}
    for event, taken in zip(mapped, accepted, strict=True):
        events[event.user_id].append((event.event_id, taken.answer))
        buddies[event.user_id] = taken.buddy_id
    users = [line.user_id for line in settlement.result.players]
    answer = answers.applied(match.match_id, users, events, buddies)
    outcome = f"{settlement.result.outcome}, {len(users)} players"
    await records.move(
        tx,
        match,
        [
            Move(MatchStatus.REPORTED, settlement.actor, settlement.who, f"result: {outcome}"),
            Move(MatchStatus.APPLIED, Actor.BRIDGE, BRIDGE, f"{len(mapped)} events"),
        ],
        result=settlement.text,
        answer=answer,
        reported_at=match.reported_at or tx.now,
        attempts=0,
        due_at=None if _is_room_gone(match) else tx.now + ROOM_OUTLIVES_RESULT,
        lease_until=None,
    )
    data = answers.recorded(match, settlement.result, buddies)
    about = About(caused_by=match.match_id, request_id=settlement.request_id)
    outbox.tell(EventName.MATCH_RECORDED, data, about)
    return answer


def _is_room_gone(match: Match) -> bool:
    return match.provider == OTHER or match.room_freed_at is not None
