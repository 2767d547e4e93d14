"""A user is erased: every row that named the person names a pseudonym that nobody chose.

What was counted stays counted: the ledger, its hash chain, balances, badges and the log of events
keep their rows, since the ledger knows buddies and no persons. Gone are the display name, the time
zone, the buddies' names, the properties of events and the metadata of eggs. All in one transaction.

An id of an event or a match that the caller made stays: it is what recognises a repeat. Answers
kept for an `Idempotency-Key` are sealed and gone after a day.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, update

from app.buddies import service as buddies
from app.buddies.buddy import DEFAULT_NAME
from app.buddies.models import buddy
from app.eggs.models import egg
from app.events.models import event
from app.kit.errors import Conflict, NotFound, require
from app.kit.tx import Tx
from app.matches.counting import OVER
from app.matches.lifecycle import MatchStatus
from app.matches.models import match_record, match_uncollected
from app.people.schemas import ErasedUser
from app.sessions.models import widget_session
from app.users.models import end_user
from app.webhooks.models import webhook_delivery

NOTHING = "{}"


async def erase(tx: Tx, user_id: str) -> ErasedUser:
    """Put a pseudonym in a user's place; active buddies are archived. 9 statements and more.

    Raises:
        NotFound: nothing is known of such a user.
        Conflict: the user is in a match that has not ended; nothing was changed.
    """
    matches = await _matches(tx, user_id)
    rows = await tx.rows(select(buddy.c.buddy_id, buddy.c.status).where(*_of(buddy, tx, user_id)))
    for row in sorted(rows, key=lambda each: each.buddy_id):
        if row.status == "active":
            await buddies.archive(tx, row.buddy_id)
    ids = [row.buddy_id for row in rows]
    pseudonym = f"erased:{tx.new_id()}"
    name: dict[str, Any] = {"user_id": pseudonym}
    await _change(tx, match_uncollected, user_id, name)
    known = await tx.execute(delete(end_user).where(*_of(end_user, tx, user_id)))
    erased = ErasedUser(
        pseudonym=pseudonym,
        buddies=await _change(tx, buddy, user_id, name | {"name": DEFAULT_NAME}),
        eggs=await _change(tx, egg, user_id, name | {"metadata": NOTHING}),
        events=await _erase_events(tx, ids, user_id, name | {"properties": NOTHING}),
        matches=await _replace_in_matches(tx, matches, user_id, pseudonym),
        deliveries=await _replace_in_deliveries(tx, ids, matches, user_id, pseudonym),
        sessions=await _change(tx, widget_session, user_id, name | {"revoked_at": tx.now}),
    )
    is_known = known + erased.buddies + erased.eggs + erased.events + erased.matches > 0
    require(is_known, NotFound("user", user_id))
    return erased


async def _matches(tx: Tx, user_id: str) -> list[str]:
    """The ids of the matches that name the user.

    Raises:
        Conflict: one of them goes on.
    """
    c = match_record.c
    quoted = _quoted(user_id)
    named = [column.contains(quoted, autoescape=True) for column in (c.request, c.result)]
    rows = await tx.rows(
        select(c.match_id, c.status).where(c.customer_id == tx.customer_id, or_(*named))
    )
    going_on = sorted(row.match_id for row in rows if MatchStatus(row.status) not in OVER)
    require(
        not going_on,
        Conflict(
            "The user is in a match that has not ended. Wait for it, or void it.",
            details={"match_ids": going_on},
        ),
    )
    return sorted(row.match_id for row in rows)


async def _erase_events(tx: Tx, ids: Sequence[str], user_id: str, values: dict[str, Any]) -> int:
    c = event.c
    mine = (c.customer_id == tx.customer_id, tx.among(c.buddy_id, ids), c.user_id == user_id)
    return await tx.execute(update(event).where(*mine).values(**values)) if ids else 0


async def _replace_in_matches(tx: Tx, matches: Sequence[str], user_id: str, pseudonym: str) -> int:
    if not matches:
        return 0
    c = match_record.c
    values = {
        column.name: func.replace(column, _quoted(user_id), _quoted(pseudonym))
        for column in (c.request, c.result, c.answer)
    }
    mine = (c.customer_id == tx.customer_id, tx.among(c.match_id, matches))
    return await tx.execute(update(match_record).where(*mine).values(**values))


async def _replace_in_deliveries(
    tx: Tx, ids: Sequence[str], matches: Sequence[str], user_id: str, pseudonym: str
) -> int:
    """The bodies that tell of the user; whoever receives one again sees the pseudonym."""
    c = webhook_delivery.c
    about = [tx.among(c.buddy_id, ids)] if ids else []
    about += [tx.among(c.caused_by, matches)] if matches else []
    if not about:
        return 0
    mine = and_(
        c.customer_id == tx.customer_id,
        or_(*about),
        c.body.contains(_quoted(user_id), autoescape=True),
    )
    body = func.replace(c.body, _quoted(user_id), _quoted(pseudonym))
    return await tx.execute(update(webhook_delivery).where(mine).values(body=body))


async def _change(tx: Tx, table: Table, user_id: str, values: dict[str, Any]) -> int:
    return await tx.execute(update(table).where(*_of(table, tx, user_id)).values(**values))


def _of(table: Table, tx: Tx, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (table.c.customer_id == tx.customer_id, table.c.user_id == user_id)


def _quoted(user_id: str) -> str:
    """As it stands in JSON: ids of callers have no character that is escaped there."""
    return f'"{user_id}"'
