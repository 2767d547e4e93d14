"""The guide over HTTP: pages, pictures and a style sheet; no scripts, nothing from elsewhere."""

import hashlib
from functools import lru_cache

from fastapi import APIRouter, Request, Response
from pygments.formatters import HtmlFormatter
from starlette.exceptions import HTTPException

from app.guide.contents import FILE_TYPES, INDEX, files, pages
from app.guide.rendering import document

STYLE = "style.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
HTML = "text/html; charset=utf-8"
router = APIRouter(prefix="/guide", tags=["guide"], include_in_schema=False)


@router.get("", summary="The guide")
async def index(request: Request) -> Response:
    """The first page."""
    return _answer(request, document(INDEX).encode(), HTML)


@router.get("/{name}", summary="A page of the guide")
async def read(name: str, request: Request) -> Response:
    """A page, or a file that a page shows."""
    if name in pages():
        return _answer(request, document(name).encode(), HTML)
    found = files().get(name)
    if found is None:
        raise HTTPException(404)
    content = _style() if name == STYLE else found.read_bytes()
    return _answer(request, content, FILE_TYPES[found.suffix])


def _answer(request: Request, content: bytes, media_type: str) -> Response:
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = HEADERS | {"ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


@lru_cache(maxsize=1)
def _style() -> bytes:
    """The style sheet, with the colours of code in light and dark."""
    light = HtmlFormatter(style="friendly").get_style_defs("pre")
    dark = HtmlFormatter(style="github-dark").get_style_defs("pre")
    own = files()[STYLE].read_text(encoding="utf-8")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{own}".encode()
