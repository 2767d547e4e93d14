"""A match gets its room. Safe to repeat: the room's id is fixed before it is asked for."""

from typing import Any

import orjson

from app.matches import codes, records, service
from app.matches.bridge import Bridge
from app.matches.lifecycle import Actor, MatchStatus
from app.matches.port import HostAway, HostRefused, RoomHost, RoomOrder, RoomState, UnknownRoom
from app.matches.reconciling import abandon
from app.matches.records import BRIDGE, Match, Move
from app.matches.watching import CLAIM_LIMIT, Ending, Reason, backoff


async def allocate(bridge: Bridge, match: Match, *, public_url: str, chance: float) -> None:
    """Open the room of a match, or find the one that an earlier attempt opened.

    A host that is away is asked again later, until nobody would wait for the match any longer.
    """
    host = await bridge.host_of(match)
    assert host is not None, "only rooms of a control plane are opened"
    order = await _order(bridge, match, public_url)
    try:
        why = await _open(host, order)
    except HostAway as fault:
        await _later(bridge, match, str(fault), chance)
    except HostRefused as fault:
        ending = Ending(Reason.NOT_ALLOCATED, f"the control plane refused the room: {fault}")
        await abandon(bridge, match, ending, has_room=False)
    else:
        await _waiting(bridge, match, why)


async def _order(bridge: Bridge, match: Match, public_url: str) -> RoomOrder:
    assert match.sealed_code is not None, "a code is kept until its room exists"
    assert match.room_id is not None, "the id of a room is fixed when the match is ordered"
    assert match.region is not None, "a room is ordered with a region"
    row = codes.code_row(match.match_id)
    key = bridge.database.key
    code = key.open(match.sealed_code, customer_id=match.customer_id, row=row).decode()
    terms = match.terms
    config = service.room_config(
        terms.room_config, url=public_url, match_id=match.match_id, code=code
    )
    return RoomOrder(match.room_id, match.region, config, terms.deployment_id, terms.client_ips)


async def _open(host: RoomHost, order: RoomOrder) -> str:
    """Create the room; one that is there with our code in it is the answer that was lost.

    Raises:
        HostRefused: there is no room of ours, and there will be none.
        HostAway: nobody knows.
    """
    try:
        await host.create_room(order)
    except HostRefused as refusal:
        try:
            found = await host.room(order.room_id)
        except UnknownRoom:
            raise refusal from None
        if found.state is not RoomState.ENDED and _code(found.config) != _code(order.config):
            raise HostRefused("its id is taken by a room of somebody else") from None
        return f"room {order.room_id} was there already"
    return f"room {order.room_id} opened"


def _code(config: str | None) -> Any:
    try:
        return orjson.loads(config or "")["clutch"]["code"]
    except (ValueError, TypeError, KeyError):
        return None


async def _waiting(bridge: Bridge, match: Match, why: str) -> None:
    async with bridge.database.begin(match.customer_id) as tx:
        now = await records.locked(tx, match.match_id)
        if now.status is not MatchStatus.ALLOCATING:
            return
        move = Move(MatchStatus.WAITING, Actor.BRIDGE, BRIDGE, why)
        values = {"sealed_code": None, "attempts": 0, "lease_until": None}
        await records.move(tx, now, [move], due_at=tx.now + bridge.poll, **values)


async def _later(bridge: Bridge, match: Match, why: str, chance: float) -> None:
    clock_now = bridge.database.clock.now()
    if clock_now - match.created_at >= CLAIM_LIMIT:
        ending = Ending(Reason.NOT_ALLOCATED, f"the control plane gave no room in time: {why}")
        await abandon(bridge, match, ending, has_room=True)
        return
    async with bridge.database.begin(match.customer_id) as tx:
        due_at = tx.now + backoff(match.attempts, chance)
        await records.put_back(tx, match, due_at, attempts=match.attempts + 1)
