"""Reading a config document of any shape, and the faults that every section can have. Pure, total.

Whatever has the wrong shape is passed over; that is said elsewhere. A fault is a pair of a JSON
pointer and a message.
"""

from collections.abc import Iterator
from typing import Any

DEFAULT_AUDIENCE = "default"
"""The one audience of a config that names none."""

Found = tuple[str, str]
Rows = list[tuple[str, dict[str, Any]]]
Known = dict[str, set[str]]
"""The keys that a document declares, by section."""


def rows_of(parent: Any, name: str, pointer: str = "") -> Rows:
    """The objects of a list, with their pointers; empty where there is no such list."""
    rows = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(rows, list):
        return []
    return [
        (f"{pointer}/{name}/{index}", row)
        for index, row in enumerate(rows)
        if isinstance(row, dict)
    ]


def keys(document: Any, section: str, field: str = "key") -> set[str]:
    """The keys of a section's entries."""
    found = (row.get(field) for _, row in rows_of(document, section))
    return {key for key in found if isinstance(key, str)}


def duplicates(section: str, rows: Rows, field: str = "key") -> Iterator[Found]:
    """Entries of a list that have the same key as one before them."""
    seen: dict[Any, str] = {}
    for pointer, row in rows:
        value = row.get(field)
        if isinstance(value, str | int) and seen.setdefault(value, pointer) != pointer:
            yield f"{pointer}/{field}", f"{value!r} is already used at {seen[value]} of {section}"


def unknown(pointer: str, section: str, key: Any, known: Known) -> Iterator[Found]:
    """A key that names no entry of a section."""
    if isinstance(key, str) and key not in known[section]:
        yield pointer, f"{key!r} is not one of {section}"


def tokens(pointer: str, row: dict[str, Any], known: Known) -> Iterator[Found]:
    """The tokens of a reward that do not exist."""
    reward = row.get("tokens")
    for key in reward if isinstance(reward, dict) else ():
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        yield from unknown(f"{pointer}/tokens/{escaped}", "tokens", key, known)


def is_count(value: Any) -> bool:
    """Whether it is a whole number. A boolean is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def audiences(pointer: str, row: dict[str, Any], known: Known) -> Iterator[Found]:
    """The audiences of a list that do not exist."""
    named = row.get("audience")
    for index, key in enumerate(named if isinstance(named, list) else ()):
        yield from unknown(f"{pointer}/audience/{index}", "audiences", key, known)
