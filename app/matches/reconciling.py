"""Matches that nobody reports are ended, kept results verified, rooms freed."""

import orjson

from app.kit.clock import to_text
from app.kit.errors import AppError
from app.matches import records
from app.matches.bridge import OTHER, Bridge, evidence
from app.matches.lifecycle import Actor, MatchStatus
from app.matches.port import HostAway, HostRefused, UnknownRoom
from app.matches.records import BRIDGE, Match, Move
from app.matches.results import judge_place
from app.matches.schemas import MatchResult
from app.matches.settling import Overtaken, Settlement, settle
from app.matches.verdict import Ruling
from app.matches.watching import Ending, Step, Watched, backoff, next_step
from app.webhooks.catalogue import EventName
from app.webhooks.outbox import About, Outbox

FREE_ATTEMPTS_MAX = 200


async def watch(bridge: Bridge, match: Match) -> None:
    """Look at the room of a waiting or live match; abandon the match once it has ended."""
    host = await bridge.host_of(match)
    found = None
    if host is not None:
        assert match.room_id is not None, "a match that has a host has a room"
        found = await evidence(host, match.room_id, match.process_id)
    seen = Watched(match.status, match.allocation_id, match.moved_at, match.room_ended_at)
    now = bridge.database.clock.now()
    step, ending = next_step(seen, found, now=now, grace=bridge.poll)
    if step is Step.ABANDON:
        assert ending is not None, "nothing is abandoned without a reason"
        await abandon(bridge, match, ending, has_room=match.provider != OTHER)
        return
    async with bridge.database.begin(match.customer_id) as tx:
        due_at = tx.now + bridge.poll
        if step is Step.NOTE_END:
            await records.put_back(tx, match, due_at, room_ended_at=tx.now)
        elif ending is None and found is not None and found.away is None:
            await records.put_back(tx, match, due_at, room_ended_at=None)
        else:
            await records.put_back(tx, match, due_at)


async def verify(bridge: Bridge, match: Match, *, chance: float) -> None:
    """Ask again about a result that was kept: apply it, reject it, or ask once more later."""
    assert match.result is not None, "a result was kept"
    verdict = await judge_place(bridge, match)
    if verdict.ruling is Ruling.BELIEVED:
        result = MatchResult.model_validate(orjson.loads(match.result))
        settlement = Settlement(match, result, match.result, BRIDGE, Actor.BRIDGE)
        try:
            await settle(bridge, settlement)
        except Overtaken:
            return
        except AppError as refusal:
            if _may_pass(refusal):
                await _again(bridge, match, chance)
            else:
                await _reject(bridge, match, refusal.message)
    elif verdict.ruling is Ruling.AWAY:
        await _again(bridge, match, chance)
    else:
        await _reject(bridge, match, verdict.why)


async def free_room(bridge: Bridge, match: Match, *, chance: float) -> None:
    """Destroy the room of a match that is over; one that is gone already is just as well."""
    host = await bridge.host_of(match)
    try:
        if host is not None and match.room_id is not None:
            await host.destroy_room(match.room_id)
    except HostAway:
        if match.attempts < FREE_ATTEMPTS_MAX:
            await _again(bridge, match, chance)
            return
    except (UnknownRoom, HostRefused):
        pass
    async with bridge.database.begin(match.customer_id) as tx:
        await records.put_back(tx, match, None, room_freed_at=tx.now, attempts=0)


async def abandon(bridge: Bridge, match: Match, ending: Ending, *, has_room: bool) -> None:
    """End a match without a result, unless it has moved on since; its room is freed next."""
    async with bridge.database.begin(match.customer_id) as tx:
        now = await records.locked(tx, match.match_id)
        if now.status is not match.status:
            return
        await records.move(
            tx,
            now,
            [Move(MatchStatus.ABANDONED, Actor.BRIDGE, BRIDGE, ending.why)],
            sealed_code=None,
            attempts=0,
            due_at=tx.now if has_room else None,
            lease_until=None,
        )
        outbox = await Outbox.open(tx)
        data = {
            "match_id": match.match_id,
            "room_id": match.room_id,
            "reason": ending.reason.value,
            "abandoned_at": to_text(tx.now),
        }
        outbox.tell(EventName.MATCH_ABANDONED, data, About(caused_by=match.match_id))
        outbox.pour()


def _may_pass(refusal: AppError) -> bool:
    """Whether the customer or time may remove what stands in the way of a kept result."""
    return refusal.status in (402, 409, 429) or refusal.status >= 500


async def _again(bridge: Bridge, match: Match, chance: float) -> None:
    async with bridge.database.begin(match.customer_id) as tx:
        due_at = tx.now + backoff(match.attempts, chance)
        await records.put_back(tx, match, due_at, attempts=match.attempts + 1)


async def _reject(bridge: Bridge, match: Match, why: str) -> None:
    async with bridge.database.begin(match.customer_id) as tx:
        now = await records.locked(tx, match.match_id)
        if now.status is not match.status:
            return
        move = Move(MatchStatus.REJECTED, Actor.BRIDGE, BRIDGE, f"the result is rejected: {why}")
        await records.move(tx, now, [move], attempts=0, due_at=tx.now, lease_until=None)
