"""The console's pages: plain files that are served as they lie here, under a strict policy.

Nothing is built and nothing is fetched from elsewhere. The policy allows no inline script and no
inline style, and Trusted Types forbid turning text into markup, so what players call themselves
can only ever be shown as text.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.kit.errors import NotFound

FOLDER = Path(__file__).parent / "web"
START = "index.html"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}
router = APIRouter(prefix="/console", tags=["console"], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served; `etag` is made from its content."""

    content: bytes
    media_type: str
    etag: str


@cache
def files() -> dict[str, File]:
    """Every file by its name below the console; what is not in here does not exist."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in MEDIA_TYPES:
            content = path.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            name = path.relative_to(FOLDER).as_posix()
            found[name] = File(content, MEDIA_TYPES[path.suffix], etag)
    return found


@router.get("")
@router.get("/")
async def read_start(request: Request) -> Response:
    """The one page; its address behind the `#` says what is shown."""
    return _served(request, START)


@router.get("/{name:path}")
async def read_file(request: Request, name: str) -> Response:
    """A style sheet, a module or a picture of the console."""
    return _served(request, name)


def _served(request: Request, name: str) -> Response:
    file = files().get(name)
    if file is None:
        raise NotFound("console_file", name)
    headers = {**HEADERS, "ETag": file.etag}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)
