"""Pictures over HTTP: public, immutable, nothing but pictures."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.art.service import Atelier
from app.kit.db import Database
from app.kit.ids import UUID_TEXT

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
router = APIRouter(prefix="/media", tags=["media"], include_in_schema=False)


@router.get("/{customer_id}/{sha256}.png")
async def read_picture(
    request: Request,
    customer_id: Annotated[str, Path(pattern=UUID_TEXT)],
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
) -> Response:
    """A picture; its address is the hash of its content, so it never changes."""
    database: Database = request.app.state.database
    atelier: Atelier = request.app.state.atelier
    async with database.read(customer_id) as tx:
        png = await atelier.media.read(tx, sha256)
    return Response(png, media_type="image/png", headers=HEADERS)
