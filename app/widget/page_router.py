"""What pages load without a credential: the module, the page to be framed, pictures of items."""

from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from app.customers import tokens
from app.kit.db import Database
from app.kit.errors import NotFound
from app.widget import pictures
from app.widget.bundle import Script, embed_script, widget_script

PAGE = Path(__file__).with_name("embed.html").read_text()
SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PICTURE_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' https: http:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
router = APIRouter(tags=["widget"], include_in_schema=False)


@router.get("/widget.js")
async def get_script(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """The one module with every element; pages of any origin may load it."""
    return _served(widget_script(), if_none_match)


@router.get("/embed.js")
async def get_page_script(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """What the page to be framed does."""
    return _served(embed_script(), if_none_match)


@router.get("/embed")
async def get_page(
    request: Request,
    token: Annotated[str, Query(max_length=4096)] = "",
    widgets: Annotated[str, Query(max_length=200)] = "",
    theme: Literal["light", "dark", "auto"] = "auto",
) -> Response:
    """A page to be put into a frame; only pages that the token is for may frame it.

    The page reads its own address: `token`, `widgets` (comma-separated) and `theme`.
    """
    database: Database = request.app.state.database
    holder = tokens.read(database.key, token, database.clock.now())
    origins = () if holder is None else sorted(holder.allowed_origins)
    policy = PAGE_POLICY.format(ancestors=" ".join(["'self'", *origins]) if origins else "*")
    headers = {**PAGE_HEADERS, "Content-Security-Policy": policy}
    return Response(PAGE, media_type="text/html", headers=headers)


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


def _served(script: Script, if_none_match: str | None) -> Response:
    headers = {**SCRIPT_HEADERS, "ETag": script.etag}
    if if_none_match is not None and script.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(script.text, media_type="text/javascript", headers=headers)
