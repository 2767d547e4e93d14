"""Which pages the guide has, in what order, and the files that its pages show."""

from pathlib import Path

FOLDER = Path(__file__).parent
INDEX = "index"

# Every page stands here once; a test compares this with the folder.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Start", (INDEX, "first-run", "concepts")),
    ("Playing", ("events", "rules", "matches", "webhooks")),
    ("In the browser", ("widgets", "console")),
    ("Programs", ("sdk", "admin-scripts", "cli")),
    ("Running it", ("production", "plans", "errors")),
)
FILE_TYPES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".css": "text/css; charset=utf-8",
}


def pages() -> list[str]:
    """The names of the pages, in reading order."""
    return [name for _, names in SECTIONS for name in names]


def files() -> dict[str, Path]:
    """The files beside the pages by name: pictures, the dashboard, the style."""
    return {path.name: path for path in FOLDER.iterdir() if path.suffix in FILE_TYPES}


def source(name: str) -> str:
    """The Markdown of a page."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")
