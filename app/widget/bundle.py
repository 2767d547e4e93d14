"""`widget.js`: the modules of `module/` joined to the one that pages load. Pure after the reading.

The parts are ordinary ES modules. Joined, each keeps a scope of its own, whose exports are names
of the whole; so a part may import only from parts before it, under the names that they export.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODULES = Path(__file__).with_name("module")
PARTS = (
    "text",
    "request",
    "arrivals",
    "connection",
    "dom",
    "icons",
    "styles",
    "element",
    "celebration",
    "root",
    "buddy",
    "badges",
    "streak",
    "tokens",
    "marketplace",
    "leaderboard",
    "path",
    "main",
)
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^\s*/\*\*.*?\*/\n|^\s*//[^\n]*\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is served; `etag` changes with it."""

    text: str
    etag: str


def joined(parts: Iterable[str]) -> str:
    """One module of several, in this order, without comments that have lines of their own."""
    return "".join(_scoped(_COMMENT.sub("", part)) for part in parts)


@cache
def widget_script() -> Script:
    """The module that pages load."""
    return _script(joined((MODULES / f"{name}.mjs").read_text() for name in PARTS))


@cache
def embed_script() -> Script:
    """The script of the page that is put into frames."""
    return _script((MODULES / "embed.mjs").read_text())


def _scoped(part: str) -> str:
    names = ", ".join(_EXPORT.findall(part))
    body = _EXPORT.sub("", _IMPORT.sub("", part)).strip()
    if not names:
        return f"{{\n{body}\n}}\n"
    return f"const {{ {names} }} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n"


def _script(text: str) -> Script:
    return Script(text, f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"')
