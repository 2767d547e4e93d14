"""What pages load without a credential: pictures of items."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.kit.db import Database
from app.kit.errors import NotFound
from app.widget import pictures

PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
router = APIRouter(tags=["widget"], include_in_schema=False)


@router.get("/widget/items/{category}.svg")
async def get_item_picture(
    request: Request,
    category: str,
    look: Annotated[str, Query(max_length=512)],
    stamp: Annotated[str, Query(max_length=64)],
) -> Response:
    """An item of the house's drawing, by an address that the widgets' state gave out."""
    database: Database = request.app.state.database
    svg = pictures.drawn(database.key, category, look, stamp)
    if svg is None:
        raise NotFound("picture", category)
    return Response(svg, media_type="image/svg+xml", headers=PICTURE_HEADERS)
