"""Leaderboards over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.kit.door import InPrincipal, InReadTx, TxRoute, access
from app.kit.pages import Cursor, Limit
from app.kit.principal import Credential
from app.kit.schemas import Audience, Key, UuidText
from app.leaderboards import service as leaderboards
from app.leaderboards.schemas import Boards, Ranking, Surroundings
from app.leaderboards.service import WhichWindow

READERS = access(Credential.SECRET, Credential.WIDGET_SESSION, Credential.EMBED_TOKEN)
BoardKey = Annotated[Key, Path()]
Neighbours = Annotated[int, Query(ge=0, le=50)]
router = APIRouter(prefix="/api/v1/leaderboards", tags=["leaderboards"], route_class=TxRoute)


@router.get("", summary="List leaderboards", openapi_extra=READERS)
async def list_leaderboards(tx: InReadTx, principal: InPrincipal) -> Boards:
    """The boards of the published config; players do not see an administrator's."""
    return await leaderboards.list_boards(tx, principal)


@router.get("/{board_key}", summary="Read a leaderboard", openapi_extra=READERS)
async def get_leaderboard(
    board_key: BoardKey,
    tx: InReadTx,
    principal: InPrincipal,
    window: WhichWindow = "current",
    audience: Annotated[Audience | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Ranking:
    """A part of a board, best first, with exact ranks."""
    return await leaderboards.read(
        tx,
        principal,
        board_key,
        window=window,
        audience=audience,
        cursor=cursor,
        limit=limit,
    )


@router.get("/{board_key}/around/{buddy_id}", summary="Read a buddy's rank", openapi_extra=READERS)
async def get_surroundings(
    board_key: BoardKey,
    buddy_id: Annotated[UuidText, Path()],
    tx: InReadTx,
    principal: InPrincipal,
    window: WhichWindow = "current",
    n: Neighbours = 3,
) -> Surroundings:
    """The buddy with `n` neighbours on each side; at most 3 for players of an `own` board."""
    return await leaderboards.around(
        tx, principal, board_key, buddy_id, window=window, neighbours=n
    )
