"""A match that must not have counted is voided: what it gave is taken back, as far as it is there.

Rewards go back by compensating transfers that name those they undo; what was spent meanwhile is
recorded as uncollected, per player and token, and no balance goes below zero. Counters and caps
are corrected; badges, streak ticks, skills and stages stay. All of it commits with the match.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select

from app.buddies import effects
from app.buddies.herd import Buddy, Cause, Herd
from app.engine.taking_back import without_event
from app.events.models import event
from app.kit.clock import to_text
from app.kit.errors import Conflict, require
from app.kit.tx import AnyRow, Tx
from app.ledger import service as ledger
from app.matches import records
from app.matches.lifecycle import NEXT, Actor, MatchStatus, may_move
from app.matches.models import match_uncollected
from app.matches.records import Match, Move
from app.matches.schemas import MatchVoided, Uncollected
from app.matches.settling import Overtaken
from app.webhooks.catalogue import EventName
from app.webhooks.outbox import About

UNCOLLECTED = tuple(column.name for column in match_uncollected.columns)
Shortfall = Counter[tuple[str, str]]
"""Amounts by user and token."""


async def void(tx: Tx, match_id: str, *, reason: str, who: str) -> MatchVoided:
    """Void a match; one that was voided before answers the same and changes nothing.

    Raises:
        NotFound: this customer has no such match.
        Conflict: its status does not allow it, or it moved meanwhile; nothing was changed.
    """
    seen = await records.read(tx, match_id)
    if seen.status is MatchStatus.VOIDED:
        return await _answer(tx, match_id)
    _require_voidable(seen)
    rows = await _events(tx, seen)
    # Buddies are locked before their match, as everywhere.
    herd = await Herd.of_ids(tx, sorted({row.buddy_id for row in rows}))
    match = await records.locked(tx, match_id)
    if match.status is not seen.status:
        raise Overtaken
    cause = Cause(id=match_id, request_id=tx.request_id)
    short: Shortfall = Counter()
    for row in rows:
        await _take_back(herd, herd.by_id[row.buddy_id], row, reason, cause, short)
    await _write_down(tx, match_id, short)
    await records.move(tx, match, [Move(MatchStatus.VOIDED, Actor.CALLER, who, reason)])
    answer = await _answer(tx, match_id)
    told = {
        "match_id": match_id,
        "reason": reason,
        "voided_at": to_text(tx.now),
        "uncollected": [each.model_dump() for each in answer.uncollected],
    }
    about = About(caused_by=match_id, request_id=tx.request_id)
    herd.outbox.tell(EventName.MATCH_VOIDED, told, about)
    await herd.write()
    return answer


async def uncollected_of(tx: Tx) -> dict[str, int]:
    """What voided matches could not take back, by `match user token`."""
    c = match_uncollected.c
    rows = await tx.rows(
        select(c.match_id, c.user_id, c.token, c.amount).where(c.customer_id == tx.customer_id)
    )
    return {f"{row.match_id} {row.user_id} {row.token}": row.amount for row in rows}


def _require_voidable(match: Match) -> None:
    voidable = [before.value for before in MatchStatus if MatchStatus.VOIDED in NEXT[before]]
    require(
        may_move(match.status, MatchStatus.VOIDED, Actor.CALLER),
        Conflict(
            f"A match that is {match.status} cannot be voided.",
            details={"status": match.status.value, "allowed": voidable},
        ),
    )


async def _events(tx: Tx, match: Match) -> Sequence[AnyRow]:
    """The events that an applied match made, each buddy's newest first."""
    if match.status is not MatchStatus.APPLIED or match.answer is None:
        return ()
    ids = [id_ for player in orjson.loads(match.answer)["players"] for id_ in player["event_ids"]]
    c = event.c
    rows = await tx.rows(
        select(c.event_id, c.buddy_id, c.user_id, c.type, c.received_at)
        .add_columns(c.sequence_first, c.sequence_last)
        .where(c.customer_id == tx.customer_id, tx.among(c.event_id, ids))
        .order_by(c.buddy_id, c.sequence_last.desc())
    )
    too_old = Conflict("This match is too old to be voided: its events are not kept any more.")
    require(len(rows) == len(ids), too_old)
    return rows


async def _take_back(
    herd: Herd, buddy: Buddy, row: AnyRow, reason: str, cause: Cause, short: Shortfall
) -> None:
    """Take back what an event gave, newest first; what is not there is added to the shortfall."""
    moved = await ledger.between(herd.tx, buddy.id, row.sequence_first, row.sequence_last)
    given = [each for each in moved if each.event_id == row.event_id and each.direction == "earn"]
    for each in reversed(given):
        if await ledger.taken_back(herd.tx, each) is not None:
            continue
        amount = min(each.amount, herd.book.account(buddy.id, each.token).balance)
        if amount > 0:
            effects.take_back(herd, buddy, each, amount, reason, cause)
        if amount < each.amount:
            short[row.user_id, each.token] += each.amount - amount
    sources = [(each.counter_account, each.amount) for each in given]
    buddy.state = without_event(buddy.state, row.type, row.received_at, sources)
    buddy.state.balances = herd.book.balances(buddy.id, buddy.config.tokens)
    buddy.state.lifetime_earned = herd.book.lifetime_earned(buddy.id, buddy.config.tokens)
    buddy.is_changed = True


async def _write_down(tx: Tx, match_id: str, short: Shortfall) -> None:
    rows: list[tuple[Any, ...]] = [
        (tx.customer_id, match_id, user_id, token, amount)
        for (user_id, token), amount in sorted(short.items())
    ]
    await tx.insert_set(match_uncollected, UNCOLLECTED, rows)


async def _answer(tx: Tx, match_id: str) -> MatchVoided:
    c = match_uncollected.c
    rows = await tx.rows(
        select(c.user_id, c.token, c.amount)
        .where(c.customer_id == tx.customer_id, c.match_id == match_id)
        .order_by(c.user_id, c.token)
    )
    return MatchVoided(
        match_id=match_id,
        status="voided",
        uncollected=[
            Uncollected(user_id=row.user_id, token=row.token, amount=row.amount) for row in rows
        ],
    )
