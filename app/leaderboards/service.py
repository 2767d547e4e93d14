"""Leaderboards: which there are, who leads them, and who is near whom."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from app.art.service import url
from app.buddies.herd import Herd
from app.buddies.models import buddy as buddy_table
from app.buddies.ranking import ALL_TIME, Contest, window_start
from app.configs import service as configs
from app.configs.audiences import MissingAudience, UnknownAudience
from app.engine.config import Config
from app.engine.parts_world import Leaderboard
from app.kit.errors import Forbidden, NotFound, ValidationFailed
from app.kit.pages import decode_cursor, encode_cursor
from app.kit.principal import Credential, Principal
from app.kit.tx import Tx
from app.leaderboards import ranks, schemas
from app.leaderboards.ranks import Place
from app.users.models import end_user

OWN_NEIGHBOURS_MAX = 3
BUDDY_COLUMNS = ("buddy_id", "user_id", "name", "thumb")
WhichWindow = Literal["current", "previous"]


async def list_boards(tx: Tx, principal: Principal) -> schemas.Boards:
    """The boards of the published config that a caller may see.

    Raises:
        NoPublishedConfig: there is none.
    """
    config = await configs.compiled(tx, await configs.published(tx))
    return schemas.Boards(data=boards(config, principal))


def boards(config: Config, principal: Principal) -> list[schemas.Board]:
    """The boards of a config that a caller may see."""
    is_admin = principal.kind is Credential.SECRET
    every = config.leaderboards.values()
    return [_board(board) for board in every if is_admin or board.visibility != "admin"]


async def read(
    tx: Tx,
    principal: Principal,
    key: str,
    *,
    window: WhichWindow,
    audience: str | None,
    cursor: str | None,
    limit: int,
) -> schemas.Ranking:
    """A part of a board, best first; `cursor` goes on after a buddy, wherever that stands by now.

    Raises:
        NoPublishedConfig, NotFound: there is no such board.
        Forbidden: only an administrator sees it, or sees all of it.
        MissingAudience, UnknownAudience: see there.
        ValidationFailed: a window that is not there, or a cursor that leads nowhere.
    """
    config = await configs.compiled(tx, await configs.published(tx))
    board = _visible(config, principal, key, {"public"})
    named = _audience(config, board, audience)
    contest = Contest(key, named or "", _window_start(board, window, tx.now))
    last = decode_cursor(cursor, str)
    after = None if last is None else await ranks.place_of(tx, contest, last)
    if last is not None and after is None:
        raise ValidationFailed.of("query.cursor", "this buddy has left the board; begin again")
    places = await ranks.following(tx, contest, after, limit)
    is_full = len(places) == limit
    return schemas.Ranking(
        key=key,
        audience=named,
        window_start=None if board.window == ALL_TIME else contest.window_start,
        data=await _shown(tx, contest, places, begin_at_top=after is None),
        next_cursor=encode_cursor(places[-1].buddy_id) if is_full else None,
    )


async def around(
    tx: Tx, principal: Principal, key: str, buddy_id: str, *, window: WhichWindow, neighbours: int
) -> schemas.Surroundings:
    """A buddy's place with so many neighbours on each side.

    Raises:
        NoPublishedConfig, NotFound: there is no such board, or no such buddy.
        Forbidden: only an administrator sees the board.
    """
    config = await configs.compiled(tx, await configs.published(tx))
    board = _visible(config, principal, key, {"public", "own"})
    if board.visibility == "own" and principal.kind is not Credential.SECRET:
        neighbours = min(neighbours, OWN_NEIGHBOURS_MAX)
    row = await Herd.looks(tx, buddy_id)
    named = row.audience if board.scope == "audience" else None
    contest = Contest(key, named or "", _window_start(board, window, tx.now))
    place = await ranks.place_of(tx, contest, buddy_id)
    before: list[Place] = []
    places: list[Place] = []
    if place is not None:
        before = await ranks.preceding(tx, contest, place, neighbours)
        places = [*before, place, *await ranks.following(tx, contest, place, neighbours)]
    data = await _shown(tx, contest, places, begin_at_top=len(before) < neighbours)
    return schemas.Surroundings(
        key=key,
        audience=named,
        window_start=None if board.window == ALL_TIME else contest.window_start,
        rank=next((entry.rank for entry in data if entry.buddy_id == buddy_id), None),
        score=0 if place is None else place.score,
        data=data,
    )


def _visible(config: Config, principal: Principal, key: str, shown: set[str]) -> Leaderboard:
    board = config.leaderboards.get(key)
    if board is None:
        raise NotFound("leaderboard", key)
    if principal.kind is not Credential.SECRET and board.visibility not in shown:
        raise Forbidden("This leaderboard is not shown to players as a whole.")
    return board


def _audience(config: Config, board: Leaderboard, audience: str | None) -> str | None:
    """The audience that competes; None where all do.

    Raises:
        MissingAudience, UnknownAudience: see there.
    """
    known = config.audiences
    if audience is not None and audience not in known:
        raise UnknownAudience(known, audience)
    if board.scope != "audience":
        return None
    if audience is None and len(known) > 1:
        raise MissingAudience(known, "audience")
    return audience or known[0]


def _window_start(board: Leaderboard, window: WhichWindow, now: datetime) -> datetime:
    start = window_start(board.window, now)
    if window == "current":
        return start
    if board.window == ALL_TIME:
        raise ValidationFailed.of("query.window", "a board of all time has one window")
    return window_start(board.window, start - timedelta(days=1))


async def _shown(
    tx: Tx, contest: Contest, places: Sequence[Place], *, begin_at_top: bool
) -> list[schemas.Entry]:
    if not places:
        return []
    ids = sorted(place.buddy_id for place in places)
    buddies = {
        row.buddy_id: row for row in await tx.lookup(buddy_table, BUDDY_COLUMNS, "buddy_id", ids)
    }
    user_ids = sorted({row.user_id for row in buddies.values()})
    known = await tx.lookup(end_user, ("user_id", "display_name"), "user_id", user_ids)
    names: dict[str, str | None] = {row.user_id: row.display_name for row in known}
    numbers = await ranks.ranks(tx, contest, places, begin_at_top=begin_at_top)
    return [
        schemas.Entry(
            rank=rank,
            score=place.score,
            reached_at=place.reached_at,
            buddy_id=place.buddy_id,
            user_id=buddies[place.buddy_id].user_id,
            name=buddies[place.buddy_id].name,
            display_name=names.get(buddies[place.buddy_id].user_id),
            thumb_url=url(tx.customer_id, buddies[place.buddy_id].thumb),
        )
        for rank, place in zip(numbers, places, strict=True)
    ]


def _board(board: Leaderboard) -> schemas.Board:
    given: dict[str, Any] = {"type": board.kind, "name": board.name}
    rules: Any = (board.window, board.scope, board.visibility)
    return schemas.Board(
        key=board.key,
        label=board.label,
        description=board.description,
        metric=schemas.Metric(**given),
        window=rules[0],
        scope=rules[1],
        visibility=rules[2],
    )
