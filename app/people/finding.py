"""Users are found by the beginning of their id, or by a part of it or of their display name."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, collate, func, or_, select, union

from app.buddies.models import buddy
from app.kit.tx import Tx
from app.people.schemas import UserList
from app.users.models import end_user
from app.users.schemas import User

LAST_CHARACTER = "~"  # of those that a user's id can have
ID_CHARACTERS_MAX = 128


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which users: all that apply; `after` is the id to go on from."""

    prefix: str | None
    query: str | None
    after: str | None


async def find(tx: Tx, wanted: Wanted, limit: int) -> UserList:
    """Users in order of their ids' bytes; `query` is sought whatever its case.

    Known are those who have a buddy, or of whom something is known. A prefix is one descent of
    two indexes on SQLite, and on PostgreSQL where the database's collation is C; otherwise it
    reads the customer's part of them.
    """
    u = end_user.c
    ids = union(_ids(tx, buddy, wanted), _ids(tx, end_user, wanted)).subquery()
    found = (
        select(ids.c.user_id, u.display_name, u.time_zone)
        .select_from(ids)
        .outerjoin(end_user, (u.customer_id == tx.customer_id) & (u.user_id == ids.c.user_id))
    )
    if wanted.query is not None:
        part = wanted.query.lower()
        names = (func.lower(column) for column in (ids.c.user_id, u.display_name))
        found = found.where(or_(*(name.contains(part, autoescape=True) for name in names)))
    rows = await tx.rows(found.order_by(_by_bytes(tx, ids.c.user_id)).limit(limit + 1))
    users = [
        User(user_id=row.user_id, display_name=row.display_name, time_zone=row.time_zone)
        for row in rows[:limit]
    ]
    return UserList(data=users, next_after=users[-1].user_id if len(rows) > limit else None)


def _ids(tx: Tx, table: Table, wanted: Wanted) -> Select[Any]:
    id_ = _by_bytes(tx, table.c.user_id)
    ids = select(table.c.user_id).where(table.c.customer_id == tx.customer_id)
    if wanted.prefix is not None:
        last = wanted.prefix + LAST_CHARACTER * ID_CHARACTERS_MAX
        ids = ids.where(id_ >= wanted.prefix, id_ <= last)
    return ids if wanted.after is None else ids.where(id_ > wanted.after)


def _by_bytes(tx: Tx, column: Any) -> Any:
    return column if tx.is_sqlite else collate(column, "C")
